/* SPDX-License-Identifier: Apache-2.0 */
/* What the uevent socket brings: devices while they are waited for, memory and CPUs for ever. */
#ifndef COLDINIT_DEV_HOTPLUG_H
#define COLDINIT_DEV_HOTPLUG_H

#include "dev/settle.h"

/** HOTPLUG_ROUND - the most messages that one call of hotplug_receive() takes */
#define HOTPLUG_ROUND 128

/**
 * hotplug_receive() - take what lies in the socket: memory and CPUs, and wake the devices
 *
 * @s: the devices that are waited for, NULL for none
 *
 * At most HOTPLUG_ROUND messages, so that a flood puts no deadline off. Lost messages wake all
 * devices, and so do more messages than that: a device must not wait for all those before it.
 * Return: 0, or -errno of the socket.
 */
int hotplug_receive(struct settle *s, const struct dev_env *env,
		    struct uevent_socket *socket) must_check nonnull(2, 3);

#endif
