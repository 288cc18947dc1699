// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"

#define ROOT_TRIES 1000 /* a rename or a mount during each of so many look-ups is an error */

/*
 * openat2(2): EAGAIN means that something was renamed or mounted during the look-up, so that a ".."
 * in it is not certain: the caller repeats it. To callers here, EAGAIN means something else.
 */
static int root_openat2(int root, const char *path, struct open_how *how)
{
	int tries = ROOT_TRIES;
	long fd;

	do
		fd = syscall(SYS_openat2, root, *path ? path : ".", how, sizeof(*how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries);
	if (fd < 0)
		return errno == EAGAIN ? -EBUSY : -errno;
	return (int)fd;
}

/* A path that does not fit the usual buffer. */
static noinline int printf_like(3, 0)
	root_open_long(int root, struct open_how *how, const char *fmt, va_list ap)
{
	char path[PATH_MAX];
	int n = vsnprintf(path, sizeof(path), fmt, ap);

	return n < 0 || (size_t)n >= sizeof(path) ? -ENAMETOOLONG : root_openat2(root, path, how);
}

/*
 * root_open() with the arguments behind @fmt in @ap. The buffer is small, so that most look-ups need no
 * further page of the stack.
 */
static int printf_like(4, 0)
	root_open_below(int root, int flags, mode_t mode, const char *fmt, va_list ap)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = RESOLVE_IN_ROOT,
	};
	char path[256];
	va_list again;
	int n, fd;

	/* Most paths need no formatting. The kernel refuses those that are too long. */
	if (!strcmp(fmt, "%s"))
		return root_openat2(root, va_arg(ap, const char *), &how);
	if (!strchr(fmt, '%'))
		return root_openat2(root, fmt, &how);
	va_copy(again, ap);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	if (n < 0 || (size_t)n >= sizeof(path))
		fd = root_open_long(root, &how, fmt, again);
	else
		fd = root_openat2(root, path, &how);
	va_end(again);
	return fd;
}

/* The same with the arguments behind @fmt of the function that this is used in. */
#define ROOT_OPEN(root, flags, mode, fmt)                           \
	({                                                          \
		va_list ap_;                                        \
		int fd_;                                            \
		va_start(ap_, fmt);                                 \
		fd_ = root_open_below(root, flags, mode, fmt, ap_); \
		va_end(ap_);                                        \
		fd_;                                                \
	})

int root_open(int root, int flags, mode_t mode, const char *fmt, ...)
{
	return ROOT_OPEN(root, flags, mode, fmt);
}

ssize_t root_read(int root, char *buf, size_t size, const char *fmt, ...)
{
	/* Room for the line feed, and for a value of /proc/sys, which a read that is too short cuts off. */
	char text[512];
	char *to = size > sizeof(text) ? buf : text;
	size_t room = size > sizeof(text) ? size : sizeof(text);
	ssize_t n;

	int fd cleanup(fd_close) = ROOT_OPEN(root, O_RDONLY | O_NONBLOCK, 0, fmt);
	if (fd < 0)
		return fd;
	n = fd_read(fd, to, room);
	/* To callers here, EAGAIN means that they have to wait for an event. */
	if (n < 0)
		return n == -EAGAIN ? -EBUSY : n;
	if ((size_t)n == room)
		return -EMSGSIZE;
	if (n && to[n - 1] == '\n')
		n--;
	if ((size_t)n >= size)
		return -EMSGSIZE;
	memmove(buf, to, (size_t)n);
	buf[n] = '\0';
	return n;
}

