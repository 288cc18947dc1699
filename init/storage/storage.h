/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that hold bundles and manifests: Kata's Storage objects and virtio-fs shares. */
#ifndef COLDINIT_STORAGE_STORAGE_H
#define COLDINIT_STORAGE_STORAGE_H

#include "init/boot.h"
#include "init/guest/modules.h"

/** STORAGE_RUN_DIR - below it lies what coldinit itself mounts */
#define STORAGE_RUN_DIR "/run/coldinit/"

#ifdef CONFIG_STORAGES

/**
 * storage_check() - does this build know the storage's driver, file system and options?
 *
 * Return: 0 or -errno with @fault set.
 */
int storage_check(const struct storage *s, struct fault *fault) must_check nonnull(1, 2);

/**
 * storage_device() - the device that a storage is on, as a claim for dev/'s settle loop
 *
 * Return: 1 with @out filled in, 0 if the storage is on none, or -errno with @fault set.
 */
int storage_device(struct arena *a, const struct storage *s, struct device *out,
		   struct fault *fault) must_check nonnull(1, 2, 3, 4);

/** storage_modules() - load what the storages need. Return: 0 or -errno with @fault set. */
int storage_modules(const struct boot *b, const struct modules *m, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * storage_mount_all() - mount the manifest's storages in its order, when their disks are there
 *
 * Return: 0 or -errno with @fault set.
 */
int storage_mount_all(const struct boot *b, struct fault *fault) must_check nonnull(1, 2);

#else

static inline int must_check storage_check(const struct storage *s, struct fault *fault)
{
	(void)s, (void)fault;
	return 0;
}

static inline int must_check storage_device(struct arena *a, const struct storage *s,
					    struct device *out, struct fault *fault)
{
	(void)a, (void)s, (void)out, (void)fault;
	return 0;
}

static inline int must_check storage_modules(const struct boot *b, const struct modules *m,
					     struct fault *fault)
{
	(void)b, (void)m, (void)fault;
	return 0;
}

static inline int must_check storage_mount_all(const struct boot *b, struct fault *fault)
{
	(void)b, (void)fault;
	return 0;
}

#endif

#ifdef CONFIG_STORAGE_DISK

/**
 * storage_bundle() - storages for a bundle on a disk (block:/dev/NAME[,fstype])
 * @rest: what stands behind "block:"
 *
 * Adds to the manifest's storages the disk, read-only, and over it, at BUNDLE_DIR, an overlay that
 * is written to memory: the container may write, the disk stays as it is. Return: 0 or -errno
 * with @fault set.
 */
int storage_bundle(struct boot *b, const char *rest, struct fault *fault) must_check
	nonnull(1, 2, 3);

#else

static inline int must_check storage_bundle(struct boot *b, const char *rest, struct fault *fault)
{
	(void)b, (void)rest;
	return fault_set(fault, -ENOTSUP, "this build of coldinit reads no bundles from disks");
}

#endif

#endif
