/* SPDX-License-Identifier: Apache-2.0 */
/* virtio-fs shares that coldinit mounts for itself: a SOURCE's, a bundle's, a report's. */
#ifndef COLDINIT_SOURCE_VIRTIOFS_H
#define COLDINIT_SOURCE_VIRTIOFS_H

#include "init/lib/fault.h"

/** VIRTIOFS_TAG_MAX - bytes of a tag (VIRTIO 1.2, 5.11.4) with its end */
#define VIRTIOFS_TAG_MAX 37

/** VIRTIOFS_DIR_MAX - room for the mount point of a share */
#define VIRTIOFS_DIR_MAX 80

/**
 * virtiofs_mount() - mount a share at a mount point made from its tag, once
 * @root: descriptor of "/"
 * @tag: of the share
 * @dir: gets the mount point
 * @fault: set on failure
 *
 * Return: 0 or -errno.
 */
int virtiofs_mount(int root, const char *tag, char dir[VIRTIOFS_DIR_MAX],
		   struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * virtiofs_fault() - say why a share could not be mounted, with the tags that there are
 * @root: descriptor of "/"
 * @tag: of the share
 * @err: mount(2)'s negative errno
 * @fault: set
 *
 * Return: @err.
 */
int virtiofs_fault(int root, const char *tag, int err, struct fault *fault) nonnull(2, 4);

#endif
