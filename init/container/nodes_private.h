/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and the links in /dev (OCI runtime spec, config-linux.md, "Devices"). */
#ifndef COLDINIT_CONTAINER_NODES_PRIVATE_H
#define COLDINIT_CONTAINER_NODES_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * nodes_make() - make linux.devices, the default devices and the links in /dev
 * @root: descriptor of the container's root, which no path leaves
 * @config: has the devices, and the mounts that may provide /dev
 * @fault: gets the error, which names the node
 *
 * Files that the config mounts below /dev stay. If /dev itself is a bind mount, only linux.devices
 * are made in it. Of two of them with one path the first one is made. The umask must be 0.
 * Return: 0, or with @fault set -EEXIST if another file has the path of a device, or another
 * negative errno.
 */
int nodes_make(int root, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#endif
