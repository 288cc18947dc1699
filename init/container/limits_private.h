/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of the container's cgroup (the kernel's admin-guide/cgroup-v2.rst). */
#ifndef COLDINIT_CONTAINER_LIMITS_PRIVATE_H
#define COLDINIT_CONTAINER_LIMITS_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_CGROUP_LIMITS

/**
 * limits_enable() - turn on the controllers that the limits need, and no other
 * @parent: the cgroup in which the container's will be made
 *
 * Return: 0 or -errno with @fault set, which names the limit.
 */
int limits_enable(int parent, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

/**
 * limits_set() - set the limits
 * @cgroup: the container's
 *
 * Return: 0 or -errno with @fault set, which names the limit.
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
