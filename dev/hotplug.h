/* SPDX-License-Identifier: Apache-2.0 */
/* What comes from the uevent socket: devices during the wait, memory and CPUs at any time. */
#ifndef COLDINIT_DEV_HOTPLUG_H
#define COLDINIT_DEV_HOTPLUG_H

#include "dev/presence.h"
#include "dev/settle.h"

/** HOTPLUG_ROUND - the most messages that one call of hotplug_receive() reads */
#define HOTPLUG_ROUND 128

/**
 * hotplug_receive() - read the messages in the socket: bring memory and CPUs online, wake devices
 * @s: the devices that wait, NULL for none
 * @p: the devices that must stay
 * @env: where
 * @socket: the socket
 *
 * It reads at most HOTPLUG_ROUND messages, so that a flood does not delay a timeout. All devices
 * are woken if messages were lost, and if there were that many: a device does not have to wait
 * until all messages before its own have been read.
 *
 * Return: 0, or the errno of the socket.
 */
int hotplug_receive(struct settle *s, struct presence *p, const struct dev_env *env,
		    struct uevent_socket *socket) must_check nonnull(2, 3, 4);

#endif
