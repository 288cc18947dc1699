// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/services/services_private.h"

/* Connect without waiting: a queue that is full belongs to a socket that listens. */
static int services_ready_connect(const struct sockaddr_un *address, int type)
{
	int fd cleanup(fd_close) = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno == EAGAIN)
		return 0;
	return -errno;
}

/* The path may be longer than an address can be, and leads through the daemon's root. */
static int services_ready_socket(int socket)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int err = str_copy(address.sun_path, sizeof(address.sun_path), fd_path(socket).s);

	for (size_t i = 0; i < ARRAY_SIZE(types) && (!i || err == -EPROTOTYPE); i++)
		err = services_ready_connect(&address, types[i]);
	return err;
}

int services_ready(const struct service *service, const struct job *job)
{
	const char *path = service->ready_path ? service->ready_path : service->ready_socket;
	char link[32];

	if (service->ready_output)
		return job->seen ? 0 : -EAGAIN;
	if (!path)
		return 0;
	/* Such a link of /proc cannot be followed with root_open(). */
	if (str_printf(link, sizeof(link), "/proc/%d/root", job_process(job)))
		return -ENAMETOOLONG;
	int root cleanup(fd_close) = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	int file cleanup(fd_close) = root_open(root, O_PATH, 0, "%s", path);
	if (file < 0 || service->ready_path)
		return file < 0 ? file : 0;
	return services_ready_socket(file);
}

const char *services_awaited(const struct service *service, const char **what)
{
	*what = service->ready_path	? "its path"
		: service->ready_socket ? "a connection to its socket"
		: service->ready_output ? "its output"
					: "its end";
	return service->ready_path     ? service->ready_path
	       : service->ready_socket ? service->ready_socket
	       : service->ready_output ? service->ready_output
				       : "";
}
