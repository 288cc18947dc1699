/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run hooks (OCI runtime spec, config.md, "POSIX-platform Hooks"). This waits: it is for the
 * container's first process and for helper processes, never for PID 1.
 */
#ifndef COLDINIT_CONTAINER_HOOKS_H
#define COLDINIT_CONTAINER_HOOKS_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/** HOOK_TIMEOUT_S - how long a hook may take that has no timeout of its own */
#define HOOK_TIMEOUT_S 30

/** hooks_limit_s() - the longest that the hooks from one point to another may take, in seconds */
unsigned hooks_limit_s(const struct oci_config *config, enum oci_hook_point first,
		       enum oci_hook_point last) nonnull(1);

/** hooks_any() - are there any at this point? */
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
 * hooks_run() - run the hooks of a point one after the other, in the caller's root and directory
 * @status, @pid: as for oci_state()
 * @filter: seccomp_install()'s file for the hooks alone, -1 for none
 *
 * A hook that is still running at its deadline is killed with its process group. The first hook
 * that fails ends it, but for poststart and poststop: there failures are warnings. Return: 0 or
 * -errno with @fault set, which has the hook and the end of what it has printed.
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
