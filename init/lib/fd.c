// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init/lib/fd.h"
#include "init/lib/str.h"

struct fd_path fd_path(int fd)
{
	struct fd_path path;

	snprintf(path.s, sizeof(path.s), "/proc/self/fd/%d", fd);
	return path;
}

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

ssize_t fd_read(int fd, char *buf, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, buf + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int fd_write(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

ssize_t fd_readlink(int dir, const char *path, char *buf, size_t size)
{
	ssize_t n = readlinkat(dir, path, buf, size);

	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return n;
}

int fd_link_name(int dir, const char *path, char *buf, size_t size)
{
	char target[1024], *name; /* relative: three bytes for each folder above it */
	ssize_t n = fd_readlink(dir, path, target, sizeof(target));

	if (n < 0)
		return n == -EINVAL ? -ENOENT : (int)n;
	name = strrchr(target, '/');
	return str_copy(buf, size, name ? name + 1 : target);
}

/* An attribute in sysfs has the size of a page, or the most that it can have. */
static bool fd_is_attribute(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == SYSFS_MAGIC;
}

/*
 * Read until the end into @buf, which is extended from @room bytes up to @max.
 * Return: the length, or -errno.
 */
static ssize_t fd_read_growing(int fd, char **buf, size_t room, size_t max)
{
	size_t len = 0;
	ssize_t n;

	for (;;) {
		char *more = realloc(*buf, room);

		if (!more)
			return -ENOMEM;
		*buf = more;
		n = fd_read(fd, more + len, room - len);
		if (n < 0)
			return n;
		len += (size_t)n;
		if (len < room)
			return (ssize_t)len;
		if (room >= max)
			return -EFBIG;
		room = room * 4 < max ? room * 4 : max;
	}
}

ssize_t fd_read_all(int fd, char **data, size_t max)
{
	char *buf cleanup(memory_free) = NULL;
	struct stat st;
	size_t room;
	ssize_t n;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > 0 && (size_t)st.st_size > max)
		return -EFBIG;
	/*
	 * The size is a hint: it is 0 or 4096 in sysfs, and a virtio-fs host can change the file. A
	 * buffer of the largest size would be a huge page, which the kernel clears.
	 */
	room = st.st_size > 4096 ? (size_t)st.st_size + 1 : max < 4096 ? max + 1 : 4096;
	n = fd_read_growing(fd, &buf, room, st.st_size > 4096 ? room : max + 1);
	if (n < 0)
		return n;
	if (n < st.st_size && !fd_is_attribute(fd))
		return -ENODATA;
	buf[n] = '\0';
	*data = buf;
	buf = NULL;
	return n;
}
