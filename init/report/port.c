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

static int port_open_named(int root, const char *where)
{
	return ports_open(root, where, O_WRONLY, SEND_MS);
}

static int port_open_default(int root, const char *where)
{
	(void)where;
	return ports_open(root, DEFAULT_PORT, O_WRONLY, DEFAULT_WAIT_MS);
}

static int port_deliver(int fd, const char *where, const char *text)
{
	(void)where;
	return send_text(fd, text);
}

static int port_check(const char *where)
{
	return *where ? 0 : -EINVAL;
}

const struct report_kind report_virtio_serial = {
	.prefix = "virtio-serial:",
	.form = "virtio-serial:NAME",
	.check = port_check,
	.open = port_open_named,
	.deliver = port_deliver,
};

const struct report_kind report_default = {
	.form = DEFAULT_PORT,
	.open = port_open_default,
	.deliver = port_deliver,
};
