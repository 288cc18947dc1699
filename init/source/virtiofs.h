/* SPDX-License-Identifier: Apache-2.0 */
/* virtio-fs shares that coldinit mounts for itself: for a SOURCE, a bundle or a report. */
#ifndef COLDINIT_SOURCE_VIRTIOFS_H
#define COLDINIT_SOURCE_VIRTIOFS_H

#include "init/lib/fault.h"

/** VIRTIOFS_TAG_MAX - bytes of a tag (VIRTIO 1.2, 5.11.4) with its end */
#define VIRTIOFS_TAG_MAX 37

/** virtiofs_modules - NULL-terminated kernel modules that a share needs */
extern const char *const virtiofs_modules[];

/** VIRTIOFS_DIR_MAX - room for the mount point of a share */
#define VIRTIOFS_DIR_MAX 80

/**
 * virtiofs_mount() - mount a share below /run/coldinit/virtiofs, unless it is mounted there
 * @root: descriptor of "/"
 * @tag: of the share; the name of its mount point
 * @dir: gets the path of the mount point
 * @fault: set on failure
 *
 * Return: 0, -EINVAL if the tag cannot be a name or the guest has no such share, -ENODEV if the
 * kernel has no virtio-fs, or another negative errno of mount(2) or of tree_mkdir().
 */
int virtiofs_mount(int root, const char *tag, char dir[VIRTIOFS_DIR_MAX],
		   struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * virtiofs_fault() - explain why a share cannot be mounted, with the tags that the guest has
 * @root: descriptor of "/"
 * @tag: of the share
 * @err: mount(2)'s negative errno
 * @fault: set
 *
 * Return: @err.
 */
int virtiofs_fault(int root, const char *tag, int err, struct fault *fault) nonnull(2, 4);

#endif
