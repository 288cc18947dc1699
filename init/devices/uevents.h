/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's uevents in the event loop: they wake the devices of the wait, and bring memory and
 * CPUs online for as long as the guest lives. */
#ifndef COLDINIT_DEVICES_UEVENTS_H
#define COLDINIT_DEVICES_UEVENTS_H

#include "dev/settle.h"
#include "init/guest/signals.h"
#include "init/lib/loop.h"

/**
 * struct uevents - the uevent socket as an event source; zero-initialise before use
 * @source: of the event loop
 * @loop: the event loop
 * @socket: the socket, open from before the first look at a device
 * @env: where dev/ works, for memory and CPUs
 * @settle: the devices that wait, NULL when none do
 * @err: what ended the wait: -EINTR for a stop request, another one of the socket; 0 for none
 */
struct uevents {
	struct loop_source source;
	int loop;
	struct uevent_socket *socket;
	struct dev_env env;
	struct settle *settle;
	int err;
};

/**
 * uevents_start() - read the socket in the event loop from now on
 * @u: with loop, socket and env set; must stay where it is as long as the guest lives
 *
 * Return: 0 or -errno of loop_add().
 */
int uevents_start(struct uevents *u) must_check nonnull(1);

/**
 * uevents_wait() - run the event loop until no device waits any more
 * @u: started
 * @signals: get handlers for helper processes that end and for stop requests
 * @settle: the devices
 * @fault: set on failure
 *
 * Return: 0, -EINTR for a stop request, or -errno of the event loop or the socket.
 */
int uevents_wait(struct uevents *u, struct signals *signals, struct settle *settle,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
