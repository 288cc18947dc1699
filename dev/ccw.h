/* SPDX-License-Identifier: Apache-2.0 */
/* Devices on the channel subsystem of s390x (Documentation/arch/s390/common_io.rst). */
#ifndef COLDINIT_DEV_CCW_H
#define COLDINIT_DEV_CCW_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/handler.h"

/** struct ccw_id - subchannel set and device number */
struct ccw_id {
	uint8_t ssid;
	uint16_t devno;
};

/** struct ccw_text - a printed id, "0.0.1234" */
struct ccw_text {
	char s[9];
};

/** ccw_parse() - parse "0.S.DDDD", S from 0 to 3. Return: 0, or -EINVAL with @out untouched. */
int ccw_parse(const char *s, struct ccw_id *out) must_check nonnull(1, 2);

/** ccw_text() - print an id as the kernel does */
struct ccw_text ccw_text(const struct ccw_id *id) nonnull(1);

/** ccw_refuse() - say what is wrong with a device's id. Return: -EINVAL. */
int ccw_refuse(struct claim *c) nonnull(1);

/** ccw_check() - has the guest this bus? Return: 0, or -ENODEV with the claim's fault set. */
int ccw_check(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * ccw_below() - what of a devpath lies below the device
 *
 * Which subchannel it hangs on, nobody says: "/devices/css0/0.0.0001/0.0.1234/…". Return: the rest
 * with its slash, NULL if @devpath is not below the device.
 */
const char *ccw_below(const char *devpath, const struct ccw_id *id) nonnull(1, 2);

/** ccw_explain() - which devices there are instead */
void ccw_explain(struct claim *c, const struct dev_env *env) nonnull(1, 2);

#endif
