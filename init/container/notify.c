// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/container/notify_private.h"
#include "init/lib/fd.h"
#include "init/lib/str.h"

int notify_connect(const struct oci_config *config, struct notify *n, struct fault *fault)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = config->seccomp ? config->seccomp->listener : NULL;
	char pid[16];
	int err;

	*n = (struct notify){.socket = NOTIFY_NONE};
	if (!path)
		return 0;
	/* The guest's /proc: getpid() is the number in the container's namespace. */
	err = (int)fd_readlink(AT_FDCWD, "/proc/self", pid, sizeof(pid));
	if (err < 0)
		return fault_strerror(fault, err, "cannot read /proc/self");
	n->state = oci_hooks_process_state(config, atoi(pid));
	if (!n->state)
		return fault_oom(fault);
	err = str_copy(address.sun_path, sizeof(address.sun_path), path);
	int fd cleanup(fd_close) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!err && (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))))
		err = -errno;
	if (err)
		return fault_strerror(
			fault, err, "linux.seccomp.listenerPath: cannot connect to %s in the guest",
			path);
	n->socket = fd_take(&fd);
	return 0;
}

int notify_send(const struct notify *n, int filter, struct fault *fault)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	struct iovec text = {.iov_base = n->state, .iov_len = strlen(n->state)};
	struct msghdr message = {.msg_iov = &text,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t sent;

	memcpy(CMSG_DATA(&control.header), &filter, sizeof(filter));
	sent = sendmsg(n->socket, &message, MSG_NOSIGNAL);
	if (sent != (ssize_t)text.iov_len)
		return fault_strerror(fault, sent < 0 ? -errno : -EIO,
				      "linux.seccomp: cannot send the filter to its listener");
	return 0;
}
