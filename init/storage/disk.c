// SPDX-License-Identifier: Apache-2.0
/* Storages on disks: mount the file system of a disk that dev/ has found. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/storage/storage.h"
#include "init/storage/mount.h"
#include "init/storage/superblock.h"

#define DISK_DIR    STORAGE_RUN_DIR "disk"
#define OVERLAY_DIR STORAGE_RUN_DIR "overlay"

/* --- errors: what the disk holds instead ---------------------------------------------------- */

/*
 * The file system on a disk, by its superblock. An image that is cut is an error (erofs does not
 * notice it when it is mounted); a disk that cannot be read is an error of mount(2).
 */
static int storage_disk_look_at(const struct storage_job *job, const char *node, const char **found,
				struct fault *fault)
{
	struct superblock block;
	uint64_t room, size = 0;

	*found = "nothing that can be read";
	if (superblock_read(job->root, node, &block, &room))
		return 0;
	*found = superblock_parse(&block, &size);
	if (!*found)
		*found = "no file system that coldinit knows";
	if (size <= room || strcmp(*found, job->fstype) != 0)
		return 0;
	return fault_set(
		fault, -ENODATA,
		"the %s on %s (%s) is not whole: its superblock says %llu bytes, the disk has %llu; the image was cut",
		job->fstype, node, job->storage->source, (unsigned long long)size,
		(unsigned long long)room);
}

static int storage_disk_mount_fault(const struct storage_job *job, const char *node,
				    const char *found, int err, struct fault *fault)
{
	if (err == -ENODEV)
		return fault_set(
			fault, err,
			"the guest kernel has no %s (mkinitramfs --file-systems puts the modules of the usual ones into the initramfs, --module %s any)",
			job->fstype, job->fstype);
	if ((err == -EACCES || err == -EROFS) && !(job->options.flags & MS_RDONLY))
		return fault_set(
			fault, err,
			"cannot mount the %s of %s (%s) for writing: the disk is read-only; add the option \"ro\"",
			job->fstype, node, job->storage->source);
	if (strstr(job->options.data, "dax") && !strcmp(found, job->fstype))
		return fault_set(
			fault, err,
			"cannot mount %s as %s: %s; try it without the option \"dax\", which needs persistent memory in fsdax mode",
			node, job->fstype, strerror(-err));
	fault_set(fault, 0, "cannot mount %s as %s: %s; the disk %s holds %s%s", node, job->fstype,
		  strerror(-err), job->storage->source,
		  strcmp(found, job->fstype) ? "" : "a damaged or unsupported ", found);
	if (*job->options.data)
		fault_add(fault, "; the file system's options are %s", job->options.data);
	return fault_facts(fault, err, job->fstype, found);
}

/* --- the drivers --------------------------------------------------------------------------- */

/* erofs and squashfs are read-only formats; persistent memory usually holds an image. */
static int storage_disk_check(struct storage_job *job, struct fault *fault)
{
	struct storage_options *o = &job->options;
	bool fixed = !strcmp(job->fstype, "erofs") || !strcmp(job->fstype, "squashfs");

	if (fixed && o->writable)
		return fault_set(fault, -EINVAL, "%s is always read-only: remove the option \"rw\"",
				 job->fstype);
	if (fixed || (!o->writable && !strcmp(job->driver->name, "nvdimm")))
		o->flags |= MS_RDONLY;
	if (!*job->storage->source)
		return fault_set(fault, -EINVAL, "driver %s needs a source, which names the disk",
				 job->driver->name);
	/* Without it, the image decides, and it may have "errors=panic". */
	if (str_starts(job->fstype, "ext") && strlen(job->fstype) == strlen("ext4") &&
	    !strstr(o->data, "errors="))
		return storage_options_append(o->data, ",", "errors=remount-ro", fault);
	return 0;
}

static int storage_disk_mount(const struct storage_job *job, struct fault *fault)
{
	const struct device_result *disk = job->disk;
	const char *found;
	int err;

	if (!disk || !disk->ready || !disk->node[0])
		return fault_set(fault, -ENXIO, "the disk was not found");
	err = storage_disk_look_at(job, disk->node, &found, fault);
	if (err)
		return err;
	err = storage_mount_fs(job, disk->node, job->options.data);
	return err ? storage_disk_mount_fault(job, disk->node, found, err, fault) : 0;
}

#define DISK_DRIVER(symbol, word)                               \
	const struct storage_driver storage_driver_##symbol = { \
		.name = word,                                   \
		.device = word,                                 \
		.check = storage_disk_check,                    \
		.mount = storage_disk_mount,                    \
	}

DISK_DRIVER(blk, "blk");
DISK_DRIVER(mmioblk, "mmioblk");
DISK_DRIVER(blk_ccw, "blk-ccw");
DISK_DRIVER(scsi, "scsi");
DISK_DRIVER(nvdimm, "nvdimm");

/* --- a bundle on a disk -------------------------------------------------------------------- */

static const char **storage_disk_strings(struct arena *a, size_t n, const char *const *from)
{
	const char **list = arena_alloc(a, n + 1, sizeof(*list));

	if (list)
		memcpy(list, from, n * sizeof(*list));
	return list;
}

static int storage_disk_add_bundle(struct arena *arena, const char *node, const char *fstype,
				   const char *mount_point, struct manifest *manifest,
				   struct fault *fault)
{
	static const char *const disk_options[] = {"ro"};
	static const char *const overlay_options[] = {"lowerdir=" DISK_DIR,
						      "upperdir=" OVERLAY_DIR "/upper",
						      "workdir=" OVERLAY_DIR "/work"};
	size_t n = manifest->n_storages;
	struct storage *all = arena_extend(arena, manifest->storages, n, 2, sizeof(*all));

	if (!all)
		return fault_oom(fault);
	all[n] = (struct storage){
		.driver = "blk",
		.source = node,
		.fstype = fstype,
		.mount_point = DISK_DIR,
		.options = storage_disk_strings(arena, ARRAY_SIZE(disk_options), disk_options),
		.n_options = ARRAY_SIZE(disk_options),
	};
	all[n + 1] = (struct storage){
		.driver = "overlayfs",
		.source = "overlay",
		.fstype = "overlay",
		.mount_point = mount_point,
		.options =
			storage_disk_strings(arena, ARRAY_SIZE(overlay_options), overlay_options),
		.n_options = ARRAY_SIZE(overlay_options),
	};
	if (!all[n].options || !all[n + 1].options)
		return fault_oom(fault);
	manifest->storages = all;
	manifest->n_storages = n + 2;
	return 0;
}

int storage_disk_bundle(struct arena *arena, const char *disk, const char *mount_point,
			struct manifest *manifest, struct fault *fault)
{
	const char *fstype = strchr(disk, ',');
	char *node;

	if (!str_starts(disk, "/dev/"))
		return fault_set(fault, -EINVAL,
				 "block:/dev/NAME[,fstype] expected, found \"block:%s\"", disk);
	node = arena_printf(arena, "%.*s", (int)strcspn(disk, ","), disk);
	if (!node)
		return fault_oom(fault);
	return storage_disk_add_bundle(arena, node, fstype ? fstype + 1 : "erofs", mount_point,
				       manifest, fault);
}
