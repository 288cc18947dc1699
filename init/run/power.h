/* SPDX-License-Identifier: Apache-2.0 */
/* The VMM's power button: a key of an input device. */
#ifndef COLDINIT_RUN_POWER_H
#define COLDINIT_RUN_POWER_H

#include "init/guest/modules.h"
#include "init/guest/signals.h"

#ifdef CONFIG_POWER_BUTTON

/**
 * power_hold() - open the files of the modules for the buttons, before the initramfs is emptied
 * @root: descriptor of "/"
 * @modules: the initramfs' modules
 *
 * power_load() loads them later, when the container runs. @modules stays where it is until
 * power_missing(), also if it is closed.
 */
void power_hold(int root, struct modules *modules) nonnull(2);

/**
 * power_missing() - warn of buttons without a driver
 * @root: descriptor of "/"
 *
 * power_hold() does this if there are modules. Otherwise it is done when the container runs: it
 * takes time, and changes nothing.
 */
void power_missing(int root);

/** power_load() - load the modules whose files power_hold() has opened */
void power_load(void);

/**
 * power_watch() - load the modules and make each button a stop request
 * @root: descriptor of "/"
 * @loop: the event loop
 * @signals: its stop() is called with SIGPWR when a button is pressed; must stay where it is
 *
 * A guest without a button is no error.
 */
void power_watch(int root, int loop, struct signals *signals) nonnull(3);

#else

static inline void power_hold(int root, struct modules *modules)
{
	(void)root, (void)modules;
}

static inline void power_missing(int root)
{
	(void)root;
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
