/* SPDX-License-Identifier: Apache-2.0 */
/* Set up the process of the container's program (OCI runtime spec, config.md, "Process"). */
#ifndef COLDINIT_CONTAINER_PROCESS_PRIVATE_H
#define COLDINIT_CONTAINER_PROCESS_PRIVATE_H

#include <limits.h>

#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * process_keyring() - join a new session keyring, so that the process does not share PID 1's
 * @name: name of the keyring; like other runtimes, the caller uses the container's id
 * @fault: set on failure
 *
 * Follows keyctl(2), KEYCTL_JOIN_SESSION_KEYRING.
 * Return: 0, also if the kernel has no keyrings, or another negative errno of keyctl(2).
 */
int process_keyring(const char *name, struct fault *fault) must_check nonnull(1, 2);

/**
 * process_raise_files() - raise fs.nr_open of the guest to the limit of process.rlimits
 * @root: descriptor of the directory that has proc
 * @p: the process
 * @fault: gets the error, which names both limits
 *
 * Return: 0, or -errno of writing it: -EINVAL above what the kernel can have.
 */
int process_raise_files(int root, const struct oci_process *p, struct fault *fault) must_check
	nonnull(2, 3);

/**
 * process_oom_score() - set process.oomScoreAdj through the guest's /proc
 * @p: has the value; without one nothing is done
 * @fault: gets the error
 *
 * Return: 0, or the error of the write with @fault set.
 */
int process_oom_score(const struct oci_process *p, struct fault *fault) must_check nonnull(1, 2);

/**
 * process_limit() - set process.rlimits
 * @p: has the limits
 * @fault: gets the error
 *
 * Return: 0, or the error of prlimit(2) with @fault set.
 */
int process_limit(const struct oci_process *p, struct fault *fault) must_check nonnull(1, 2);

/**
 * process_become() - set process.user, groups, capabilities, umask, no_new_privs and cwd
 * @p: has them
 * @fault: gets the error
 *
 * The user also becomes the owner of pipes among stdin, stdout and stderr, and of the terminal. The
 * process is not dumpable afterwards.
 * Return: 0, or with @fault set -ENOENT if the cwd is missing or not below the root, or the error
 * of a system call.
 */
int process_become(const struct oci_process *p, struct fault *fault) must_check nonnull(1, 2);

/**
 * process_environment() - make the program's environment, with HOME from the root's /etc/passwd
 * @p: has the environment and the user; HOME is added if it has none
 * @root: descriptor of the container's root
 * @a: owns the list, see environment_build()
 *
 * Return: a NULL-terminated list, or NULL if memory ran out.
 */
const char **process_environment(const struct oci_process *p, int root, struct arena *a) must_check
	nonnull(1, 3);

/**
 * process_find() - look up a program as execvp(3) does
 * @name: a path if it contains a slash, else a name to look up in @path
 * @path: directories separated by colons, NULL for the default ones
 * @file: gets the path of a regular file that this process may execute, or with -EACCES of the last
 *	one that it may not execute; else untouched
 * @st: gets the attributes of this file, on success
 *
 * Return: 0, -ENOENT if there is none, -EACCES if there is one that may not be executed, or another
 * negative errno of stat(2) if the files cannot be looked at.
 */
int process_find(const char *name, const char *path, char file[PATH_MAX],
		 struct stat *st) must_check nonnull(1, 3, 4);

/**
 * process_exit_status() - exit status for a program that could not be executed, as in a shell
 * @err: the negative errno of process_find() or execve(2)
 *
 * Return: 127 if the program was not found, else 126.
 */
int process_exit_status(int err);

#endif
