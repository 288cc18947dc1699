/* SPDX-License-Identifier: Apache-2.0 */
/* Step 8, the bundle: the directory that holds config.json and the container's root. */
#ifndef COLDINIT_BUNDLE_BUNDLE_H
#define COLDINIT_BUNDLE_BUNDLE_H

#include <limits.h>

#include "init/devices/devices.h"

/**
 * struct bundle - the bundle in the guest
 * @path: absolute path of its directory
 * @rootfs: absolute path of the container's root
 * @in_initramfs: it is in the initramfs, bind-mounted on @path
 */
struct bundle {
	char path[PATH_MAX], rootfs[PATH_MAX];
	bool in_initramfs;
};

/**
 * bundle_check() - can the bundle's SOURCE be a bundle?
 * @request: has the SOURCE or path of the bundle
 * @fault: set on failure
 *
 * Pure. Return: 0, or -EINVAL.
 */
int bundle_check(const struct request *request, struct fault *fault) must_check nonnull(1, 2);

/**
 * bundle_open() - mount the storages, then the bundle
 * @initrd: descriptor of the initramfs' root
 * @root: descriptor of "/"
 * @request: has the storages and the SOURCE or path of the bundle
 * @found: has the disks of the storages
 * @out: gets the path
 * @fault: set on failure
 *
 * Return: 0, -ENOENT if there is no bundle, -ENAMETOOLONG, or -errno of bundle_check(),
 * storage_mount(), virtiofs_mount() and mount(2).
 */
int bundle_open(int initrd, int root, const struct request *request, const struct found *found,
		struct bundle *out, struct fault *fault) must_check nonnull(3, 4, 5, 6);

/**
 * bundle_read_config() - read the bundle's config.json
 * @root: descriptor of "/"
 * @bundle: from bundle_open()
 * @text: gets the malloc()ed bytes, NUL-terminated; the caller frees them
 * @fault: set on failure
 *
 * Return: length in bytes, -EFBIG above OCI_CONFIG_MAX, or -errno of root_read_all().
 */
ssize_t bundle_read_config(int root, const struct bundle *bundle, char **text,
			   struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * bundle_find_root() - resolve config.json's root.path inside the bundle
 * @root: descriptor of "/"
 * @path: root.path, as config.json has it: absolute, or relative to the bundle
 * @bundle: from bundle_open(); gets rootfs. No symbolic link of a relative @path leads out of the
 *	bundle
 * @fault: set on failure
 *
 * OCI runtime spec, config.md, "Root". Return: 0, -EINVAL if it is the guest's own root,
 * -ENAMETOOLONG, or -errno of opening the directory.
 */
int bundle_find_root(int root, const char *path, struct bundle *bundle,
		     struct fault *fault) must_check nonnull(2, 3, 4);

#endif
