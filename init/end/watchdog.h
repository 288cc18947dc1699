/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The deadline of last resort. PID 1 can hang in a system call that no signal ends: a mount from a
 * dead virtio-fs daemon, a driver that hangs in its probe. Another process then gives the verdict
 * and ends the guest.
 *
 * It is made before the container exists and sleeps beside it: at the end there may be no memory or
 * no process ID for a new one. It shares PID 1's memory and descriptors (CLONE_VM, CLONE_FILES): so
 * it costs nothing, and it sees what PID 1 had at the moment it hung. A container without a PID
 * namespace can kill it; then it is made again for the next limit.
 */
#ifndef COLDINIT_END_WATCHDOG_H
#define COLDINIT_END_WATCHDOG_H

#include "init/lib/compiler.h"
#include "spec/verdict.h"

/** EXIT_LIMIT_S - the watchdog's limit for the end of the guest: sync, unmount */
#define EXIT_LIMIT_S 30

/**
 * watchdog_expired - called in the watchdog process when a limit is over; gives the verdict, if
 * watchdog_claim() lets it, and ends the guest
 * @arg: of watchdog_start()
 * @phase: that is not finished
 * @where: the kernel function that PID 1 hangs in (/proc/1/wchan), "" if it is not known
 */
typedef void watchdog_expired(void *arg, enum phase phase, const char *where);

/**
 * watchdog_start() - allow limits from now on
 * @root: descriptor of "/"
 * @expired: what to do when a limit is over
 * @arg: for @expired
 *
 * Return: 0, or the negative errno of clone(2).
 */
int watchdog_start(int root, watchdog_expired *expired, void *arg) must_check nonnull(2);

/**
 * watchdog_limit() - a phase begins, and may take so long
 * @phase: for the verdict
 * @seconds: from now; 0 for no limit
 */
void watchdog_limit(enum phase phase, unsigned seconds);

/**
 * watchdog_claim() - who gives the verdict?
 *
 * Return: true for the first caller of both processes, false for the second.
 */
bool watchdog_claim(void) must_check;

#endif
