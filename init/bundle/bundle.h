/* SPDX-License-Identifier: Apache-2.0 */
/* The OCI bundle: where it comes from, and its config.json. */
#ifndef COLDINIT_BUNDLE_BUNDLE_H
#define COLDINIT_BUNDLE_BUNDLE_H

#include "init/boot.h"

/**
 * bundle_plan() - add the storages of a bundle that is on a disk to the manifest's
 *
 * Before the devices, so that the disk is waited for with them. Return: 0 or -errno with @fault
 * set.
 */
int bundle_plan(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * bundle_open() - mount the manifest's storages and put the bundle where it can be used
 *
 * The command line's coldinit.bundle= counts, else the manifest's container.bundle (a path or a
 * SOURCE), else initrd:/coldinit/bundle. Fills @b->bundle. Return: 0 or -errno with @fault set.
 */
int bundle_open(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * bundle_config() - read config.json, patch it for the devices that were found
 *
 * Fills @b->config and @b->rootfs. Return: 0 or -errno with @fault set.
 */
int bundle_config(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

#endif
