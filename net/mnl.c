// SPDX-License-Identifier: Apache-2.0
/*
 * The four functions of libmnl 1.0.4 that net/ calls, for builds without a static libmnl. They
 * return, set errno and leave the socket as libmnl's do; tests/unit/test_mnl.c compares the two.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct mnl_socket {
	int fd;
	struct sockaddr_nl addr;
};

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return NULL;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | flags, bus);
	if (nl->fd < 0) {
		free(nl);
		return NULL;
	}
	return nl;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	socklen_t len = sizeof(nl->addr);
	int ret;

	nl->addr.nl_family = AF_NETLINK;
	nl->addr.nl_groups = groups;
	nl->addr.nl_pid = (uint32_t)pid;
	ret = bind(nl->fd, (struct sockaddr *)&nl->addr, len);
	if (ret < 0)
		return ret;
	/* The kernel chose the port if @pid was MNL_SOCKET_AUTOPID. */
	ret = getsockname(nl->fd, (struct sockaddr *)&nl->addr, &len);
	if (ret < 0)
		return ret;
	if (len != sizeof(nl->addr) || nl->addr.nl_family != AF_NETLINK) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	return nl->fd;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	int ret = close(nl->fd);

	free(nl);
	return ret;
}
