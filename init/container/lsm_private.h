/* SPDX-License-Identifier: Apache-2.0 */
/* process.apparmorProfile and process.selinuxLabel (OCI runtime spec, config.md, "Process"). */
#ifndef COLDINIT_CONTAINER_LSM_PRIVATE_H
#define COLDINIT_CONTAINER_LSM_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_LSM

/**
 * lsm_apply() - set the profile and the label that the next execve(2) of this process changes to
 * @root: descriptor of the directory that has proc and sys
 * @p: has the profile and the label
 * @fault: gets the error
 *
 * A setting that the guest does not know is ignored with a warning unless @p->lsm_required: the
 * kernel does not run the module (-ENOTSUP), or has no such profile or no policy (-ENOENT), or its
 * policy has no such label (-EINVAL). Return: 0, or with @fault set one of these, or the error of
 * the module.
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
