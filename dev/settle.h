/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All devices on their way together: one scan, then one wait, a deadline each.
 *
 * The caller owns the event loop: it hands in uevents, ended helper processes and the time, and
 * waits until settle_deadline().
 */
#ifndef COLDINIT_DEV_SETTLE_H
#define COLDINIT_DEV_SETTLE_H

#include <stdint.h>

#include "dev/handler.h"

struct settle;

/**
 * settle_begin() - check every device's words, then look for all of them once
 * @devices, @results: @n of each; both must stay where they are
 * @now: microseconds of CLOCK_BOOTTIME
 * @fault: the first error of a device that is required
 *
 * Subscribe to uevents before. Return: 0, or -errno with @fault set when a required device's
 * words are wrong (nothing has been touched then). *@out is freed with env's arena.
 */
int settle_begin(struct settle **out, const struct dev_env *env, const struct device *devices,
		 struct device_result *results, size_t n, uint64_t now,
		 struct fault *fault) must_check nonnull(1, 2, 7);

/** settle_uevent() - wake the devices that a uevent concerns */
void settle_uevent(struct settle *s, const struct uevent *ev, uint64_t now) nonnull(1, 2);

/** settle_rescan() - wake all devices: uevents were lost */
void settle_rescan(struct settle *s, uint64_t now) nonnull(1);

/** settle_child() - a process has ended; wakes the device whose helper it was */
void settle_child(struct settle *s, pid_t pid, int status, uint64_t now) nonnull(1);

/** settle_expire() - fail the devices whose deadline has passed */
void settle_expire(struct settle *s, uint64_t now) nonnull(1);

/** settle_deadline() - when to call settle_expire() next; CLOCK_NEVER when nothing waits */
uint64_t settle_deadline(const struct settle *s) nonnull(1);

/** settle_pending() - devices that still wait */
size_t settle_pending(const struct settle *s) nonnull(1);

/**
 * settle_end() - the outcome, when nothing waits any more
 *
 * Return: 0 if every required device is ready, else -errno with the first one's fault.
 */
int settle_end(const struct settle *s, struct fault *fault) must_check nonnull(1, 2);

#endif
