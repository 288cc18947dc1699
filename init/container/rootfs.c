// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/container/mount_api.h"
#include "init/container/rootfs_private.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* Limit of links without a target on one path. The kernel limits all links to 40. */
#define LINKS_MAX 8

/*
 * A descriptor from before leads to the old namespace's mounts, on which nothing can be done here.
 * The kernel moves only the working directory along, so this is how the directory is kept without
 * looking up a path again: on a share, the host could have put another one there.
 */
static int rootfs_unshare(int rootfs)
{
	struct mount_attr private = {.propagation = MS_PRIVATE};

	if (fchdir(rootfs) || unshare(CLONE_NEWNS))
		return -errno;
	return mount_api_change(AT_FDCWD, "/", AT_RECURSIVE, &private);
}

/* Return: descriptor of a mount of the working directory that is attached nowhere yet, or -errno.
 */
static int rootfs_clone(void)
{
	struct mount_attr usable = {.attr_clr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
	int err;

	int tree cleanup(fd_close) = mount_api_clone(AT_FDCWD, ".", true);
	if (tree < 0)
		return tree;
	err = mount_api_change(tree, "", 0, &usable);
	return err ? err : fd_take(&tree);
}

static int rootfs_attach(int tree)
{
	int err = mount_api_move(tree, AT_FDCWD, ".");

	if (err != -ENOENT)
		return err;
	/* The host has moved the directory. */
	if (mkdir(ROOTFS_PLACE, 0700) && errno != EEXIST)
		return -errno;
	return mount_api_move(tree, AT_FDCWD, ROOTFS_PLACE);
}

int rootfs_enter(int rootfs, struct fault *fault)
{
	int err = rootfs_unshare(rootfs);

	if (err)
		return fault_strerror(fault, err, "cannot enter a mount namespace");
	int tree cleanup(fd_close) = rootfs_clone();
	if (tree < 0)
		return fault_strerror(fault, tree, "cannot open the container's root");
	err = rootfs_attach(tree);
	if (!err && chdir("/"))
		err = -errno;
	if (err)
		return fault_strerror(fault, err, "cannot mount the container's root");
	return fd_take(&tree);
}

/* Make a directory or an empty file. */
static int rootfs_make_entry(int parent, const char *name, mode_t type)
{
	int fd;

	if (type == S_IFDIR)
		return mkdirat(parent, name, 0755) ? -errno : 0;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int rootfs_make(int parent, const char *name, mode_t type)
{
	int err = rootfs_make_entry(parent, name, type);

	return err ? err : root_open(parent, O_PATH | O_NOFOLLOW, 0, "%s", name);
}

/*
 * Replace a symbolic link by its target. The first @len bytes of @path end in the link, which is
 * @name in @parent.
 */
static int rootfs_follow_link(int parent, const char *name, size_t len, char path[PATH_MAX])
{
	char target[PATH_MAX], whole[PATH_MAX];
	ssize_t n = fd_readlink(parent, name, target, sizeof(target));
	int head, err;

	if (n < 0)
		return (int)n;
	head = *target == '/' ? 0 : (int)(len - strlen(name));
	err = str_printf(whole, sizeof(whole), "%.*s%s%s", head, path, target, path + len);
	return err ? err : str_copy(path, PATH_MAX, whole);
}

/*
 * Walk along @path and make the missing part. Return: 0, 1 if a link was replaced in @path, which
 * must be walked again, or a negative errno.
 */
static int rootfs_make_missing(int root, char path[PATH_MAX], mode_t type)
{
	int parent cleanup(fd_close) = root_open(root, O_PATH, 0, "/");
	char name[NAME_MAX + 1];
	const char *next;

	for (const char *at = path + strspn(path, "/"); *at; at = next) {
		size_t part = strcspn(at, "/"), len = (size_t)(at - path) + part;
		int fd, err;

		next = at + part + strspn(at + part, "/");
		/* Always from the root, so that ".." and links cannot leave it. */
		fd = root_open(root, O_PATH, 0, "%.*s", (int)len, path);
		if (fd == -ENOENT) {
			err = str_printf(name, sizeof(name), "%.*s", (int)part, at);
			fd = err ? err : rootfs_make(parent, name, *next ? S_IFDIR : type);
			if (fd == -EEXIST) { /* a link without a target */
				err = rootfs_follow_link(parent, name, len, path);
				return err ? err : 1;
			}
		}
		if (fd < 0)
			return fd;
		fd_close(&parent);
		parent = fd;
	}
	return 0;
}

/* Make the last component of @path, where usually only that is missing. Return: as rootfs_make(). */
static int rootfs_make_last(int root, const char *path, mode_t type)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	/* "", "." and ".." cannot be made. */
	if (name - path <= 1)
		return rootfs_make(root, name, type);
	int parent cleanup(fd_close) =
		root_open(root, O_PATH | O_DIRECTORY, 0, "/%.*s", (int)(name - path), path);

	return parent < 0 ? parent : rootfs_make(parent, name, type);
}

/* Make each part of @path that is missing, through links too. Return: as rootfs_ensure(). */
static noinline int rootfs_make_all(int root, const char *path, mode_t type, int flags)
{
	char real[PATH_MAX];
	int err = str_copy(real, sizeof(real), path);

	if (err)
		return err;
	for (int links = 0; links < LINKS_MAX; links++) {
		err = rootfs_make_missing(root, real, type);
		if (err <= 0)
			return err ? err : root_open(root, O_PATH | flags, 0, "%s", real);
	}
	return -ELOOP;
}

int rootfs_ensure(int root, const char *path, mode_t type, int flags)
{
	int made, fd = root_open(root, O_PATH | flags, 0, "%s", path);

	if (fd != -ENOENT)
		return fd;
	made = rootfs_make_last(root, path, type);
	return made >= 0 ? made : rootfs_make_all(root, path, type, flags);
}
