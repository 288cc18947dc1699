/* SPDX-License-Identifier: Apache-2.0 */
/* The VMM's power button: the kernel reports it as a key, to whoever reads the input device. */
#ifndef COLDINIT_RUN_POWER_H
#define COLDINIT_RUN_POWER_H

#include "init/boot.h"
#include "init/guest/modules.h"

#ifdef CONFIG_POWER_BUTTON

/**
 * power_hold() - open the files of the modules for it, before the initramfs is emptied
 *
 * They are loaded later, while PID 1 would wait for the container's first process.
 */
void power_hold(const struct modules *m) nonnull(1);

/** power_load() - load them, if that is not done yet */
void power_load(void);

/** power_watch() - treat the button as a request to turn the guest off (signals.h: SIGPWR) */
void power_watch(struct boot *b) nonnull(1);

#else

static inline void power_hold(const struct modules *m)
{
	(void)m;
}

static inline void power_load(void)
{
}

static inline void power_watch(struct boot *b)
{
	(void)b;
}

#endif

#endif
