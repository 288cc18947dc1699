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
	ssize_t n = root_read(p->root, text, sizeof(text), "sys/class/virtio-ports/%s/name", name);
	int err;

	/* A port without a name, one that is removed in the meantime, or one with a long name */
	if (n == -ENOENT || n == -ENODEV || n == -EMSGSIZE)
		return 0;
	if (n < 0)
		return (int)n;
	if (strcmp(text, p->wanted) != 0)
		return 0;
	err = str_printf(p->node, sizeof(p->node), "dev/%s", name);
	return err ? err : 1;
}

/* Return: 1, 0, or -errno. */
static int ports_find(struct port *p)
{
	int found = root_each(p->root, ports_match, p, "sys/class/virtio-ports");

	return found == -ENOENT ? 0 : found;
}

static int ports_is_device(const char *name, void *arg)
{
	(void)arg;
	return str_starts(name, "virtio");
}

int ports_exist(int root)
{
	int found = root_each(root, ports_is_device, NULL, "sys/bus/virtio/drivers/virtio_console");

	return found == -ENOENT ? 0 : found;
}

static int ports_any(const char *name, void *arg)
{
	(void)name, (void)arg;
	return 1;
}

int ports_named(int root)
{
	int found = root_each(root, ports_any, NULL, "sys/class/virtio-ports");

	return found == -ENOENT ? 0 : found;
}

/* Each message is only a reason to look again. */
static void ports_drain(struct uevent_socket *s)
{
	char buf[UEVENT_MAX];
	struct uevent ev;

	while (uevent_receive(s, buf, &ev) == 1)
		;
}

/* Return: as ports_find(). */
static int ports_wait(struct port *p, unsigned ms)
{
	uint64_t deadline = clock_us() + ms * 1000ULL, now;
	struct uevent_socket *s;
	struct pollfd ready = {.events = POLLIN};
	int found = uevent_open(&s);

	if (found)
		return found;
	ready.fd = uevent_fd(s);
	while (!(found = ports_find(p)) && (now = clock_us()) < deadline) {
		int n = poll(&ready, 1, (int)((deadline - now + 999) / 1000));

		if (n < 0 && errno != EINTR) {
			found = -errno;
			break;
		}
		ports_drain(s);
	}
	uevent_close(s);
	return found;
}

int ports_open(int root, const char *name, int flags, unsigned wait_ms)
{
	struct port p = {.root = root, .wanted = name};
	int found = ports_find(&p), exist = found || !wait_ms ? 0 : ports_exist(root);

	if (exist < 0)
		return exist;
	if (exist)
		found = ports_wait(&p, wait_ms);
	if (found <= 0)
		return found ? found : -ENODEV;
	return root_open(root, flags | O_NONBLOCK, 0, "%s", p.node);
}
