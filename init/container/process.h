/* SPDX-License-Identifier: Apache-2.0 */
/* The process that the container's program starts in (OCI runtime spec, config.md, "Process"). */
#ifndef COLDINIT_CONTAINER_PROCESS_H
#define COLDINIT_CONTAINER_PROCESS_H

#include <limits.h>

#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/oci.h"

/** process_detach() - a session of its own, no signal blocked, ignored or handled */
void process_detach(void);

/**
 * process_keyring() - a session keyring of its own, so that it does not share PID 1's
 * @name: the keyring's, which is the container's id as under other runtimes
 *
 * If that fails, the kernel has no keyrings, or no memory, as other steps will find.
 */
void process_keyring(const char *name) nonnull(1);

/**
 * process_oom_score() - set process.oomScoreAdj, by way of the guest's /proc
 *
 * Return: 0 or -errno with @fault set.
 */
int process_oom_score(const struct oci_process *p, struct fault *fault) must_check nonnull(1, 2);

/** process_limit() - set process.rlimits. Return: 0 or -errno with @fault set. */
int process_limit(const struct oci_process *p, struct fault *fault) must_check nonnull(1, 2);

/**
 * process_become() - become process.user, with its groups, capabilities, umask, no_new_privs and
 * cwd
 *
 * The console goes to the user too, so that /dev/stdout and its kin can be opened. Return: 0 or
 * -errno with @fault set.
 */
int process_become(const struct oci_process *p, struct fault *fault) must_check nonnull(1, 2);

/** process_environment() - the environment, HOME from /etc/passwd; NULL when memory is out */
const char **process_environment(const struct oci_process *p, struct arena *a) must_check
	nonnull(1, 2);

/**
 * process_find() - look for a program as execvp(3) does
 * @name: with a slash: a path, else looked for in @path
 * @path: directories separated by colons, NULL for the usual ones
 * @file: gets the path of a regular file that this process may execute
 *
 * Return: 0, -ENOENT if there is none, -EACCES if there is one that may not be executed; @file is
 * untouched on failure.
 */
int process_find(const char *name, const char *path, char file[PATH_MAX]) must_check nonnull(1, 3);

/** process_exit_status() - 126 or 127: what a failure to execute a program stands for */
int process_exit_status(int err);

#endif
