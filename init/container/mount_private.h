/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of the container (OCI runtime spec, config.md, "Mounts"). */
#ifndef COLDINIT_CONTAINER_MOUNT_PRIVATE_H
#define COLDINIT_CONTAINER_MOUNT_PRIVATE_H

#include <stddef.h>

#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * struct mount_readonly - mounts that become read-only after everything inside of them is made
 * @fds: descriptors of the mounts; close them
 * @n: number of mounts
 */
struct mount_readonly {
	int *fds;
	size_t n;
};

/**
 * mount_open_sources() - clone the sources of bind mounts that are in the bundle
 * @mounts: the mounts; may be NULL if @n is 0
 * @n: number of mounts
 * @bundle: descriptor of the bundle, in the mount namespace of the caller
 * @a: memory for @trees
 * @trees: gets an array of @n descriptors for mount_all(), -1 for other mounts
 * @fault: gets the error, which names the mount
 *
 * A relative source is one in the bundle (config.md, "Mounts"), and no link leads out of it.
 * Return: 0, -ENOMEM, or with @fault set the error of openat2(2) or open_tree(2).
 */
int mount_open_sources(const struct oci_mount *mounts, size_t n, int bundle, struct arena *a,
		       int **trees, struct fault *fault) must_check nonnull(4, 5, 6);

/**
 * mount_all() - make the mounts in the order of the config
 * @root: descriptor of the container's root, which no destination leaves
 * @mounts: the mounts; may be NULL if @n is 0
 * @trees: from mount_open_sources(); the descriptors are closed
 * @n: number of mounts
 * @a: memory for @late
 * @late: zero-initialised; gets the mounts for mount_seal(), also on failure
 * @fault: gets the error, which names the mount
 *
 * Missing mount points are made.
 * Return: 0, or with @fault set -EINVAL for a source or option that a bind mount cannot have or the
 * file system refuses, -ENOTSUP for an option that is not supported, -ENODEV for a file system that
 * the kernel does not have, -EBUSY, -ENOTDIR, -EISDIR or -ELOOP for a mount point that cannot be
 * used, -ENOMEM, or the error of another system call.
 */
int mount_all(int root, const struct oci_mount *mounts, int *trees, size_t n, struct arena *a,
	      struct mount_readonly *late, struct fault *fault) must_check nonnull(5, 6, 7);

/**
 * mount_seal() - make the mounts read-only that have the option "ro"
 * @late: the mounts from mount_all(), which stay open
 * @fault: gets the error
 *
 * Call it before programs of others run: a hook could change the source of such a mount.
 * Return: 0, or the error of mount_setattr(2) with @fault set.
 */
int mount_seal(const struct mount_readonly *late, struct fault *fault) must_check nonnull(1, 2);

/**
 * mount_seal_root() - make the container's root read-only, after all files in it are made
 * @root: descriptor of the container's root
 * @fault: gets the error
 *
 * Return: 0, or the error of mount_setattr(2) with @fault set.
 */
int mount_seal_root(int root, struct fault *fault) must_check nonnull(2);

/**
 * mount_fs() - mount a new file system that is attached nowhere yet
 * @type: its type as in /proc/filesystems
 *
 * Return: descriptor of the mount, which the caller closes, or a negative errno, -ENODEV for an
 * unknown type.
 */
int mount_fs(const char *type) must_check nonnull(1);

#endif
