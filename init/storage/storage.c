// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "storage: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/virtiofs.h"
#include "init/storage/storage.h"
#include "init/storage/mount.h"
#include "init/storage/verity.h"
#include "spec/manifest_device.h"

static const struct storage_driver *const drivers[] = {
	&storage_driver_virtiofs,
#ifdef CONFIG_STORAGE_DISK
	&storage_driver_blk,	   &storage_driver_mmioblk, &storage_driver_blk_ccw,
	&storage_driver_scsi,	   &storage_driver_nvdimm,
#endif
#ifdef CONFIG_STORAGE_OVERLAY
	&storage_driver_overlay,
#endif
#ifdef CONFIG_STORAGE_TMPFS
	&storage_driver_ephemeral, &storage_driver_local,
#endif
};

static const struct storage_driver *storage_find_driver(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(drivers[i]->name, name))
			return drivers[i];
	return NULL;
}

static int storage_unknown_driver(const struct storage *s, struct fault *fault)
{
	fault_set(fault, 0, "driver \"%s\" is not supported by this build; known:", s->driver);
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		fault_add(fault, "%s %s", i ? "," : "", drivers[i]->name);
	return -ENOTSUP;
}

static int storage_set_fstype(struct storage_job *job, struct fault *fault)
{
	const char *only = job->driver->fstype, *other = job->driver->other_fstype;
	const char *given = job->storage->fstype;

	job->fstype = *given || !only ? given : only;
	if (only ? !strcmp(job->fstype, only) || (other && !strcmp(job->fstype, other))
		 : storage_options_on_disk(job->fstype)) {
		/* Kata's runtime gives "local" for a directory. */
		if (only && !*only)
			job->fstype = only;
		return 0;
	}
	fault_set(fault, 0, "driver %s needs fstype %s%s%s, found \"%s\"", job->driver->name,
		  !only	  ? "ext4, erofs, xfs or another file system of disks"
		  : *only ? only
			  : "\"\"",
		  other ? " or " : "", other ? other : "", given);
	return -EINVAL;
}

/* Read the storage, and check all that needs no kernel. */
static int storage_begin(struct storage_job *job, const struct storage *s, int root,
			 struct fault *fault)
{
	int err;

	*job = (struct storage_job){.root = root, .storage = s, .fstype = "", .target = -1};
	job->driver = storage_find_driver(s->driver);
	if (!job->driver)
		return storage_unknown_driver(s, fault);
	if (s->root_hash && !job->driver->device)
		return fault_set(fault, -EINVAL, "verity is for disks, not for driver %s",
				 s->driver);
	err = storage_set_fstype(job, fault);
	if (!err)
		err = storage_options(s, job->fstype, &job->options, fault);
	if (!err && job->driver->check)
		err = job->driver->check(job, fault);
	return err ? err : storage_dir_check(s->mount_point, true, fault);
}

static int storage_named(const struct storage *s, int err, struct fault *fault)
{
	return err ? fault_prefix(fault, err, "storage %.100s", s->mount_point) : 0;
}

int storage_check(const struct storage *s, struct fault *fault)
{
	struct storage_job job;

	return storage_named(s, storage_begin(&job, s, -1, fault), fault);
}

int storage_hash_device(struct arena *a, const struct storage *s, struct device *out,
			struct fault *fault)
{
	struct storage hashes = *s;

	hashes.source = s->hash_source;
	return hashes.source ? storage_device(a, &hashes, out, fault) : 0;
}

int storage_device(struct arena *a, const struct storage *s, struct device *out,
		   struct fault *fault)
{
	const struct storage_driver *driver = storage_find_driver(s->driver);

	if (!driver || !driver->device)
		return 0;
	manifest_device_defaults(out);
	out->type = driver->device;
	/* Any disk can also be named by its node, on any bus. */
	if (str_starts(s->source, "/dev/")) {
		out->vm_path = s->source;
		if (!strcmp(driver->name, "blk"))
			out->type = "mmioblk";
	} else {
		out->id = s->source;
	}
	out->label = arena_printf(a, "storage %s", s->mount_point);
	return out->label ? 1 : fault_oom(fault);
}

int storage_mount_fs(const struct storage_job *job, const char *source, const char *data)
{
	return mount(source, fd_path(job->target).s, job->fstype, job->options.flags, data) ? -errno
											    : 0;
}

static int storage_want_modules(const struct storage_job *job, struct modules *m,
				struct fault *fault)
{
	int err = *job->fstype ? modules_want_fs(m, job->fstype, fault) : 0;

	return err ? err : verity_modules(job->storage, m, fault);
}

int storage_modules(const struct storage *s, struct modules *modules, struct fault *fault)
{
	struct storage_job job;
	int err = storage_begin(&job, s, -1, fault);

	return storage_named(s, err ? err : storage_want_modules(&job, modules, fault), fault);
}

/* Apply mode= and fsgid= as Kata does: new files in the storage get its group. */
static int storage_give(const struct storage_job *job, int top, struct fault *fault)
{
	const struct storage_options *o = &job->options;
	const struct fd_path path = fd_path(top);
	struct stat st;
	mode_t mode;

	if (!*o->mode && !*o->group)
		return 0;
	if (fstat(top, &st))
		return fault_perror(fault, "cannot read its mode");
	mode = *o->mode ? (mode_t)o->mode_bits : st.st_mode & 07777;
	if (*o->group && chown(path.s, (uid_t)-1, (gid_t)o->gid))
		return fault_perror(fault, "fsgid=%s", o->group);
	if (chmod(path.s, mode | (*o->group ? S_ISGID : 0)))
		return fault_perror(fault, "mode=%s", o->mode);
	return 0;
}

static int storage_mount_one(int root, const struct storage *s, const struct device_result *disk,
			     struct fault *fault)
{
	struct storage_job job;
	int err = storage_begin(&job, s, root, fault);

	if (err)
		return err;
	int target cleanup(fd_close) = storage_dir(root, s->mount_point, true, true, fault);
	if (target < 0)
		return target;
	job.disk = disk;
	job.target = target;
	err = job.driver->mount(&job, fault);
	if (err)
		return err;
	/* @target is the directory below the mount. */
	int top cleanup(fd_close) = storage_dir(root, s->mount_point, false, false, fault);
	if (top < 0)
		return top;
	err = storage_give(&job, top, fault);
	if (!err && s->has_group && !(job.options.flags & MS_RDONLY))
		err = storage_group(s, top, fault);
	pr_info("%.64s: %s %s, %s%s%s", s->mount_point, s->driver, s->source, job.fstype,
		job.options.flags & MS_RDONLY ? " read-only" : "", disk ? disk->node : "");
	return err;
}

int storage_mount(int root, const struct storage *s, const struct device_result *disk,
		  struct fault *fault)
{
	return storage_named(s, storage_mount_one(root, s, disk, fault), fault);
}
