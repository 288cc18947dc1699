/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl: kernel parameters of the container's namespaces (config-linux.md, "Sysctl"). */
#ifndef COLDINIT_CONTAINER_SYSCTL_PRIVATE_H
#define COLDINIT_CONTAINER_SYSCTL_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_SYSCTL

/**
 * sysctl_apply() - write the kernel parameters
 * @root: descriptor of the directory that has proc/sys, where each process sees its namespaces
 * @config: has the parameters
 * @fault: gets the error, which names the parameter
 *
 * Return: 0, or with @fault set -ENOENT if the kernel does not have a parameter, or the error of
 * the write.
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
