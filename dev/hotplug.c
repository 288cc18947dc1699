// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "hotplug: " fmt

#include <errno.h>

#include "dev/hotplug.h"
#include "dev/online.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"

int hotplug_receive(struct settle *s, struct presence *p, const struct dev_env *env,
		    struct uevent_socket *socket)
{
	char buf[UEVENT_MAX];
	struct uevent ev;
	int got;

	for (int i = 0; i < HOTPLUG_ROUND; i++) {
		got = uevent_receive(socket, buf, &ev);
		if (got == -ENOBUFS) {
			pr_warn("the kernel has dropped uevents: looking at everything again");
			online_rescan(env);
			if (s)
				settle_rescan(s, clock_us());
			presence_rescan(p);
			continue;
		}
		if (got <= 0)
			return got;
		online_uevent(env, &ev);
		if (s)
			settle_uevent(s, &ev, clock_us());
		presence_uevent(p, &ev);
	}
	/* A flood: a device may have appeared long before its message is read. */
	if (s)
		settle_rescan(s, clock_us());
	return 0;
}
