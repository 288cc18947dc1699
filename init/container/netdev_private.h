/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices: the container's network is the guest's, so an interface is only renamed. */
#ifndef COLDINIT_CONTAINER_NETDEV_PRIVATE_H
#define COLDINIT_CONTAINER_NETDEV_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_NET_DEVICES

/**
 * netdev_apply() - rename the interfaces of linux.netDevices and set them up
 * @config: has them
 * @fault: gets the error, which names the interface
 *
 * Follows netdevice(7). Return: 0, or with @fault set -ENODEV if the guest has no such interface,
 * -EEXIST if another one has the name, -EBUSY if it is up and the kernel (before 6.2) does not
 * rename it, or the error of another system call.
 */
int netdev_apply(const struct oci_config *config, struct fault *fault) must_check nonnull(1, 2);

#else

static inline int must_check netdev_apply(const struct oci_config *config, struct fault *fault)
{
	(void)config, (void)fault;
	return 0;
}

#endif

#endif
