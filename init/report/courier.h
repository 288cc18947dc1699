/* SPDX-License-Identifier: Apache-2.0 */
/* A helper process that writes a text to a file where writing may block for ever. */
#ifndef COLDINIT_REPORT_COURIER_H
#define COLDINIT_REPORT_COURIER_H

#include <errno.h>
#include <sys/types.h>

#include "init/lib/compiler.h"

/**
 * struct courier - the process, which waits for the text
 * @pid: its process ID, 0 if there is none
 * @socket: takes the text and gives the result
 */
struct courier {
	pid_t pid;
	int socket;
};

#ifdef CONFIG_REPORT_VIRTIOFS /* the only report that may block */

/**
 * courier_start() - fork the process
 * @c: gets it
 * @fd: the file that it will write to
 *
 * Return: 0, or a negative errno of socketpair(2) or fork(2).
 */
int courier_start(struct courier *c, int fd) must_check nonnull(1);

/**
 * courier_deliver() - have the process write a text, and wait for the result
 * @c: started; ended afterwards
 * @text: the text
 * @timeout_ms: how long it may take
 *
 * Return: 0, -ETIMEDOUT, -ESRCH if the process had died before it got the text, -EIO if it died
 * with it, or the negative errno of its write(2).
 */
int courier_deliver(struct courier *c, const char *text, unsigned timeout_ms) must_check
	nonnull(1, 2);

#else

static inline int must_check courier_start(struct courier *c, int fd)
{
	(void)c, (void)fd;
	return -ENOTSUP;
}

static inline int must_check courier_deliver(struct courier *c, const char *text,
					     unsigned timeout_ms)
{
	(void)c, (void)text, (void)timeout_ms;
	return -ESRCH;
}

#endif

#endif
