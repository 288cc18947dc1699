/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that hold bundles and manifests: Kata's Storage objects and virtio-fs shares. */
#ifndef COLDINIT_STORAGE_STORAGE_H
#define COLDINIT_STORAGE_STORAGE_H

#include "init/guest/modules.h"
#include "spec/manifest.h"

/** STORAGE_RUN_DIR - below it lies what coldinit itself mounts */
#define STORAGE_RUN_DIR "/run/coldinit/"

#ifdef CONFIG_STORAGES

/**
 * storage_check() - does this build know the storage's driver, file system and options?
 * @s: the storage
 * @fault: set on failure
 *
 * Return: 0, -ENOTSUP for an unknown driver, -EINVAL for a file system or an option.
 */
int storage_check(const struct storage *s, struct fault *fault) must_check nonnull(1, 2);

/**
 * storage_device() - the device that a storage is on, which the boot has to wait for
 * @a: memory for what @out points to
 * @s: the storage
 * @out: gets the device
 * @fault: set on failure
 *
 * Return: 1 with @out filled in, 0 if the storage is on no device, -ENOMEM.
 */
int storage_device(struct arena *a, const struct storage *s, struct device *out,
		   struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * storage_modules() - load the modules that a storage needs
 * @s: the storage
 * @modules: the initramfs' modules
 * @fault: set on failure
 *
 * Return: 0, -ENOTSUP or -EINVAL for words that this build does not know, or -errno of
 * modules_want().
 */
int storage_modules(const struct storage *s, const struct modules *modules,
		    struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * storage_mount() - mount a storage at its mount point
 * @root: descriptor of "/"
 * @s: the storage
 * @disk: the device that it is on, which is ready; NULL if it is on none
 * @fault: set on failure
 *
 * Return: 0 or -errno.
 */
int storage_mount(int root, const struct storage *s, const struct device_result *disk,
		  struct fault *fault) must_check nonnull(2, 4);

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

static inline int must_check storage_modules(const struct storage *s, const struct modules *modules,
					     struct fault *fault)
{
	(void)s, (void)modules, (void)fault;
	return 0;
}

static inline int must_check storage_mount(int root, const struct storage *s,
					   const struct device_result *disk, struct fault *fault)
{
	(void)root, (void)s, (void)disk, (void)fault;
	return 0;
}

#endif

#ifdef CONFIG_STORAGE_DISK

/**
 * storage_bundle() - add the storages of a bundle that is on a disk
 * @arena: memory for the longer list
 * @disk: "/dev/NAME[,fstype]"
 * @mount_point: of the bundle
 * @manifest: gets two storages more: the disk, read-only, and over it, at @mount_point, an overlay
 *	in memory. So the container may write, and the disk does not change.
 * @fault: set on failure
 *
 * Return: 0, -EINVAL if @disk names no node, or -ENOMEM.
 */
int storage_bundle(struct arena *arena, const char *disk, const char *mount_point,
		   struct manifest *manifest, struct fault *fault) must_check
	nonnull(1, 2, 3, 4, 5);

#else

static inline int must_check storage_bundle(struct arena *arena, const char *disk,
					    const char *mount_point, struct manifest *manifest,
					    struct fault *fault)
{
	(void)arena, (void)disk, (void)mount_point, (void)manifest;
	return fault_set(fault, -ENOTSUP, "this build of coldinit reads no bundles from disks");
}

#endif

#endif
