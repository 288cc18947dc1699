/* SPDX-License-Identifier: Apache-2.0 */
/* The VMM's power button: a key of an input device. */
#ifndef COLDINIT_RUN_POWER_H
#define COLDINIT_RUN_POWER_H

#include "init/guest/modules.h"
#include "init/guest/signals.h"

#ifdef CONFIG_POWER_BUTTON

/**
 * power_hold() - open the files of its modules, before the initramfs is emptied
 * @modules: the initramfs' modules
 *
 * They are loaded later, while PID 1 would wait for the container's first process.
 */
void power_hold(const struct modules *modules) nonnull(1);

/** power_load() - load the modules that power_hold() holds */
void power_load(void);

/**
 * power_watch() - make the button a stop request (signals.h: SIGPWR)
 * @root: descriptor of "/"
 * @loop: the event loop
 * @signals: whose stop() is called
 */
void power_watch(int root, int loop, struct signals *signals) nonnull(3);

#else

static inline void power_hold(const struct modules *modules)
{
	(void)modules;
}

static inline void power_load(void)
{
}

static inline void power_watch(int root, int loop, struct signals *signals)
{
	(void)root, (void)loop, (void)signals;
}

#endif

#endif
