/* SPDX-License-Identifier: Apache-2.0 */
/* process.terminal (OCI runtime spec, config.md, "Process"): the container's pseudo-terminal. */
#ifndef COLDINIT_CONTAINER_TERMINAL_PRIVATE_H
#define COLDINIT_CONTAINER_TERMINAL_PRIVATE_H

#include <sys/types.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_TERMINAL

/**
 * terminal_make() - make a terminal in the container's devpts, if process.terminal is true
 * @root: descriptor of the container's root, with all mounts in place
 * @p: has process.terminal and process.consoleSize
 * @fault: gets the error
 *
 * The terminal becomes /dev/console, and the controlling terminal, stdin, stdout and stderr of the
 * calling process, which must lead a session (pty(7)).
 * Return: descriptor of the master, 0 without process.terminal, or with @fault set -ENODEV if
 * /dev/pts is no devpts, or another negative errno.
 */
int terminal_make(int root, const struct oci_process *p, struct fault *fault) must_check
	nonnull(2, 3);

/**
 * terminal_take() - duplicate the terminal's master from the container's first process
 * @pid: that process
 * @master: the descriptor there, 0 for none
 * @fd: gets the descriptor here, which the caller closes, -1 if there is none
 * @fault: gets the error
 *
 * Follows pidfd_getfd(2).
 * Return: 0, or a negative errno with @fault set.
 */
int terminal_take(pid_t pid, int master, int *fd, struct fault *fault) must_check nonnull(3, 4);

#else

static inline int must_check terminal_make(int root, const struct oci_process *p,
					   struct fault *fault)
{
	(void)root, (void)p, (void)fault;
	return 0;
}

static inline int must_check terminal_take(pid_t pid, int master, int *fd, struct fault *fault)
{
	(void)pid, (void)master, (void)fault;
	*fd = -1;
	return 0;
}

#endif

#endif
