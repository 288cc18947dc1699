/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run hooks (OCI runtime spec, config.md, "POSIX-platform Hooks"). hooks_run() waits for them: it
 * is for the container's first process and for helper processes, never for PID 1.
 */
#ifndef COLDINIT_CONTAINER_HOOKS_H
#define COLDINIT_CONTAINER_HOOKS_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/** HOOK_TIMEOUT_S - timeout in seconds of a hook that has none in the config */
#define HOOK_TIMEOUT_S 30

/**
 * hooks_limit_s() - the longest time that the hooks of several points may take
 * @config: has the hooks
 * @first: the first point
 * @last: the last point, not before @first
 *
 * Return: the sum of the timeouts in seconds, at most UINT32_MAX / 2.
 */
unsigned hooks_limit_s(const struct oci_config *config, enum oci_hook_point first,
		       enum oci_hook_point last) nonnull(1);

/**
 * hooks_any() - report whether a point has hooks
 * @config: has the hooks
 * @point: the point
 *
 * Return: true if there is at least one; false if the build has no CONFIG_HOOKS.
 */
static inline bool hooks_any(const struct oci_config *config, enum oci_hook_point point)
{
#ifdef CONFIG_HOOKS
	return config->hooks[point].n;
#else
	(void)config, (void)point;
	return false;
#endif
}

#ifdef CONFIG_HOOKS

/**
 * hooks_run() - run the hooks of a point one after the other and wait for them
 * @config: has the hooks
 * @point: the point
 * @status: state of the container for oci_hooks_state(): "creating", "created", "running",
 * "stopped"
 * @pid: the container's first process for oci_hooks_state(), 0 if there is none any more
 * @filter: file of seccomp_build() that is installed in the hooks alone, -1 for none
 * @fault: gets the error, which has the hook's path and the end of its output
 *
 * The hooks run in the root and the working directory of the caller. A hook that is still running
 * at its timeout is killed with its process group. A failed hook ends the list. At poststart and
 * poststop the next hook runs, and @fault has all failures; for the caller they are only a warning.
 *
 * Return: 0, or with @fault set, of the first failure: -ECHILD if a hook failed, -ETIME if one was
 * killed at its timeout, -ENOMEM, or the error that kept a hook from starting.
 */
int hooks_run(const struct oci_config *config, enum oci_hook_point point, const char *status,
	      pid_t pid, int filter, struct fault *fault) must_check nonnull(1, 3, 6);

#else

static inline int hooks_run(const struct oci_config *config, enum oci_hook_point point,
			    const char *status, pid_t pid, int filter, struct fault *fault)
{
	(void)config, (void)point, (void)status, (void)pid, (void)filter, (void)fault;
	return 0;
}

#endif

#endif
