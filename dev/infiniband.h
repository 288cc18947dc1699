/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes of RDMA devices that the guest kernel made for the devices that the container gets. */
#ifndef COLDINIT_DEV_INFINIBAND_H
#define COLDINIT_DEV_INFINIBAND_H

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"

/** INFINIBAND_NODES_MAX - how many nodes a guest may have: the kernel has numbers for 1024 devices
 */
#define INFINIBAND_NODES_MAX 1024

#ifdef CONFIG_INFINIBAND

/**
 * infiniband_nodes() - the guest's /dev/infiniband, if one of the devices is of a VFIO type
 * @results: @n of them
 * @out: gets @n_out nodes, taken from @a
 *
 * They are read from sysfs, so that a recorded tree has them too. Return: 0 or -errno with @fault
 * set; @out is untouched on failure.
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
