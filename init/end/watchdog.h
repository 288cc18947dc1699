/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last deadline. PID 1 can hang in a system call that no signal interrupts: a mount from a dead
 * virtio-fs daemon, a driver that hangs in its probe. The watchdog process then gives the verdict
 * and ends the guest.
 *
 * It is made before the container and sleeps while the container runs: at the end there may be no
 * memory or no process ID for a new process. It shares PID 1's memory and descriptors (CLONE_VM,
 * CLONE_FILES), so it needs almost no memory, and it sees the state in which PID 1 hangs. A
 * container that shares PID 1's PID namespace can kill it; then the next limit makes a new one.
 */
#ifndef COLDINIT_END_WATCHDOG_H
#define COLDINIT_END_WATCHDOG_H

#include "init/lib/compiler.h"
#include "spec/verdict.h"

/** EXIT_LIMIT_S - the watchdog's limit for sync and unmount at the end of the guest, in seconds */
#define EXIT_LIMIT_S 30

/**
 * watchdog_expired - give the verdict unless PID 1 has claimed it, and end the guest
 * @arg: of watchdog_start()
 * @phase: the phase that is not finished
 * @where: the kernel function in which PID 1 sleeps (proc(5), /proc/PID/wchan), or "unknown"
 *
 * Called in the watchdog process at the end of a limit.
 */
typedef void watchdog_expired(void *arg, enum phase phase, const char *where);

/**
 * watchdog_start() - make the watchdog process
 * @root: descriptor of "/"
 * @expired: called at the end of a limit
 * @arg: argument of @expired
 *
 * Return: 0, or -errno of clone(2).
 */
int watchdog_start(int root, watchdog_expired *expired, void *arg) must_check nonnull(2);

/**
 * watchdog_limit() - set the limit of a phase, which replaces the limit before
 * @phase: the phase that begins
 * @seconds: limit from now on, 0 for none
 *
 * Before watchdog_start(), this is the limit that it starts with.
 */
void watchdog_limit(enum phase phase, unsigned seconds);

/**
 * watchdog_renew() - let a limit begin again as long as something makes progress
 * @progresses: called in the watchdog process at the end of a limit; NULL for none
 * @seconds: how much longer the limit becomes each time @progresses returns true
 */
void watchdog_renew(bool (*progresses)(void), unsigned seconds);

/**
 * watchdog_claim() - claim the verdict: PID 1 and the watchdog process must not both give one
 *
 * Return: true for the first call in both processes, then false; true before watchdog_start().
 */
bool watchdog_claim(void) must_check;

#endif
