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
#include "init/storage/verity.h"

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

	fixed |= job->storage->root_hash != NULL;
	if (fixed && o->writable)
		return fault_set(fault, -EINVAL, "%s is always read-only: remove the option \"rw\"",
				 job->storage->root_hash ? "a disk with dm-verity" : job->fstype);
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
	const struct storage *s = job->storage;
	const struct device_result *disk = job->disk;
	const char *node = disk ? disk->node : "", *found;
	char verified[32];
	int err = 0;

	for (int i = 0; i < (s->hash_source ? 2 : 1); i++)
		if (!disk || !disk[i].ready || !disk[i].node[0])
			return fault_set(fault, -ENXIO, "the disk was not found");
	if (s->root_hash) {
		err = verity_open(job->root, s, node, s->hash_source ? disk[1].node : NULL,
				  verified, fault);
		node = verified;
	}
	if (!err)
		err = storage_disk_look_at(job, node, &found, fault);
	if (err)
		return err;
	err = storage_mount_fs(job, node, job->options.data);
	if (!err)
		return 0;
	if (verity_is_damaged(s))
		return fault_set(
			fault, err,
			"cannot mount %s (%s): dm-verity has found a block that does not match the root hash: the image is damaged",
			disk->node, s->source);
	return storage_disk_mount_fault(job, node, found, err, fault);
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

static int storage_disk_add_bundle(struct arena *arena, const struct storage *disk,
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
	all[n] = *disk;
	all[n].driver = "blk";
	all[n].mount_point = DISK_DIR;
	all[n].options = storage_disk_strings(arena, ARRAY_SIZE(disk_options), disk_options);
	all[n].n_options = ARRAY_SIZE(disk_options);
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

static const char storage_disk_form[] = "block:/dev/NAME[,fstype][,verity=HASH][,hash_offset=N]";

/* A word behind the node: the file system, or dm-verity. */
static int storage_disk_word(const char *word, struct storage *out)
{
	const char *value = strchr(word, '=');

	if (!value) {
		out->fstype = word;
		return *word ? 0 : -EINVAL;
	}
	value++;
	if (str_starts(word, "verity=")) {
		out->root_hash = value;
		return manifest_root_hash_is_good(value) ? 0 : -EINVAL;
	}
	if (!str_starts(word, "hash_offset="))
		return -EINVAL;
	return str_number(value, strlen(value), 10, 1ULL << 50, &out->hash_offset);
}

int storage_disk_bundle(struct arena *arena, const char *disk, const char *mount_point,
			struct manifest *manifest, struct fault *fault)
{
	struct storage s = {.fstype = "erofs"};
	char *rest = arena_strdup(arena, disk), *word;
	int err = str_starts(disk, "/dev/") ? 0 : -EINVAL;

	if (!rest)
		return fault_oom(fault);
	s.source = strsep(&rest, ",");
	while (!err && (word = strsep(&rest, ",")))
		err = storage_disk_word(word, &s);
	if (err || (s.hash_offset && !s.root_hash) || s.hash_offset % 512)
		return fault_set(fault, -EINVAL, "%s expected, found \"block:%s\"",
				 storage_disk_form, disk);
	return storage_disk_add_bundle(arena, &s, mount_point, manifest, fault);
}
