/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of the container (OCI runtime spec, config.md, "Mounts"). */
#ifndef COLDINIT_CONTAINER_MOUNT_PRIVATE_H
#define COLDINIT_CONTAINER_MOUNT_PRIVATE_H

#include <stddef.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * struct mount_readonly - mounts that become read-only when all is in place, because what lies
 * inside of them must be made first
 * @fds: descriptors of @n mounts; free(3) them
 */
struct mount_readonly {
	int *fds;
	size_t n;
};

/**
 * mount_all() - make the mounts in the order of the config
 * @root: the container's root directory, which no destination leaves
 * @late: zero-initialised; gets what mount_seal() needs
 *
 * Return: 0 or -errno with @fault set, which names the mount.
 */
int mount_all(int root, const struct oci_mount *mounts, size_t n, struct mount_readonly *late,
	      struct fault *fault) must_check nonnull(4, 5);

/**
 * mount_seal() - make read-only what has to be: mounts, and @root if @root_readonly
 *
 * Return: 0 or -errno with @fault set.
 */
int mount_seal(int root, bool root_readonly, const struct mount_readonly *late,
	       struct fault *fault) must_check nonnull(3, 4);

/**
 * mount_fs() - a new file system, attached nowhere yet
 * @type: as in /proc/filesystems
 * @attributes: MOUNT_ATTR_ flags
 *
 * Return: descriptor of the mount, or -errno.
 */
int mount_fs(const char *type, unsigned attributes) must_check nonnull(1);

#endif
