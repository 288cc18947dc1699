/* SPDX-License-Identifier: Apache-2.0 */
/* process.terminal (OCI runtime spec, config.md, "Process"): the container's pseudo-terminal. */
#ifndef COLDINIT_CONTAINER_TERMINAL_PRIVATE_H
#define COLDINIT_CONTAINER_TERMINAL_PRIVATE_H

#include <sys/types.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_TERMINAL

/**
 * terminal_make() - make a terminal in the container's own devpts
 * @root: the container's root directory, with all mounts in place
 *
 * It becomes /dev/console, the controlling terminal and stdin, stdout and stderr of the calling
 * process, which must lead a session. Return: descriptor of the master, 0 if the spec asks for
 * none, or -errno with @fault set.
 */
int terminal_make(int root, const struct oci_process *p, struct fault *fault) must_check
	nonnull(2, 3);

/**
 * terminal_take() - get the master from the container's first process
 * @pid: the process
 * @master: its descriptor there, 0 for none
 *
 * Return: descriptor, -1 if there is none, or another -errno with @fault set.
 */
int terminal_take(pid_t pid, int master, struct fault *fault) must_check nonnull(3);

#else

static inline int must_check terminal_make(int root, const struct oci_process *p,
					   struct fault *fault)
{
	(void)root, (void)p, (void)fault;
	return 0;
}

static inline int must_check terminal_take(pid_t pid, int master, struct fault *fault)
{
	(void)pid, (void)master, (void)fault;
	return -1;
}

#endif

#endif
