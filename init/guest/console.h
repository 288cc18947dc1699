/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's console, /dev/console. It is opened once, at the beginning of the boot, and stays
 * open: the container may unlink or replace the node later. The container never gets a descriptor
 * of it; its output is relayed (init/run/).
 */
#ifndef COLDINIT_GUEST_CONSOLE_H
#define COLDINIT_GUEST_CONSOLE_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/lib/compiler.h"

/**
 * console_inherit() - use the console that the kernel has opened as PID 1's stdout
 *
 * It has, if the initramfs contains the node. The boot can then report an error before /dev is
 * mounted, or if the node in it cannot be opened.
 */
void console_inherit(void);

/**
 * console_open() - open the console, remember its state, and make stdin, stdout and stderr
 * @why: gets why there is no console: 0 if there is one, -ENODEV if the guest has none, or another
 *	negative errno of open(2)
 *
 * If it cannot be opened, the console of console_inherit() stays, and the three are /dev/null.
 * Return: 0, or the negative errno of open(2) or dup2(2) for the three.
 */
int console_open(int *why) must_check nonnull(1);

/**
 * console_use() - take a descriptor as the console, and remember its state
 * @fd: does not block; the console's from now on; -1 for no console
 *
 * console_open() does it with /dev/console.
 */
void console_use(int fd);

/**
 * console_fd() - the descriptor of the console, which does not block
 *
 * Return: the descriptor, which stays console_open()'s; -1 if there is none.
 */
int console_fd(void);

/**
 * console_write() - write as much to the console as it takes now
 * @data: the bytes
 * @n: their number
 *
 * Without a console all bytes are dropped.
 * Return: bytes written, -EAGAIN if it takes nothing now, or another negative errno of write(2).
 */
ssize_t console_write(const char *data, size_t n) must_check nonnull(1);

/**
 * console_line() - write a line of coldinit's, at the beginning of a line of the console
 * @text: one line with its end: written at once, so that a line that fails is not there
 * @timeout_ms: how long the console may take nothing
 *
 * Return: 0, -ETIMEDOUT, or another negative errno of write(2).
 */
int console_line(const char *text, unsigned timeout_ms) nonnull(1);

#ifdef CONFIG_TERMINAL

/**
 * console_take_keys() - let the console keep keys as they are, for a container with a terminal
 *
 * A host that knows from an open report that the container starts sends keys at once: they must be neither
 * echoed nor interpreted before they reach the container's terminal. Output does not change.
 */
void console_take_keys(void);

#else

static inline void console_take_keys(void)
{
}

#endif

/**
 * console_restore() - put the console into the state in which it was found
 *
 * This restores the line discipline and the terminal's modes, and restarts output that was stopped.
 * The kernel writes only emergencies to the console from now on, so that none of its messages is in
 * the middle of the verdict.
 */
void console_restore(void);

/**
 * console_drain() - wait until the console has sent everything
 * @timeout_ms: at most so long
 */
void console_drain(unsigned timeout_ms);

#endif
