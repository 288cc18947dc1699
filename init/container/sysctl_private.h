/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl: kernel parameters of the container's namespaces. */
#ifndef COLDINIT_CONTAINER_SYSCTL_PRIVATE_H
#define COLDINIT_CONTAINER_SYSCTL_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_SYSCTL

/**
 * sysctl_apply() - write them
 * @root: the directory that has proc/sys; in /proc/sys each process sees its own namespaces
 *
 * Return: 0 or -errno with @fault set.
 */
int sysctl_apply(int root, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#else

static inline int sysctl_apply(int root, const struct oci_config *config, struct fault *fault)
{
	(void)root, (void)config, (void)fault;
	return 0;
}

#endif

#endif
