/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The deadline of last resort. PID 1 can be caught in a system call that no signal ends: a mount
 * from a dead virtio-fs daemon, a driver that hangs in its probe. A small process of its own then
 * gives the verdict and ends the guest. It lives only while there is a limit: not beside the
 * container's program, which could kill it where they share a PID namespace.
 */
#ifndef COLDINIT_END_WATCHDOG_H
#define COLDINIT_END_WATCHDOG_H

#include "init/boot.h"

/** EXIT_LIMIT_S - the watchdog's limit for the end of the guest: sync, unmount */
#define EXIT_LIMIT_S 30

/**
 * watchdog_start() - from now on there are limits
 * @b: the process works with it as it was when the process was forked
 *
 * Return: 0 or -errno.
 */
int watchdog_start(const struct boot *b) must_check nonnull(1);

/**
 * watchdog_limit() - a phase begins, and may take that long
 * @seconds: 0 for as long as it likes: the process is ended, and forked again for the next limit
 */
void watchdog_limit(enum phase phase, unsigned seconds);

/**
 * watchdog_claim() - who gives the verdict?
 *
 * Return: true for the first caller of both processes, false for the second.
 */
bool watchdog_claim(void);

#endif
