/* SPDX-License-Identifier: Apache-2.0 */
/* Private to init/storage/: what its files share. */
#ifndef COLDINIT_STORAGE_MOUNT_H
#define COLDINIT_STORAGE_MOUNT_H

#include <errno.h>

#include "init/storage/options.h"
#include "spec/manifest.h"

/**
 * struct storage_job - one storage that is being mounted
 * @root: descriptor of "/", -1 if only the words are checked
 * @storage: as the manifest has it
 * @disk: the device that it is on, NULL for none
 * @driver: its driver
 * @fstype: the file system, "" for none (driver "local")
 * @options: its options
 * @target: descriptor of the mount point (O_PATH), -1 before that is open
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
 * struct storage_driver - one kind of storage, Kata's "driver"
 * @name: the manifest's word
 * @device: type of the device that it is on, which the boot waits for; NULL for none
 * @fstype: the file system that it has, NULL for any file system of disks
 * @other_fstype: another word that it can have as fstype, NULL for none
 * @check: checks what needs no kernel; may change the options. NULL if there is nothing more to
 *	check. Return: 0 or -errno with the fault set
 * @mount: mounts it at @job->target. Return: as @check
 */
struct storage_driver {
	const char *name, *device, *fstype, *other_fstype;
	int (*check)(struct storage_job *job, struct fault *fault);
	int (*mount)(const struct storage_job *job, struct fault *fault);
};

/* All drivers; the table in storage.c has those that are configured. */
extern const struct storage_driver storage_driver_virtiofs, storage_driver_blk,
	storage_driver_mmioblk, storage_driver_blk_ccw, storage_driver_scsi, storage_driver_nvdimm,
	storage_driver_overlay, storage_driver_ephemeral, storage_driver_local;

/**
 * storage_mount_fs() - mount(2) at @job->target
 * @job: has fstype, flags and target
 * @source: first argument of mount(2)
 * @data: last argument of mount(2)
 *
 * Return: 0 or -errno of mount(2).
 */
int storage_mount_fs(const struct storage_job *job, const char *source, const char *data) must_check
	nonnull(1, 2);

/**
 * storage_dir_check() - check the path of a directory of the guest
 * @path: absolute
 * @fresh: something is to be mounted there
 * @fault: set on failure
 *
 * Pure. Return: 0, -EINVAL for "..", -ENAMETOOLONG for a name in it, or -EBUSY if with @fresh it is
 * in /proc, /sys or /dev.
 */
int storage_dir_check(const char *path, bool fresh, struct fault *fault) must_check nonnull(1, 3);

/**
 * storage_dir() - open a directory of the guest
 * @root: descriptor of "/"
 * @path: absolute
 * @make: make the directories of @path that are missing
 * @fresh: something is to be mounted there: it must not be a mount point
 * @fault: set on failure
 *
 * An image that is mounted on the way is not trusted, so symbolic links are refused.
 * Return: O_PATH descriptor, which the caller closes, or -errno: of storage_dir_check(), -ELOOP for
 * a symbolic link, -ENOTDIR, -EBUSY for a mount point, or of openat(2) and mkdirat(2).
 */
int storage_dir(int root, const char *path, bool make, bool fresh, struct fault *fault) must_check
	nonnull(2, 5);

#ifdef CONFIG_STORAGE_GROUP

/**
 * storage_group() - apply fs_group: change the group and the mode of all that is in a storage
 * @s: has the group and fs_group_change_policy
 * @top: descriptor of the top of the mounted storage
 * @fault: set on failure
 *
 * Return: 0, -ELOOP for more than 128 levels, or -errno of chown(2) and chmod(2).
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
