// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/lib/str.h"
#include "init/report/kind.h"
#include "init/report/send.h"

static int vsock_parse(const char *where, struct sockaddr_vm *a)
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

static int vsock_check(const char *where)
{
	struct sockaddr_vm a;

	return vsock_parse(where, &a);
}

static int vsock_connected(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&p, 1, SEND_MS) <= 0)
		return -ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) ? -errno : -err;
}

/* Not connected yet: the host may begin to listen while the container runs. */
static int vsock_open(int root, const char *where)
{
	/* The guest ends after it, so close(2) must wait until the other side has read all. */
	static const struct linger linger = {.l_onoff = 1, .l_linger = SEND_MS / 1000};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)root, (void)where;
	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		return fd;
	close(fd);
	return -errno;
}

static int vsock_deliver(int fd, const char *where, const char *text)
{
	struct sockaddr_vm a;
	int err = vsock_parse(where, &a);

	if (!err && connect(fd, (struct sockaddr *)&a, sizeof(a)))
		err = errno == EINPROGRESS ? vsock_connected(fd) : -errno;
	return err ? err : send_text(fd, text);
}

const struct report_kind report_vsock = {
	.prefix = "vsock:",
	.form = "vsock:CID:PORT",
	.modules = (const char *const[]){"vmw_vsock_virtio_transport", NULL},
	.check = vsock_check,
	.open = vsock_open,
	.deliver = vsock_deliver,
};
