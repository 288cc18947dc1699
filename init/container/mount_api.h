/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount system calls that work on descriptors (open_tree(2) and its kin), which musl does not
 * wrap. Files that use this include <linux/mount.h>, never <sys/mount.h>.
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

/** mount_api_clone() - a bind mount that is attached nowhere yet. Return: descriptor or -errno. */
static inline int must_check mount_api_clone(int dir, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
	long fd = syscall(SYS_open_tree, dir, path, flags | (*path ? 0 : AT_EMPTY_PATH));

	return fd < 0 ? -errno : (int)fd;
}

/** mount_api_move() - attach @mount at a place, "" for the descriptor itself. Return: 0 or -errno.
 */
static inline int must_check mount_api_move(int mount, int dir, const char *path)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	return syscall(SYS_move_mount, mount, "", dir, path, flags) ? -errno : 0;
}

/** mount_api_change() - set and clear attributes; @flags may be AT_RECURSIVE. Return: 0 or -errno.
 */
static inline int must_check mount_api_change(int dir, const char *path, unsigned flags,
					      struct mount_attr *attr)
{
	flags |= *path ? 0 : AT_EMPTY_PATH;
	return syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof(*attr)) ? -errno : 0;
}

#endif
