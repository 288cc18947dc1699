/* SPDX-License-Identifier: Apache-2.0 */
/* The time of day, where the kernel does not know it. */
#ifndef COLDINIT_GUEST_WALLCLOCK_H
#define COLDINIT_GUEST_WALLCLOCK_H

#include <stdbool.h>
#include <time.h>

#include "init/guest/modules.h"

#ifdef CONFIG_WALLCLOCK

/** wallclock_plausible() - is it a time at which a guest with this program can run? */
bool wallclock_plausible(time_t now);

/**
 * wallclock_set() - set an impossible clock from the VMM's (ptp_kvm), else from the RTC
 * @m: for ptp_kvm's module
 *
 * Kernels set it from the RTC where they know it. A clock that stays wrong is a warning.
 */
void wallclock_set(int root, const struct modules *m) nonnull(2);

#else

static inline void wallclock_set(int root, const struct modules *m)
{
	(void)root, (void)m;
}

#endif

#endif
