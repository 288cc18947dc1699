/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the storages share: one storage on its way to its mount point. */
#ifndef COLDINIT_STORAGE_MOUNT_H
#define COLDINIT_STORAGE_MOUNT_H

#include <errno.h>

#include "init/storage/options.h"
#include "spec/manifest.h"

/**
 * struct storage_job - one storage that is being mounted
 * @root: "/"
 * @storage: the manifest's words
 * @disk: the device that it is on, NULL for none
 * @driver: its driver
 * @fstype: the file system, "" for none (driver "local")
 * @target: descriptor of the mount point (O_PATH), -1 before it is there
 */
struct storage_job {
	int root;
	const struct storage *storage;
	const struct device_result *disk;
	const struct storage_driver *driver;
	const char *fstype;
	struct storage_options options;
	int target;
};

/**
 * struct storage_driver - how a storage comes into the guest: Kata's word "driver"
 * @device: type of the device that it is on and that is waited for, NULL for none
 * @fstype: the only file system that it can have, NULL for any of a disk's
 * @check: what the words alone decide; may change the options. NULL for nothing more
 * @mount: mount it at job->target
 *
 * Both return 0 or -errno with the fault set.
 */
struct storage_driver {
	const char *name, *device, *fstype;
	int (*check)(struct storage_job *job, struct fault *fault);
	int (*mount)(const struct storage_job *job, struct fault *fault);
};

/* Every driver there is; the table in storage.c takes those that are configured. */
extern const struct storage_driver storage_driver_virtiofs, storage_driver_blk,
	storage_driver_mmioblk, storage_driver_blk_ccw, storage_driver_scsi, storage_driver_nvdimm,
	storage_driver_overlay, storage_driver_ephemeral, storage_driver_local;

/** storage_mount_fs() - mount(2) at job->target, which no link can lead away. Return: 0, -errno. */
int storage_mount_fs(const struct storage_job *job, const char *source, const char *data) must_check
	nonnull(1, 2);

/**
 * storage_dir() - open a directory of the guest, made if it is missing
 * @path: absolute; a symbolic link in it is refused, as an image that is mounted on the way may
 *	have it for an attack
 * @make: make what is missing
 * @fresh: it must be no mount point already
 *
 * Return: O_PATH descriptor, or -errno with @fault set.
 */
int storage_dir(int root, const char *path, bool make, bool fresh, struct fault *fault) must_check
	nonnull(2, 5);

#ifdef CONFIG_STORAGE_GROUP

/**
 * storage_group() - fs_group: make everything in a storage its group's, with Kata's mode bits
 * @top: top of the mounted storage
 *
 * Return: 0 or -errno with @fault set.
 */
int storage_group(const struct storage *s, int top, struct fault *fault) must_check nonnull(1, 3);

#else

static inline int must_check storage_group(const struct storage *s, int top, struct fault *fault)
{
	(void)s, (void)top;
	return fault_set(fault, -ENOTSUP, "this build of coldinit has no fs_group");
}

#endif

#endif
