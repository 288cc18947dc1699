// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "devices: " fmt

#include <errno.h>
#include <string.h>

#include "dev/hotplug.h"
#include "init/devices/uevents.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"

static void uevents_ready(struct loop_source *source)
{
	struct uevents *u = container_of(source, struct uevents, source);

	u->err = hotplug_receive(u->settle, &u->presence, &u->env, u->socket);
	if (!u->err || u->settle)
		return;
	pr_warn("cannot read uevents any more: %s", strerror(-u->err));
	loop_remove(u->loop, source);
}

int uevents_start(struct uevents *u)
{
	u->source = (struct loop_source){uevent_fd(u->socket), uevents_ready};
	return loop_add(u->loop, &u->source);
}

int uevents_check(struct uevents *u, struct fault *fault)
{
	int err = hotplug_receive(NULL, &u->presence, &u->env, u->socket);

	if (err)
		return fault_strerror(fault, err, "uevents");
	if (u->presence.err)
		*fault = u->presence.fault;
	return u->presence.err;
}

static void uevents_child(void *arg, pid_t pid, int status)
{
	struct uevents *u = arg;

	settle_child(u->settle, pid, status, clock_us());
}

static void uevents_stop(void *arg, int signal)
{
	struct uevents *u = arg;

	(void)signal;
	u->err = -EINTR;
}

int uevents_wait(struct uevents *u, struct signals *signals, struct settle *settle,
		 struct fault *fault)
{
	int err = 0;

	u->settle = settle;
	signals->child = uevents_child;
	signals->stop = uevents_stop;
	signals->arg = u;
	while (settle_pending(settle) && !u->err && !u->presence.err && (!err || err == -ETIME)) {
		err = loop_wait(u->loop, settle_deadline(settle));
		/* Also after events, so that a flood of them cannot delay a deadline. */
		settle_expire(settle, clock_us());
	}
	u->settle = NULL;
	signals->child = NULL;
	signals->stop = NULL;
	if (u->err == -EINTR)
		return fault_set(fault, u->err,
				 "a stop was requested (%s) while waiting for devices",
				 signals->requested);
	if (u->err)
		return fault_strerror(fault, u->err, "uevents");
	if (u->presence.err) {
		*fault = u->presence.fault;
		return u->presence.err;
	}
	return err && err != -ETIME ? fault_strerror(fault, err, "waiting for devices") : 0;
}
