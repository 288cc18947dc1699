// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/container/streams_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define STDIO 3

/* Duplicate a descriptor above all numbers that will be replaced. */
static int streams_move_up(int fd)
{
	int ends[2];

	if (fd != STREAMS_NULL)
		return fcntl(fd, F_DUPFD_CLOEXEC, STDIO + STREAMS_KEEP_MAX);
	/* The other end is closed with all other descriptors: the pipe is at its end. */
	return pipe2(ends, O_CLOEXEC) ? -1
				      : fcntl(ends[0], F_DUPFD_CLOEXEC, STDIO + STREAMS_KEEP_MAX);
}

static int streams_replace(const int stdio[STDIO], int *const keep[], size_t n)
{
	int above[STDIO + STREAMS_KEEP_MAX], last = (int)(STDIO + n);

	for (int fd = 0; fd < last; fd++) {
		above[fd] = streams_move_up(fd < STDIO ? stdio[fd] : *keep[fd - STDIO]);
		if (above[fd] < 0)
			return -errno;
	}
	for (int fd = 0; fd < last; fd++)
		if (dup3(above[fd], fd, fd < STDIO ? 0 : O_CLOEXEC) < 0)
			return -errno;
	if (syscall(SYS_close_range, (unsigned)last, ~0U, 0))
		return -errno;
	for (int fd = STDIO; fd < last; fd++)
		*keep[fd - STDIO] = fd;
	return 0;
}

int streams_take(const int stdio[3], int *const keep[], size_t n, struct fault *fault)
{
	int err = n > STREAMS_KEEP_MAX ? -EINVAL : streams_replace(stdio, keep, n);

	return err ? fault_strerror(fault, err, "cannot set up stdin, stdout and stderr") : 0;
}

/* Return: 0, -ENODEV if an open file is not the null device, or another negative errno. */
static int streams_check_null(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? 0 : -ENODEV;
}

/* Return: descriptor of the container's null device, or a negative errno. */
static int streams_find_null(int root)
{
	int node cleanup(fd_close) = root_open(root, O_PATH, 0, "/dev/null"), err;

	/* Before it is opened: to open a device can do something. */
	err = node < 0 ? node : streams_check_null(node);
	if (err)
		return err;
	/* As other runtimes open it: a program may write to its stdin, as to a terminal. */
	int fd cleanup(fd_close) = root_open(root, O_RDWR | O_NOCTTY, 0, "/dev/null");
	err = fd < 0 ? fd : streams_check_null(fd);
	return err ? err : fd_take(&fd);
}

int streams_open_null(int root, struct fault *fault)
{
	int null cleanup(fd_close) = streams_find_null(root);

	if (null < 0)
		pr_warn("stdin is empty: the container's /dev/null cannot be used: %s",
			null == -ENODEV ? "it is another file" : strerror(-null));
	else if (dup2(null, STDIN_FILENO) < 0)
		return fault_perror(fault, "cannot make /dev/null stdin");
	return 0;
}

#ifdef CONFIG_USER_NS

/* Return: the path in the container of the device of a stream, as coldinit has opened it. */
static int streams_path(const struct stat *st, char path[32])
{
	if (st->st_rdev == makedev(1, 3))
		return str_copy(path, 32, "/dev/null");
	return str_printf(path, 32, "/dev/pts/%u", minor(st->st_rdev));
}

void streams_reopen(void)
{
	struct stat st, here;
	char path[32];

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fstat(fd, &st) || !S_ISCHR(st.st_mode) || streams_path(&st, path))
			continue;
		int again cleanup(fd_close) = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (again < 0 || fstat(again, &here) || here.st_dev != st.st_dev ||
		    here.st_ino != st.st_ino || dup2(again, fd) < 0)
			pr_dbg("stream %d has no path in the container", fd);
	}
}

#endif

int streams_give(uid_t uid, bool terminal, struct fault *fault)
{
	struct stat st;

	for (int fd = STDIN_FILENO; uid && fd <= STDERR_FILENO; fd++) {
		if (fstat(fd, &st))
			return fault_perror(fault, "descriptor %d is not open", fd);
		if (!terminal && !S_ISFIFO(st.st_mode))
			continue;
		if (fchown(fd, uid, (gid_t)-1) && errno != EINVAL && errno != EPERM &&
		    errno != EROFS)
			return fault_perror(fault, "cannot give descriptor %d to user %u", fd, uid);
	}
	return 0;
}
