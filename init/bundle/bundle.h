/* SPDX-License-Identifier: Apache-2.0 */
/* Step 8, the bundle: the directory that holds config.json and the container's root. */
#ifndef COLDINIT_BUNDLE_BUNDLE_H
#define COLDINIT_BUNDLE_BUNDLE_H

#include "init/devices/devices.h"

/**
 * struct bundle - the bundle in the guest
 * @dir: descriptor of this directory, -1 before bundle_open(); it stays open
 * @in_initramfs: it is in the initramfs, bind-mounted on @path
 * @path: absolute path of its directory, for messages and hooks
 */
struct bundle {
	int dir;
	bool in_initramfs;
	const char *path;
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
 * @arena: owns what @out points to
 * @initrd: descriptor of the initramfs' root
 * @root: descriptor of "/"
 * @request: has the storages and the SOURCE or path of the bundle
 * @found: has the disks of the storages
 * @out: gets the bundle; its path may be one of @request
 * @fault: set on failure
 *
 * Return: 0, -ENOENT if there is no bundle, -ENOMEM, or -errno of bundle_check(),
 * storage_mount(), virtiofs_mount(), walk_open() and mount(2).
 */
int bundle_open(struct arena *arena, int initrd, int root, const struct request *request,
		const struct found *found, struct bundle *out, struct fault *fault) must_check
	nonnull(1, 4, 5, 6, 7);

/**
 * bundle_read_config() - read the bundle's config.json
 * @bundle: from bundle_open()
 * @text: gets the malloc()ed bytes, NUL-terminated; the caller frees them
 * @fault: set on failure
 *
 * Return: length in bytes, -EFBIG above OCI_CONFIG_MAX, or -errno of root_read_all().
 */
ssize_t bundle_read_config(const struct bundle *bundle, char **text, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * bundle_find_root() - open the container's root
 * @root: descriptor of "/"
 * @path: root.path, as config.json has it: absolute, or relative to the bundle
 * @bundle: from bundle_open()
 * @fault: set on failure
 *
 * No symbolic link of a relative @path leads out of the bundle; an absolute one is looked up by
 * walk_open(). OCI runtime spec, config.md, "Root".
 * Return: O_PATH descriptor, which the caller closes, -EINVAL if it is the guest's own root, or
 * -errno of opening the directory.
 */
int bundle_find_root(int root, const char *path, const struct bundle *bundle,
		     struct fault *fault) must_check nonnull(2, 3, 4);

#endif
