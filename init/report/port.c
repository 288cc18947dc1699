// SPDX-License-Identifier: Apache-2.0
/* Named ports of virtio consoles. */
#include <errno.h>
#include <fcntl.h>

#include "init/guest/ports.h"
#include "init/lib/fd.h"
#include "init/report/kind.h"
#include "init/report/send.h"

#define DEFAULT_PORT	"org.coldinit.report"
#define DEFAULT_WAIT_MS 250 /* short, because no report was requested */

static int port_deliver(int root, const char *name, const char *text, unsigned wait_ms)
{
	int fd cleanup(close_fd) = ports_open(root, name, O_WRONLY, wait_ms);

	return fd < 0 ? fd : send_text(fd, text);
}

static int port_to_named(int root, const char *name, const char *text)
{
	return port_deliver(root, name, text, SEND_MS);
}

static int port_to_default(int root, const char *where, const char *text)
{
	(void)where;
	return port_deliver(root, DEFAULT_PORT, text, DEFAULT_WAIT_MS);
}

static int port_check(const char *where)
{
	return *where ? 0 : -EINVAL;
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
