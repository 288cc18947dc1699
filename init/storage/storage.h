/* SPDX-License-Identifier: Apache-2.0 */
/* Storages: the manifest's file systems, which are Kata's Storage objects. */
#ifndef COLDINIT_STORAGE_STORAGE_H
#define COLDINIT_STORAGE_STORAGE_H

#include "init/guest/modules.h"
#include "spec/manifest.h"

/** STORAGE_RUN_DIR - where coldinit's own storages are mounted */
#define STORAGE_RUN_DIR "/run/coldinit/"

#ifdef CONFIG_STORAGES

/**
 * storage_check() - check all of a storage that needs no kernel
 * @s: the storage
 * @fault: set on failure
 *
 * Pure. Return: 0, -ENOTSUP for an unknown driver or option, -EINVAL for a file system, a value or
 * a path, -E2BIG for too many options, or an error of storage_dir_check() for the mount point.
 */
int storage_check(const struct storage *s, struct fault *fault) must_check nonnull(1, 2);

/**
 * storage_device() - the device that a storage is on, which the boot has to wait for
 * @a: memory for what @out points to
 * @s: the storage
 * @out: gets the device
 * @fault: set on failure
 *
 * Return: 1 with @out set, 0 if the storage is on no device, or -ENOMEM.
 */
int storage_device(struct arena *a, const struct storage *s, struct device *out,
		   struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * storage_hash_device() - the device that has the hashes of dm-verity, if it is another one
 * @a: memory for what @out points to
 * @s: the storage
 * @out: gets the device
 * @fault: set on failure
 *
 * Return: as storage_device().
 */
int storage_hash_device(struct arena *a, const struct storage *s, struct device *out,
			struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * storage_modules() - load the modules that a storage needs
 * @s: the storage
 * @modules: the initramfs' modules
 * @fault: set on failure
 *
 * Return: 0, or -errno of storage_check() and modules_want().
 */
int storage_modules(const struct storage *s, struct modules *modules,
		    struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * storage_mount() - mount a storage at its mount point
 * @root: descriptor of "/"
 * @s: the storage
 * @disk: result of the device that it is on, behind it that of storage_hash_device() if there is
 *	one; NULL if it is on none
 * @fault: set on failure
 *
 * Also applies its mode, group and fs_group. Return: 0, -ENXIO without its disk, or -errno of
 * storage_check(), storage_dir(), storage_group() and mount(2).
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

static inline int must_check storage_hash_device(struct arena *a, const struct storage *s,
						 struct device *out, struct fault *fault)
{
	(void)a, (void)s, (void)out, (void)fault;
	return 0;
}

static inline int must_check storage_modules(const struct storage *s, struct modules *modules,
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
 * storage_disk_bundle() - add the storages of a bundle on a disk
 * @arena: memory for the longer list
 * @disk: "/dev/NAME[,fstype][,verity=HASH][,hash_offset=N]"
 * @mount_point: of the bundle
 * @manifest: gets two more storages: the disk, read-only, and at @mount_point an overlay of the
 *	disk and a directory in memory. The container can write, the disk does not change
 * @fault: set on failure
 *
 * Return: 0, -EINVAL if @disk has another form, or -ENOMEM.
 */
int storage_disk_bundle(struct arena *arena, const char *disk, const char *mount_point,
			struct manifest *manifest, struct fault *fault) must_check
	nonnull(1, 2, 3, 4, 5);

#else

static inline int must_check storage_disk_bundle(struct arena *arena, const char *disk,
						 const char *mount_point, struct manifest *manifest,
						 struct fault *fault)
{
	(void)arena, (void)disk, (void)mount_point, (void)manifest;
	return fault_set(fault, -ENOTSUP, "this build of coldinit reads no bundles from disks");
}

#endif

#endif
