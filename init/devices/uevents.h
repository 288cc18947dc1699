/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's uevents in the event loop. They wake the devices that wait. As long as the guest
 * lives, they also bring memory and CPUs online.
 */
#ifndef COLDINIT_DEVICES_UEVENTS_H
#define COLDINIT_DEVICES_UEVENTS_H

#include "dev/presence.h"
#include "dev/settle.h"
#include "init/guest/signals.h"
#include "init/lib/loop.h"

/**
 * struct uevents - the uevent socket as an event source; zero-initialise before use
 * @source: of the event loop
 * @loop: the event loop
 * @socket: the socket, opened before the first device is looked up, so that no event is missed
 * @env: passed to dev/ for memory and CPUs
 * @settle: the devices that wait, NULL outside of uevents_wait()
 * @presence: the devices that must stay
 * @err: why the wait ends early: -EINTR after a stop request, -errno of the socket, else 0
 */
struct uevents {
	struct loop_source source;
	int loop;
	struct uevent_socket *socket;
	struct dev_env env;
	struct settle *settle;
	struct presence presence;
	int err;
};

/**
 * uevents_start() - read the socket in the event loop from now on
 * @u: has loop, socket and env; must stay where it is as long as the guest lives
 *
 * Return: 0, or -errno of loop_add().
 */
int uevents_start(struct uevents *u) must_check nonnull(1);

/**
 * uevents_check() - find out whether a required device has gone away, by all uevents until now
 * @u: after uevents_start()
 * @fault: set on failure
 *
 * Return: 0, -ENODEV if one has, or -errno of the socket.
 */
int uevents_check(struct uevents *u, struct fault *fault) must_check nonnull(1, 2);

/**
 * uevents_wait() - run the event loop until no device waits any more
 * @u: after uevents_start()
 * @signals: gets handlers for helper processes that end and for stop requests
 * @settle: the devices
 * @fault: set on failure
 *
 * Return: 0, -EINTR for a stop request, -ENODEV for a device that has gone away, or -errno of the
 * event loop and the socket.
 */
int uevents_wait(struct uevents *u, struct signals *signals, struct settle *settle,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
