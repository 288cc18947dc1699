/* SPDX-License-Identifier: Apache-2.0 */
/* linux.maskedPaths and linux.readonlyPaths (OCI runtime spec, config-linux.md). */
#ifndef COLDINIT_CONTAINER_MASKS_PRIVATE_H
#define COLDINIT_CONTAINER_MASKS_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * masks_apply() - hide the masked paths and make the read-only ones read-only
 * @root: descriptor of the container's root; the guest's /dev/null must still be reachable
 * @config: has the paths; paths that do not exist are skipped
 * @fault: gets the error, which names the path
 *
 * A masked file becomes /dev/null, a masked directory an empty one.
 * Return: 0, or a negative errno with @fault set.
 */
int masks_apply(int root, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#endif
