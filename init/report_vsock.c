// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report_kind.h"

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

static int deliver(int root, const char *where, const char *text)
{
	struct sockaddr_vm a;
	struct pollfd p = {.events = POLLOUT};
	int err = parse(where, &a);

	(void)root;
	if (err)
		return err;
	int fd cleanup(close_fd) = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	p.fd = fd;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) &&
	    (errno != EINPROGRESS || poll(&p, 1, REPORT_SEND_MS) <= 0))
		return -ETIMEDOUT;
	return report_send(fd, text);
}

const struct report_kind report_vsock = {
	.prefix = "vsock:",
	.form = "vsock:CID:PORT",
	.check = check,
	.deliver = deliver,
};
