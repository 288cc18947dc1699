/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's console and the container's terminal, connected by the event loop. */
#ifndef COLDINIT_RUN_RELAY_H
#define COLDINIT_RUN_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"
#include "init/lib/loop.h"

/** struct stream - what has been read and not yet written */
struct stream {
	size_t from, to;
	char data[4096];
};

/**
 * struct relay - the two ends
 * @connected: false: nothing else counts
 * @outside: the guest's console, -1 if there is none
 * @inside: the master of the container's terminal
 * @other: its other side, kept open so that a container may close it and open it again
 * @size: of the console, as it was last seen
 * @saved: how the console was before it was raw
 */
struct relay {
	bool connected;
	struct loop_source outside, inside;
	int loop, other;
	struct winsize size;
	struct termios saved;
	struct stream in, out;
};

#ifdef CONFIG_TERMINAL

/**
 * relay_attach() - connect the container's terminal with /dev/console
 * @terminal: its master, which is taken; -1 if it has none
 *
 * Return: 0 or -errno with @fault set.
 */
int relay_attach(int loop, int terminal, struct fault *fault) must_check nonnull(3);

/** relay_detach() - the end of it; what is left is written first */
void relay_detach(void);

/**
 * relay_connect() - carry bytes between them until relay_disconnect()
 * @outside: the guest's console, opened without blocking; -1: output is dropped
 * @inside: the master of the container's terminal
 *
 * The console becomes raw: keys go to the container as they are, its terminal makes signals and
 * lines of them. When the console hangs up, so does the container's terminal. Takes both
 * descriptors, also on failure. Return: 0 or -errno.
 */
int relay_connect(struct relay *c, int loop, int outside, int inside) must_check nonnull(1);

/** relay_disconnect() - write what is left, put the console back and close all */
void relay_disconnect(struct relay *c) nonnull(1);

#else

static inline int must_check relay_attach(int loop, int terminal, struct fault *fault)
{
	(void)loop, (void)terminal, (void)fault;
	return 0;
}

static inline void relay_detach(void)
{
}

#endif

#endif
