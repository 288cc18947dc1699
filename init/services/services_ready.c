// SPDX-License-Identifier: Apache-2.0
/*
 * Is a daemon ready?
 *
 * What a path lacks is made in the deepest of its directories that exists: inotify(7) reports that.
 * Three things make no event and must be polled: a socket that begins to listen, a new file of
 * /proc, /sys or a share, and a process that enters its root.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
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

static bool services_ready_has_events(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC &&
	       fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != FUSE_SUPER_MAGIC;
}

/* Watch the deepest directory of the path that exists. Return: whether it reports changes. */
static bool services_ready_watch(int changes, int root, const char *path)
{
	char dir[PATH_MAX];
	int fd, err = str_copy(dir, sizeof(dir), path);

	do {
		char *slash = err ? NULL : strrchr(dir, '/');

		if (!slash)
			return false;
		*slash = '\0';
		fd = root_open(root, O_PATH | O_DIRECTORY, 0, "%s/.", dir);
	} while (fd < 0);
	err = inotify_add_watch(changes, fd_path(fd).s, IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF);
	bool events = err >= 0 && services_ready_has_events(fd);
	close(fd);
	return events;
}

/* Has the process entered its root? Until then the path means another file. */
static bool services_ready_is_inside(int root, const struct job *job)
{
	struct stat own, st;

	return !fstat(job->root, &own) && !fstat(root, &st) && own.st_dev == st.st_dev &&
	       own.st_ino == st.st_ino;
}

int services_ready(const struct service *service, const struct job *job, int changes, bool *poll)
{
	const char *path = service->ready_path ? service->ready_path : service->ready_socket;
	char link[32];

	*poll = false;
	if (service->ready_output)
		return job->seen ? 0 : -EAGAIN;
	if (!path)
		return 0;
	/* Such a link of /proc cannot be followed with root_open(). */
	if (str_printf(link, sizeof(link), "/proc/%d/root", job_process(job)))
		return -ENAMETOOLONG;
	int root cleanup(fd_close) = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*poll = root < 0;
	if (root < 0)
		return -errno;
	/* Before the look, so that no change is missed. */
	*poll = !services_ready_watch(changes, root, path) || !services_ready_is_inside(root, job);
	int file cleanup(fd_close) = root_open(root, O_PATH, 0, "%s", path);
	if (file < 0 || service->ready_path)
		return file < 0 ? file : 0;
	*poll = true;
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
