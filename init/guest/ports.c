// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "init/guest/ports.h"
#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "net/uevent.h"

/* struct port - the search for one */
struct port {
	int root;
	const char *wanted;
	char node[64];
};

static int ports_match(const char *name, void *arg)
{
	struct port *p = arg;
	char text[128];

	if (root_read(p->root, text, sizeof(text), "sys/class/virtio-ports/%s/name", name) < 0 ||
	    strcmp(text, p->wanted) != 0)
		return 0;
	return str_printf(p->node, sizeof(p->node), "dev/%s", name) ? 0 : 1;
}

static bool ports_find(struct port *p)
{
	return root_each(p->root, ports_match, p, "sys/class/virtio-ports") == 1;
}

static int ports_is_device(const char *name, void *arg)
{
	(void)arg;
	return str_starts(name, "virtio");
}

bool ports_exist(int root)
{
	return root_each(root, ports_is_device, NULL, "sys/bus/virtio/drivers/virtio_console") == 1;
}

/* Each message is only a reason to look again. */
static void ports_drain(struct uevent_socket *s)
{
	char buf[UEVENT_MAX];
	struct uevent ev;

	while (uevent_receive(s, buf, &ev) == 1)
		;
}

static bool ports_wait(struct port *p, unsigned ms)
{
	uint64_t deadline = clock_us() + ms * 1000ULL, now;
	struct uevent_socket *s;
	struct pollfd ready = {.events = POLLIN};

	if (uevent_open(&s))
		return false;
	ready.fd = uevent_fd(s);
	while (!ports_find(p) && (now = clock_us()) < deadline &&
	       poll(&ready, 1, (int)((deadline - now + 999) / 1000)) > 0)
		ports_drain(s);
	uevent_close(s);
	return *p->node;
}

int ports_open(int root, const char *name, int flags, unsigned wait_ms)
{
	struct port p = {.root = root, .wanted = name};

	if (!ports_find(&p) && (!wait_ms || !ports_exist(root) || !ports_wait(&p, wait_ms)))
		return -ENODEV;
	return root_open(root, flags | O_NONBLOCK, 0, "%s", p.node);
}
