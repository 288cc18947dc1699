/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The deadline of last resort. PID 1 can be caught in a system call that no signal ends: a mount
 * from a dead virtio-fs daemon, a driver that hangs in its probe. A small process of its own then
 * gives the verdict and ends the guest.
 */
#ifndef COLDINIT_WATCHDOG_H
#define COLDINIT_WATCHDOG_H

#include "init/boot.h"

/**
 * watchdog_start() - fork the process; it works with @b as it is now
 *
 * Return: 0 or -errno.
 */
int watchdog_start(const struct boot *b) must_check nonnull(1);

/**
 * watchdog_limit() - a phase begins, and may take that long
 * @seconds: 0 for as long as it likes
 */
void watchdog_limit(enum phase phase, unsigned seconds);

/**
 * watchdog_claim() - who gives the verdict?
 *
 * Return: true for the first caller of both processes, false for the second.
 */
bool watchdog_claim(void);

#endif
