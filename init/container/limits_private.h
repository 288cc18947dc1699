/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of the container's cgroup (the kernel's admin-guide/cgroup-v2.rst). */
#ifndef COLDINIT_CONTAINER_LIMITS_PRIVATE_H
#define COLDINIT_CONTAINER_LIMITS_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_CGROUP_LIMITS

/**
 * limits_enable() - turn on the controllers that the limits need, and no others
 * @parent: descriptor of the cgroup in which the container's cgroup will be made
 * @config: has the limits
 * @fault: gets the error, which names the limit
 *
 * Return: 0, or with @fault set -ENOTSUP if the kernel lacks a controller that a limit needs, or
 * the error of the write to cgroup.subtree_control.
 */
int limits_enable(int parent, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

/**
 * limits_set() - write the limits to the files of the container's cgroup
 * @cgroup: descriptor of the cgroup's directory
 * @config: has the limits; linux.resources.unified is written last and wins
 * @fault: gets the error, which names the limit
 *
 * Return: 0, or with @fault set -ENOENT if a file is missing that must be there, or the kernel's
 * error for a value that it refuses.
 */
int limits_set(int cgroup, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#else

static inline int must_check limits_enable(int parent, const struct oci_config *config,
					   struct fault *fault)
{
	(void)parent, (void)config, (void)fault;
	return 0;
}

static inline int must_check limits_set(int cgroup, const struct oci_config *config,
					struct fault *fault)
{
	(void)cgroup, (void)config, (void)fault;
	return 0;
}

#endif

#endif
