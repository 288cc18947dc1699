/* SPDX-License-Identifier: Apache-2.0 */
/* The time of day, in a guest whose kernel does not set it. */
#ifndef COLDINIT_GUEST_WALLCLOCK_H
#define COLDINIT_GUEST_WALLCLOCK_H

#include <stdbool.h>
#include <time.h>

#include "init/guest/modules.h"

#ifdef CONFIG_WALLCLOCK

/**
 * wallclock_plausible() - check that a time can be now
 * @now: seconds since 1970
 *
 * Return: whether it is not before the first version of coldinit.
 */
bool wallclock_plausible(time_t now);

/**
 * wallclock_seconds() - the time of a date
 * @tm: of a year from 0 on, in UTC; its other members are as timegm(3) wants them
 *
 * Pure. Return: seconds since 1970.
 */
time_t wallclock_seconds(const struct tm *tm) must_check nonnull(1);

/**
 * wallclock_set() - set a clock that cannot be right, from the VMM's (ptp_kvm) or from the RTC
 * @root: descriptor of the guest's "/"
 * @m: for ptp_kvm's module
 *
 * The kernel sets the clock itself where it knows the RTC. A clock that stays wrong is a warning.
 */
void wallclock_set(int root, struct modules *m) nonnull(2);

#else

static inline void wallclock_set(int root, struct modules *m)
{
	(void)root, (void)m;
}

#endif

#endif
