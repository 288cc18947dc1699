// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/kind.h"

static int parse(const char *where, struct sockaddr_vm *a)
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

static int check(const char *where)
{
	struct sockaddr_vm a;

	return parse(where, &a);
}

static int connected(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&p, 1, REPORT_SEND_MS) <= 0)
		return -ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) ? -errno : -err;
}

static int deliver(int root, const char *where, const char *text)
{
	/* The guest ends next: close(2) waits until the other side has read it all. */
	static const struct linger linger = {.l_onoff = 1, .l_linger = REPORT_SEND_MS / 1000};
	struct sockaddr_vm a;
	int err = parse(where, &a);

	(void)root;
	if (err)
		return err;
	int fd cleanup(close_fd) = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		err = errno == EINPROGRESS ? connected(fd) : -errno;
		if (err)
			return err;
	}
	return report_send(fd, text);
}

const struct report_kind report_vsock = {
	.prefix = "vsock:",
	.form = "vsock:CID:PORT",
	.check = check,
	.deliver = deliver,
};
