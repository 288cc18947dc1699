/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes of the RDMA devices that the guest kernel drives for the container. */
#ifndef COLDINIT_DEV_INFINIBAND_H
#define COLDINIT_DEV_INFINIBAND_H

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"

/** INFINIBAND_NODES_MAX - the most nodes of a guest; the kernel has numbers for 1024 devices */
#define INFINIBAND_NODES_MAX 1024

#ifdef CONFIG_INFINIBAND

/**
 * infiniband_nodes() - list the guest's /dev/infiniband if a device has a VFIO type
 * @root: descriptor of the root directory
 * @a: the nodes are allocated here
 * @results: what was found for the devices
 * @n: number of @results
 * @out: gets the nodes, NULL if there are none
 * @n_out: gets their number
 * @fault: gets the error
 *
 * The nodes are read from sysfs, so that a recorded tree has them, too.
 *
 * Return: 0, -ENOMEM, -E2BIG, -EINVAL if a device has no numbers, or the errno of reading sysfs. On
 * failure @out and @n_out are untouched.
 */
int infiniband_nodes(int root, struct arena *a, const struct device_result *results, size_t n,
		     const struct device_node **out, size_t *n_out, struct fault *fault) must_check
	nonnull(2, 5, 6, 7);

#else

static inline int must_check infiniband_nodes(int root, struct arena *a,
					      const struct device_result *results, size_t n,
					      const struct device_node **out, size_t *n_out,
					      struct fault *fault)
{
	(void)root, (void)a, (void)results, (void)n, (void)fault;
	*out = NULL;
	*n_out = 0;
	return 0;
}

#endif

#endif
