/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that hold bundles and manifests: Kata's Storage objects and virtio-fs shares. */
#ifndef COLDINIT_STORAGE_H
#define COLDINIT_STORAGE_H

#include "init/lib/fault.h"
#include "spec/manifest.h"

/** STORAGE_PATH_MAX - room for the mount point of a virtio-fs share */
#define STORAGE_PATH_MAX 80

/**
 * storage_virtiofs() - mount a virtio-fs share at a place made from its tag, once
 * @dir: gets the mount point
 *
 * Return: 0 or -errno with @fault set.
 */
int storage_virtiofs(int root, const char *tag, char dir[STORAGE_PATH_MAX],
		     struct fault *fault) must_check nonnull(2, 3, 4);

/** storage_mount() - mount one of the manifest's storages. Return: 0 or -errno with @fault set. */
int storage_mount(int root, const struct storage *s, struct fault *fault) must_check nonnull(2, 3);

/** storage_unmount_all() - unmount what was mounted below /run/coldinit, last first */
void storage_unmount_all(void);

#endif
