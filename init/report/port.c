// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/kind.h"
#include "init/report/port.h"
#include "init/report/send.h"
#include "net/uevent.h"

#define DEFAULT_PORT	"org.coldinit.report"
#define DEFAULT_WAIT_MS 250 /* short, because no report was requested */

/* A port that is looked up by its name (drivers/char/virtio_console.c, name_show()). */
struct port {
	int root;
	const char *wanted;
	char node[64];
};

static int port_match(const char *name, void *arg)
{
	struct port *p = arg;
	char text[128];

	if (root_read(p->root, text, sizeof(text), "sys/class/virtio-ports/%s/name", name) < 0 ||
	    strcmp(text, p->wanted) != 0)
		return 0;
	return str_printf(p->node, sizeof(p->node), "dev/%s", name) ? 0 : 1;
}

static bool port_find(struct port *p)
{
	return root_each(p->root, port_match, p, "sys/class/virtio-ports") == 1;
}

static int port_is_console(const char *name, void *arg)
{
	(void)arg;
	return str_starts(name, "virtio");
}

bool port_possible(int root)
{
	return root_each(root, port_is_console, NULL, "sys/bus/virtio/drivers/virtio_console") == 1;
}

/* Read all uevents that have arrived; each is only a reason to look again. */
static void port_drain(struct uevent_socket *s)
{
	char buf[UEVENT_MAX];
	struct uevent ev;

	while (uevent_receive(s, buf, &ev) == 1)
		;
}

static void port_wait(struct port *p, struct uevent_socket *s, unsigned ms)
{
	uint64_t deadline = clock_us() + ms * 1000ULL, now;
	struct pollfd ready = {.fd = uevent_fd(s), .events = POLLIN};

	while (!port_find(p) && (now = clock_us()) < deadline &&
	       poll(&ready, 1, (int)((deadline - now + 999) / 1000)) > 0)
		port_drain(s);
}

/* The host names its ports some time after the driver has bound the device, so wait for that. */
static int port_deliver(int root, const char *name, const char *text, unsigned wait_ms)
{
	struct port p = {.root = root, .wanted = name};
	struct uevent_socket *s;

	if (!port_find(&p)) {
		if (!port_possible(root) || uevent_open(&s))
			return -ENODEV;
		port_wait(&p, s, wait_ms);
		uevent_close(s);
	}
	if (!*p.node)
		return -ENODEV;
	int fd cleanup(close_fd) = root_open(root, O_WRONLY | O_NONBLOCK, 0, "%s", p.node);
	if (fd < 0)
		return fd;
	return send_text(fd, text);
}

static int port_to_named(int root, const char *name, const char *text)
{
	return port_deliver(root, name, text, SEND_MS);
}

static int port_check(const char *where)
{
	return *where ? 0 : -EINVAL;
}

static int port_to_default(int root, const char *where, const char *text)
{
	(void)where;
	return port_deliver(root, DEFAULT_PORT, text, DEFAULT_WAIT_MS);
}

const struct report_kind report_virtio_serial = {
	.prefix = "virtio-serial:",
	.form = "virtio-serial:NAME",
	.check = port_check,
	.deliver = port_to_named,
};

const struct report_kind report_default = {
	.form = DEFAULT_PORT,
	.deliver = port_to_default,
};
