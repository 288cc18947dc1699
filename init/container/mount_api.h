/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount system calls that work on descriptors (open_tree(2) and related ones), which musl does
 * not wrap. Files that use this include <linux/mount.h>, never <sys/mount.h>.
 */
#ifndef COLDINIT_CONTAINER_MOUNT_API_H
#define COLDINIT_CONTAINER_MOUNT_API_H

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/lib/compiler.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/**
 * mount_api_clone() - make a bind mount that is attached nowhere yet (open_tree(2))
 * @dir: directory that a relative @path is looked up in, or AT_FDCWD
 * @path: the file or directory to mount, "" for @dir itself
 * @recursive: also copy the mounts below it
 *
 * Return: descriptor of the mount, which the caller closes, or a negative errno.
 */
static inline int must_check mount_api_clone(int dir, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
	long fd = syscall(SYS_open_tree, dir, path, flags | (*path ? 0 : AT_EMPTY_PATH));

	return fd < 0 ? -errno : (int)fd;
}

/**
 * mount_api_move() - attach a mount (move_mount(2))
 * @mount: descriptor of the mount; it stays open
 * @dir: directory that a relative @path is looked up in, or AT_FDCWD
 * @path: the mount point, "" for @dir itself
 *
 * Return: 0 or a negative errno.
 */
static inline int must_check mount_api_move(int mount, int dir, const char *path)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	return syscall(SYS_move_mount, mount, "", dir, path, flags) ? -errno : 0;
}

/**
 * mount_api_change() - set and clear attributes of a mount (mount_setattr(2))
 * @dir: directory that a relative @path is looked up in, or AT_FDCWD
 * @path: the mount point, "" for @dir itself
 * @flags: AT_RECURSIVE for all mounts below it too, or 0
 * @attr: the attributes and the propagation
 *
 * Return: 0 or a negative errno.
 */
static inline int must_check mount_api_change(int dir, const char *path, unsigned flags,
					      struct mount_attr *attr)
{
	flags |= *path ? 0 : AT_EMPTY_PATH;
	return syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof(*attr)) ? -errno : 0;
}

#endif
