/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settle loop: all devices are set up together, with one scan, one wait, and a timeout each.
 * dev/settle.c describes how it works.
 *
 * The caller has the event loop: it passes uevents, ended helper processes and the time, and waits
 * until settle_deadline() at most.
 */
#ifndef COLDINIT_DEV_SETTLE_H
#define COLDINIT_DEV_SETTLE_H

#include <stdint.h>

#include "dev/handler.h"

struct settle;

/**
 * settle_begin() - check the fields of all devices, then scan for all of them once
 * @out: gets the settle loop, from the arena of @env; untouched on failure
 * @env: where; copied
 * @devices: what is requested; must stay
 * @results: gets what is found; must stay
 * @n: number of @devices and @results
 * @now: microseconds of CLOCK_BOOTTIME
 * @fault: gets the error of the first required device that is wrong
 *
 * The caller subscribes to uevents before.
 *
 * Return: 0; the error of prepare(), mostly -EINVAL, if the fields of a required device are wrong
 * (then nothing has been changed); or -ENOMEM. A device that fails later is settle_end()'s error.
 */
int settle_begin(struct settle **out, const struct dev_env *env, const struct device *devices,
		 struct device_result *results, size_t n, uint64_t now,
		 struct fault *fault) must_check nonnull(1, 2, 7);

/**
 * settle_check() - check the fields of all devices, without a look at a system
 * @arena: memory for what the handlers parse
 * @devices: what is requested
 * @n: number of @devices
 * @fault: gets the errors of all devices, each with the device's name
 *
 * Return: 0, -EINVAL if the fields of a device are wrong, required or not, or -ENOMEM.
 */
int settle_check(struct arena *arena, const struct device *devices, size_t n,
		 struct fault *fault) must_check nonnull(1, 4);

/**
 * settle_uevent() - wake the devices that a uevent concerns
 * @s: the settle loop
 * @ev: the uevent
 * @now: microseconds of CLOCK_BOOTTIME
 */
void settle_uevent(struct settle *s, const struct uevent *ev, uint64_t now) nonnull(1, 2);

/**
 * settle_rescan() - wake all devices, because uevents were lost
 * @s: the settle loop
 * @now: microseconds of CLOCK_BOOTTIME
 */
void settle_rescan(struct settle *s, uint64_t now) nonnull(1);

/**
 * settle_child() - wake the device whose helper process has ended
 * @s: the settle loop
 * @pid: any process that has ended; most belong to no device
 * @status: as waitpid(2) returns it
 * @now: microseconds of CLOCK_BOOTTIME
 */
void settle_child(struct settle *s, pid_t pid, int status, uint64_t now) nonnull(1);

/**
 * settle_expire() - fail the devices whose timeout has expired; let others look again
 * @s: the settle loop
 * @now: microseconds of CLOCK_BOOTTIME
 */
void settle_expire(struct settle *s, uint64_t now) nonnull(1);

/**
 * settle_deadline() - get the time at which settle_expire() must be called next
 * @s: the settle loop
 *
 * Return: microseconds of CLOCK_BOOTTIME, CLOCK_NEVER if no device waits.
 */
uint64_t settle_deadline(const struct settle *s) nonnull(1);

/**
 * settle_pending() - count the devices that still wait
 * @s: the settle loop
 *
 * Return: their number.
 */
size_t settle_pending(const struct settle *s) nonnull(1);

/**
 * settle_end() - get the outcome when no device waits any more
 * @s: the settle loop
 * @fault: gets the error of the first required device that failed
 *
 * Return: 0 if all required devices are ready; -ETIME if one was waited for in vain, or the error
 * of its handler; -EBUSY if devices still wait.
 */
int settle_end(const struct settle *s, struct fault *fault) must_check nonnull(1, 2);

#endif
