/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's root directory before the child changes to it. Every path is resolved inside of
 * it (openat2(2), RESOLVE_IN_ROOT), so that no symbolic link of an image leads out.
 */
#ifndef COLDINIT_CONTAINER_ROOTFS_PRIVATE_H
#define COLDINIT_CONTAINER_ROOTFS_PRIVATE_H

#include <sys/types.h>

#include "init/lib/fault.h"

/**
 * rootfs_enter() - enter a new mount namespace, in which the root is a separate mount
 * @rootfs: descriptor of the container's root in the mount namespace of the caller
 * @fault: gets the error
 *
 * The root is attached over the directory that @rootfs is, or at ROOTFS_PLACE if this directory has
 * no path any more. It is not nosuid and not nodev, as with other runtimes, even if it is on a disk
 * or a share.
 * Return: descriptor of the root's mount, which the caller closes, or the error of a system call
 * with @fault set.
 */
int rootfs_enter(int rootfs, struct fault *fault) must_check nonnull(2);

/** ROOTFS_PLACE - where the root is attached if its own directory has been moved away */
#define ROOTFS_PLACE "/run/coldinit/root"

/**
 * rootfs_ensure() - open a directory or file below the root, and make it if it is missing
 * @root: descriptor of the root
 * @path: the path; missing directories on the way are made too
 * @type: S_IFDIR, or S_IFREG for an empty file at the end of the path
 * @flags: 0, or O_NOFOLLOW to open a symbolic link at the end of the path itself
 *
 * An existing file is opened regardless of its type. Where a symbolic link has no target, the
 * target is made. Return: O_PATH descriptor, which the caller closes, or a negative errno: -ENOTDIR
 * if a file is in the way, -ELOOP for too many links, -EROFS, -ENAMETOOLONG, and others.
 */
int rootfs_ensure(int root, const char *path, mode_t type, int flags) must_check nonnull(2);

/**
 * rootfs_make() - make a directory or an empty file, and open it
 * @parent: descriptor of its directory
 * @name: its name, one component
 * @type: S_IFDIR or S_IFREG
 *
 * Return: O_PATH descriptor, which the caller closes, -EEXIST if there is any file or link of this
 * name, or another negative errno.
 */
int rootfs_make(int parent, const char *name, mode_t type) must_check nonnull(2);

#endif
