/* SPDX-License-Identifier: Apache-2.0 */
/* linux.maskedPaths and linux.readonlyPaths (OCI runtime spec, config-linux.md). */
#ifndef COLDINIT_CONTAINER_MASKS_PRIVATE_H
#define COLDINIT_CONTAINER_MASKS_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * masks_apply() - hide the masked paths and protect the read-only ones
 * @root: the container's root; the guest's /dev/null must still be visible outside of it
 *
 * A masked file becomes /dev/null, a masked directory an empty one. Paths that do not exist are
 * skipped. Return: 0 or -errno with @fault set, which names the path.
 */
int masks_apply(int root, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#endif
