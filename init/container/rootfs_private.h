/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's root directory as the child sees it before it moves in. Every path is resolved
 * inside of it (openat2(2), RESOLVE_IN_ROOT): a symbolic link in an image leads nowhere else.
 */
#ifndef COLDINIT_CONTAINER_ROOTFS_PRIVATE_H
#define COLDINIT_CONTAINER_ROOTFS_PRIVATE_H

#include <sys/types.h>

#include "init/lib/fault.h"

/**
 * rootfs_enter() - cut the mount namespace off and make the container's root a mount of its own
 * @path: absolute path of the root
 *
 * Return: descriptor of the root, or -errno with @fault set.
 */
int rootfs_enter(const char *path, struct fault *fault) must_check nonnull(1, 2);

/**
 * rootfs_ensure() - open a directory or file below @root, and make what is missing on the way
 * @type: S_IFDIR, or S_IFREG for an empty file at the end of the path
 *
 * What is there already is opened whatever its type. Where a symbolic link leads to nothing, what
 * it names is made. Return: O_PATH descriptor or -errno.
 */
int rootfs_ensure(int root, const char *path, mode_t type) must_check nonnull(2);

#endif
