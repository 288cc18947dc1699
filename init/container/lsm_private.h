/* SPDX-License-Identifier: Apache-2.0 */
/* process.apparmorProfile and process.selinuxLabel. */
#ifndef COLDINIT_CONTAINER_LSM_PRIVATE_H
#define COLDINIT_CONTAINER_LSM_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_LSM

/**
 * lsm_apply() - what the next execve(2) changes to
 * @root: the directory that has proc and sys
 *
 * What goes to a security module that the kernel does not run is logged and left out. Return: 0 or
 * -errno with @fault set.
 */
int lsm_apply(int root, const struct oci_process *p, struct fault *fault) must_check nonnull(2, 3);

#else

static inline int lsm_apply(int root, const struct oci_process *p, struct fault *fault)
{
	(void)root, (void)p, (void)fault;
	return 0;
}

#endif

#endif
