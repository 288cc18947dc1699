// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "report: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>
#define HAVE_PORT_IO 1
#endif

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report.h"
#include "init/source.h"
#include "init/storage.h"

#define VERDICT_PREFIX "\ncoldinit-verdict: "
#define DEFAULT_PORT   "org.coldinit.report"
#define SEND_MS	       2000

/* Write all of it; a descriptor that takes nothing for SEND_MS is given up. */
static int send_all(int fd, const char *text)
{
	size_t len = strlen(text);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno == EAGAIN) {
			if (poll(&p, 1, SEND_MS) <= 0)
				return -ETIMEDOUT;
			continue;
		}
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The container may have left the cursor anywhere: the verdict begins a line of its own. */
static void to_console(const char *line)
{
	int fd cleanup(close_fd) = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	send_all(fd, line);
	/* Power-off does not wait for a UART. */
	tcdrain(fd);
}

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

static int to_port(int root, const char *name, const char *json)
{
	struct port p = {.root = root, .wanted = name};

	if (root_each(root, match_port, &p, "sys/class/virtio-ports") != 1)
		return -ENODEV;
	int fd cleanup(close_fd) = root_open(root, O_WRONLY | O_NONBLOCK, 0, "%s", p.node);
	if (fd < 0)
		return fd;
	return send_all(fd, json);
}

static int parse_vsock(const char *where, struct sockaddr_vm *a)
{
	const char *colon = strchr(where, ':');
	uint64_t cid, port;

	if (!colon || str_number(where, (size_t)(colon - where), 10, UINT32_MAX, &cid) ||
	    str_number(colon + 1, strlen(colon + 1), 10, UINT32_MAX, &port))
		return -EINVAL;
	*a = (struct sockaddr_vm){
		.svm_family = AF_VSOCK, .svm_cid = (unsigned)cid, .svm_port = (unsigned)port};
	return 0;
}

static int to_vsock(const char *where, const char *json)
{
	struct sockaddr_vm a;
	struct pollfd p = {.events = POLLOUT};
	int err = parse_vsock(where, &a);

	if (err)
		return err;
	int fd cleanup(close_fd) = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	p.fd = fd;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) &&
	    (errno != EINPROGRESS || poll(&p, 1, SEND_MS) <= 0))
		return -ETIMEDOUT;
	return send_all(fd, json);
}

static int to_virtiofs(int root, const char *where, const char *json)
{
	char dir[STORAGE_PATH_MAX], tag[VIRTIOFS_TAG_MAX];
	size_t n = strcspn(where, "/");
	struct fault fault;
	int err = str_printf(tag, sizeof(tag), "%.*s", (int)n, where);

	if (err || !where[n])
		return -EINVAL;
	err = storage_virtiofs(root, tag, dir, &fault);
	if (err)
		return err;
	int fd cleanup(close_fd) =
		root_open(root, O_WRONLY | O_CREAT | O_TRUNC, 0644, "%s%s", dir, where + n);
	if (fd < 0)
		return fd;
	return send_all(fd, json);
}

static int parse_port_io(const char *where, uint64_t *port)
{
	if (!str_starts(where, "0x"))
		return -EINVAL;
	return str_number(where + 2, strlen(where + 2), 16, 0xffff, port);
}

static const char *after(const char *report, const char *kind)
{
	return str_starts(report, kind) ? report + strlen(kind) : NULL;
}

int report_check(const char *report, struct fault *f)
{
	struct sockaddr_vm a;
	const char *where;
	uint64_t port;

	if ((where = after(report, "virtio-serial:")) && *where)
		return 0;
	if ((where = after(report, "vsock:")) && !parse_vsock(where, &a))
		return 0;
	if ((where = after(report, "virtiofs:")) && strchr(where, '/') > where)
		return 0;
	if ((where = after(report, "debug-exit:")) && !parse_port_io(where, &port))
		return 0;
	return fault_set(f, -EINVAL,
			 "\"%s\" is none of virtio-serial:NAME, vsock:CID:PORT, "
			 "virtiofs:TAG/path, debug-exit:0xPORT",
			 report);
}

static int deliver(int root, const char *report, const char *json)
{
	const char *where;

	if ((where = after(report, "virtio-serial:")))
		return to_port(root, where, json);
	if ((where = after(report, "vsock:")))
		return to_vsock(where, json);
	if ((where = after(report, "virtiofs:")))
		return to_virtiofs(root, where, json);
	return 0; /* debug-exit ends the guest: later */
}

void report_verdict(int root, const struct options *o, const char *json)
{
	struct arena arena cleanup(arena_free) = {0};
	const char *console = arena_printf(&arena, VERDICT_PREFIX "%s\n", json), *line;
	int err;

	if (!console)
		return;
	line = console + strlen(VERDICT_PREFIX);
	for (size_t i = 0; i < o->n_reports; i++) {
		err = deliver(root, o->reports[i], line);
		if (err)
			pr_warn("%s: cannot deliver the verdict: %s", o->reports[i],
				strerror(-err));
	}
	if (!o->n_reports)
		(void)to_port(root, DEFAULT_PORT, line);
	to_console(console);
}

void report_debug_exit(const struct options *o, int status)
{
#ifdef HAVE_PORT_IO
	const char *where;
	uint64_t port;

	for (size_t i = 0; i < o->n_reports; i++) {
		where = after(o->reports[i], "debug-exit:");
		if (!where || parse_port_io(where, &port) || ioperm(port, 1, 1))
			continue;
		outb((unsigned char)status, (unsigned short)port);
	}
#else
	(void)o, (void)status;
#endif
}
