/* SPDX-License-Identifier: Apache-2.0 */
/* Step 8, the bundle: a directory with config.json and the container's root file system. */
#ifndef COLDINIT_BUNDLE_BUNDLE_H
#define COLDINIT_BUNDLE_BUNDLE_H

#include <limits.h>

#include "init/devices/devices.h"

/**
 * struct bundle - the bundle in the guest
 * @path: absolute path of its directory
 * @rootfs: absolute path of the container's root
 */
struct bundle {
	char path[PATH_MAX], rootfs[PATH_MAX];
};

/**
 * bundle_open() - mount the storages, then put the bundle where it can be used
 * @initrd: descriptor of the initramfs' root
 * @root: descriptor of "/"
 * @request: with the bundle's SOURCE or path, and the storages
 * @found: the disks of the storages
 * @out: gets the path
 * @fault: set on failure
 *
 * Return: 0, -ENOENT if there is no bundle, or -errno of mounting.
 */
int bundle_open(int initrd, int root, const struct request *request, const struct found *found,
		struct bundle *out, struct fault *fault) must_check nonnull(3, 4, 5, 6);

/**
 * bundle_read_config() - read the bundle's config.json
 * @root: descriptor of "/"
 * @bundle: open
 * @text: gets malloc()ed bytes, NUL-terminated
 * @fault: set on failure
 *
 * Return: length, -EFBIG above OCI_CONFIG_MAX, or -errno.
 */
ssize_t bundle_read_config(int root, const struct bundle *bundle, char **text,
			   struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * bundle_find_root() - resolve config.json's root.path inside the bundle
 * @root: descriptor of "/"
 * @path: of the container's root, as written
 * @bundle: open; gets rootfs, which no symbolic link leads out of the bundle
 * @fault: set on failure
 *
 * Return: 0, -EINVAL for the guest's own root, or -errno.
 */
int bundle_find_root(int root, const char *path, struct bundle *bundle,
		     struct fault *fault) must_check nonnull(2, 3, 4);

#endif
