// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/kind.h"
#include "net/uevent.h"

#define DEFAULT_PORT	"org.coldinit.report"
#define DEFAULT_WAIT_MS 250 /* nobody has asked for it, so nobody should wait long for it */

/* struct port - looking for the port with that name (Documentation/ABI: virtio-ports) */
struct port {
	int root;
	const char *wanted;
	char node[64];
};

static int match_port(const char *name, void *arg)
{
	struct port *p = arg;
	char text[128];

	if (root_read(p->root, text, sizeof(text), "sys/class/virtio-ports/%s/name", name) < 0 ||
	    strcmp(text, p->wanted) != 0)
		return 0;
	return str_printf(p->node, sizeof(p->node), "dev/%s", name) ? 0 : 1;
}

static bool find_port(struct port *p)
{
	return root_each(p->root, match_port, p, "sys/class/virtio-ports") == 1;
}

static int is_device(const char *name, void *arg)
{
	(void)arg;
	return str_starts(name, "virtio");
}

bool report_has_ports(int root)
{
	return root_each(root, is_device, NULL, "sys/bus/virtio/drivers/virtio_console") == 1;
}

/* Take the messages that are there; each is only a reason to look again. */
static void drain(struct uevent_socket *s)
{
	char buf[UEVENT_MAX];
	struct uevent ev;

	while (uevent_receive(s, buf, &ev) == 1)
		;
}

static void wait_port(struct port *p, struct uevent_socket *s, unsigned ms)
{
	uint64_t deadline = clock_us() + ms * 1000ULL, now;
	struct pollfd ready = {.fd = uevent_fd(s), .events = POLLIN};

	while (!find_port(p) && (now = clock_us()) < deadline &&
	       poll(&ready, 1, (int)((deadline - now + 999) / 1000)) > 0)
		drain(s);
}

/* The host names its ports some time after the driver has found the device: wait for that. */
static int deliver(int root, const char *name, const char *text, unsigned wait_ms)
{
	struct port p = {.root = root, .wanted = name};
	struct uevent_socket *s;

	if (!find_port(&p)) {
		if (!report_has_ports(root) || uevent_open(&s))
			return -ENODEV;
		wait_port(&p, s, wait_ms);
		uevent_close(s);
	}
	if (!*p.node)
		return -ENODEV;
	int fd cleanup(close_fd) = root_open(root, O_WRONLY | O_NONBLOCK, 0, "%s", p.node);
	if (fd < 0)
		return fd;
	return report_send(fd, text);
}

static int to_port(int root, const char *name, const char *text)
{
	return deliver(root, name, text, REPORT_SEND_MS);
}

static int check_port(const char *where)
{
	return *where ? 0 : -EINVAL;
}

static int to_default(int root, const char *where, const char *text)
{
	(void)where;
	return deliver(root, DEFAULT_PORT, text, DEFAULT_WAIT_MS);
}

const struct report_kind report_virtio_serial = {
	.prefix = "virtio-serial:",
	.form = "virtio-serial:NAME",
	.check = check_port,
	.deliver = to_port,
};

const struct report_kind report_default = {
	.form = DEFAULT_PORT,
	.deliver = to_default,
};
