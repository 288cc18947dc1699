// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/walk.h"

#define LINKS_MAX 40 /* as the kernel's MAXSYMLINKS */

/*
 * A walk along a path.
 * @base: the directory that "/" and ".." do not leave
 * @at: the file that has been reached
 * @here: its attributes
 * @own: devices of the file systems that only PID 1 writes to
 * @rest: the part of the path that follows
 */
struct walk {
	int base, at;
	struct stat here;
	dev_t own[2];
	unsigned links;
	char rest[PATH_MAX];
};

static int walk_duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : copy;
}

/* Go to an open file, which the walk owns then. */
static int walk_go(struct walk *w, int fd)
{
	if (fd < 0)
		return fd;
	fd_close(&w->at);
	w->at = fd;
	return fstat(fd, &w->here) ? -errno : 0;
}

/* Go to the base. */
static int walk_restart(struct walk *w)
{
	return walk_go(w, walk_duplicate(w->base));
}

static bool walk_is_own(const struct walk *w, dev_t device)
{
	return device == w->own[0] || device == w->own[1];
}

/* Go to the target of a link, which is open as @link. */
static int walk_follow(struct walk *w, int link)
{
	char target[PATH_MAX], whole[PATH_MAX];
	ssize_t n = fd_readlink(link, "", target, sizeof(target));
	int err;

	if (n < 0)
		return (int)n;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	err = str_printf(whole, sizeof(whole), "%s/%s", target, w->rest);
	if (!err)
		err = str_copy(w->rest, sizeof(w->rest), whole);
	if (err || *target != '/')
		return err;
	return walk_restart(w);
}

static int walk_up(struct walk *w)
{
	struct stat base;
	int fd;

	if (fstat(w->base, &base))
		return -errno;
	if (base.st_dev == w->here.st_dev && base.st_ino == w->here.st_ino)
		return 0;
	fd = openat(w->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return walk_go(w, fd < 0 ? -errno : fd);
}

/* Go to one entry of the directory that has been reached. */
static int walk_down(struct walk *w, const char *name)
{
	dev_t before = w->here.st_dev;
	struct stat st;
	int err;

	int fd cleanup(fd_close) = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		return walk_follow(w, fd);
	err = walk_go(w, fd_take(&fd));
	if (err || st.st_dev == before || walk_is_own(w, st.st_dev))
		return err;
	/* The root of another file system. */
	fd_close(&w->base);
	w->base = walk_duplicate(w->at);
	return w->base < 0 ? w->base : 0;
}

/* Take the next name off the rest of the path. Return: false at its end. */
static bool walk_next(struct walk *w, char name[NAME_MAX + 1], int *err)
{
	char *at = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(at, "/");

	*err = n > NAME_MAX ? -ENAMETOOLONG : 0;
	if (*err || !n)
		return false;
	memcpy(name, at, n);
	name[n] = '\0';
	memmove(w->rest, at + n, strlen(at + n) + 1);
	return true;
}

static int walk_along(struct walk *w)
{
	char name[NAME_MAX + 1];
	int err;

	while (walk_next(w, name, &err)) {
		if (!S_ISDIR(w->here.st_mode))
			return -ENOTDIR;
		if (!strcmp(name, "."))
			continue;
		err = strcmp(name, "..") ? walk_down(w, name) : walk_up(w);
		if (err)
			return err;
	}
	return err;
}

int walk_open(int root, const char *path)
{
	struct walk w = {.at = -1};
	struct stat run;
	int err = str_copy(w.rest, sizeof(w.rest), path);

	if (err)
		return err;
	w.base = walk_duplicate(root);
	err = w.base < 0 ? w.base : walk_restart(&w);
	if (!err) {
		w.own[0] = w.own[1] = w.here.st_dev;
		err = root_stat(root, &run, "run");
		if (!err)
			w.own[1] = run.st_dev;
		if (!err || err == -ENOENT)
			err = walk_along(&w);
	}
	fd_close(&w.base);
	if (err)
		fd_close(&w.at);
	return err ? err : w.at;
}
