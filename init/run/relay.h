/* SPDX-License-Identifier: Apache-2.0 */
/* The relay between the guest's console and the container's terminal. */
#ifndef COLDINIT_RUN_RELAY_H
#define COLDINIT_RUN_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"
#include "init/lib/loop.h"

/**
 * struct stream - one direction
 * @from: offset of the first byte of @data that is not written yet
 * @to: offset behind the last byte that was read
 * @data: one buffer
 */
struct stream {
	size_t from, to;
	char data[4096];
};

/**
 * struct relay - both ends and both directions
 * @connected: if it is false, no other member is valid
 * @outside: the guest's console, descriptor -1 if there is none
 * @inside: the master of the container's terminal
 * @loop: the event loop
 * @other: the slave of the container's terminal: kept open, so that the container may close it and
 *	open it again
 * @size: of the console, when it was last read
 * @saved: settings of the console before it was made raw
 * @in: from the console to the container
 * @out: from the container to the console
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
 * @loop: the event loop
 * @terminal: the terminal's master, which is taken; -1 if the container has no terminal
 * @fault: set on failure
 *
 * Without a console, the container's output is dropped. Return: 0 or -errno of epoll_ctl(2).
 */
int relay_attach(int loop, int terminal, struct fault *fault) must_check nonnull(3);

/** relay_detach() - write what the container has printed, then disconnect both */
void relay_detach(void);

/**
 * relay_connect() - move bytes between console and terminal until relay_disconnect()
 * @c: the relay; must stay where it is until then
 * @loop: the event loop
 * @outside: the guest's console, opened with O_NONBLOCK; -1: output is dropped
 * @inside: the master of the container's terminal
 *
 * The console is made raw (termios(3)): the container's terminal makes lines and signals of the
 * keys. If the console hangs up, so does the container's terminal. Takes both descriptors, also on
 * failure. Return: 0 or -errno of epoll_ctl(2).
 */
int relay_connect(struct relay *c, int loop, int outside, int inside) must_check nonnull(1);

/**
 * relay_disconnect() - write what is left, restore the console's settings and close all
 * @c: connected or not
 */
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
