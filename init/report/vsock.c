// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/root.h"
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

static int vsock_deliver(int root, const char *where, const char *text)
{
	/* The guest ends next, so close(2) must wait until the other side has read everything. */
	static const struct linger linger = {.l_onoff = 1, .l_linger = SEND_MS / 1000};
	struct sockaddr_vm a;
	int err = vsock_parse(where, &a);

	(void)root;
	if (err)
		return err;
	int fd cleanup(close_fd) = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		err = errno == EINPROGRESS ? vsock_connected(fd) : -errno;
		if (err)
			return err;
	}
	return send_text(fd, text);
}

const struct report_kind report_vsock = {
	.prefix = "vsock:",
	.form = "vsock:CID:PORT",
	.modules = (const char *const[]){"vmw_vsock_virtio_transport", NULL},
	.check = vsock_check,
	.deliver = vsock_deliver,
};