ssize_t root_read_all(int root, char **data, size_t max, const char *fmt, ...)
{
	struct stat st;

	int node cleanup(fd_close) = ROOT_OPEN(root, O_PATH, 0, fmt);
	if (node < 0)
		return node;
	if (fstat(node, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	int fd cleanup(fd_close) = open(fd_path(node).s, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) /* it was there: that it is not now is an error, not an answer */
		return errno == ENOENT ? -ESTALE : -errno;
	return fd_read_all(fd, data, max);
}

int root_write(int root, const char *text, const char *fmt, ...)
{
	int fd cleanup(fd_close) = ROOT_OPEN(root, O_WRONLY | O_NONBLOCK, 0, fmt);

	return fd < 0 ? fd : fd_write(fd, text);
}

int root_link_name(int root, char *buf, size_t size, const char *fmt, ...)
{
	int fd cleanup(fd_close) = ROOT_OPEN(root, O_PATH | O_NOFOLLOW, 0, fmt);

	return fd < 0 ? fd : fd_link_name(fd, "", buf, size);
}

int root_stat(int root, struct stat *st, const char *fmt, ...)
{
	int fd cleanup(fd_close) = ROOT_OPEN(root, O_PATH, 0, fmt);
	if (fd < 0)
		return fd;
	return fstat(fd, st) ? -errno : 0;
}

int root_lstat(int root, struct stat *st, const char *fmt, ...)
{
	int fd cleanup(fd_close) = ROOT_OPEN(root, O_PATH | O_NOFOLLOW, 0, fmt);
	if (fd < 0)
		return fd;
	return fstat(fd, st) ? -errno : 0;
}

/* What an attempt to open a file says of its existence. Closes @fd. */
static int root_answer(int fd)
{
	fd_close(&fd);
	if (fd >= 0)
		return 1;
	return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
}

int root_exists(int root, const char *fmt, ...)
{
	return root_answer(ROOT_OPEN(root, O_PATH, 0, fmt));
}

int root_look(int root, struct fault *fault, const char *fmt, ...)
{
	int there = root_answer(ROOT_OPEN(root, O_PATH, 0, fmt));
	char path[256];
	va_list ap;

	if (there >= 0)
		return there;
	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return fault_strerror(fault, there, "cannot look at /%s", path + strspn(path, "/"));
}

int root_each_entry(int fd, int (*fn)(const struct dirent64 *entry, void *arg), void *arg)
{
	alignas(struct dirent64) char entries[2048];
	ssize_t n, at;
	int err = 0;

	while (!err && (n = getdents64(fd, (void *)entries, sizeof(entries))) > 0) {
		for (at = 0; !err && at < n;) {
			const struct dirent64 *e = (const struct dirent64 *)(entries + at);

			at += e->d_reclen;
			if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
				err = fn(e, arg);
		}
	}
	return err ? err : n < 0 ? -errno : 0;
}

/* struct root_each - a function that wants the entry's name only */
struct root_each {
	int (*fn)(const char *name, void *arg);
	void *arg;
};

static int root_each_name(const struct dirent64 *entry, void *arg)
{
	const struct root_each *each = arg;

	return each->fn(entry->d_name, each->arg);
}

static int root_each_in(int fd, int (*fn)(const char *name, void *arg), void *arg)
{
	struct root_each each = {fn, arg};

	return root_each_entry(fd, root_each_name, &each);
}

int root_each(int root, int (*fn)(const char *name, void *arg), void *arg, const char *fmt, ...)
{
	int fd cleanup(fd_close) = ROOT_OPEN(root, O_RDONLY | O_DIRECTORY, 0, fmt);

	return fd < 0 ? fd : root_each_in(fd, fn, arg);
}

/* struct root_names - @n names, each malloc()ed */
struct root_names {
	char **names;
	size_t n;
};

static int root_add_name(const char *name, void *arg)
{
	struct root_names *all = arg;
	char **names = all->names;

	if (!(all->n & (all->n - 1))) /* a power of two is full */
		names = realloc(names, (all->n ? all->n * 2 : 1) * sizeof(*names));
	if (!names)
		return -ENOMEM;
	all->names = names;
	names[all->n] = strdup(name);
	return names[all->n++] ? 0 : -ENOMEM;
}

static int root_compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int root_each_sorted(int root, int (*fn)(const char *name, void *arg), void *arg, const char *fmt,
		     ...)
{
	int fd cleanup(fd_close) = ROOT_OPEN(root, O_RDONLY | O_DIRECTORY, 0, fmt);
	struct root_names all = {0};
	int err = fd < 0 ? fd : root_each_in(fd, root_add_name, &all);

	if (!err && all.n)
		qsort(all.names, all.n, sizeof(*all.names), root_compare_names);
	for (size_t i = 0; i < all.n && !err; i++)
		err = fn(all.names[i], arg);
	for (size_t i = 0; i < all.n; i++)
		free(all.names[i]);
	free(all.names);
	return err;
}
