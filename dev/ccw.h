/* SPDX-License-Identifier: Apache-2.0 */
/* Devices on the channel subsystem of s390x (Documentation/arch/s390/common_io.rst). */
#ifndef COLDINIT_DEV_CCW_H
#define COLDINIT_DEV_CCW_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/handler.h"

/** CCW_DEVICES - the directory with a link to each device */
#define CCW_DEVICES "sys/bus/ccw/devices"

/** struct ccw_id - subchannel set and device number */
struct ccw_id {
	uint8_t ssid;
	uint16_t devno;
};

/** struct ccw_text - an id as text, "0.0.1234" */
struct ccw_text {
	char s[9];
};

/**
 * ccw_parse() - parse "0.S.DDDD", S from 0 to 3
 * @s: the text
 * @out: gets the id; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int ccw_parse(const char *s, struct ccw_id *out) must_check nonnull(1, 2);

/**
 * ccw_text() - print an id as the kernel does
 * @id: the id
 *
 * Return: the text, to be used in place: ccw_text(&id).s
 */
struct ccw_text ccw_text(const struct ccw_id *id) nonnull(1);

/**
 * ccw_refuse() - put into the fault what is wrong with a device's id
 * @c: the claim
 *
 * Return: -EINVAL.
 */
int ccw_refuse(struct claim *c) nonnull(1);

/**
 * ccw_check() - check that the guest has this bus
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: 0 or -ENODEV.
 */
int ccw_check(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * ccw_below() - get the part of a devpath that is below a device
 * @devpath: as uevents have it: "/devices/css0/0.0.0001/0.0.1234/…"; the subchannel can be any
 * @id: the device
 *
 * Return: the rest of @devpath with its slash, NULL if it is not below the device.
 */
const char *ccw_below(const char *devpath, const struct ccw_id *id) nonnull(1, 2);

/**
 * ccw_explain() - put the devices that exist into the fault
 * @c: the claim
 * @env: where
 */
void ccw_explain(struct claim *c, const struct dev_env *env) nonnull(1, 2);

#endif
