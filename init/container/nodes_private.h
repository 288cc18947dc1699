/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and the links in /dev (OCI runtime spec, config-linux.md, "Devices"). */
#ifndef COLDINIT_CONTAINER_NODES_PRIVATE_H
#define COLDINIT_CONTAINER_NODES_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * nodes_make() - make linux.devices and what every container has in /dev
 * @root: the container's root directory, which no path leaves
 *
 * What the config mounts on /dev/... stays. If /dev itself is a bind mount, it is left alone but
 * for linux.devices. The umask must be 0. Return: 0 or -errno with @fault set, which names the
 * node.
 */
int nodes_make(int root, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#endif
