// SPDX-License-Identifier: Apache-2.0
/* Layered storages (Documentation/filesystems/overlayfs.rst): Kata's driver "overlayfs". */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/storage/mount.h"

static int overlay_check_dir(const char *what, const char *path, struct fault *fault)
{
	int err;

	/* The kernel splits mount options at these characters. */
	if (*path != '/' || strpbrk(path, ",:\\"))
		return fault_set(fault, -EINVAL,
				 "%s: \"%s\" is no absolute path without ',', ':' and '\\'", what,
				 path);
	err = storage_dir_check(path, false, fault);
	return err ? fault_prefix(fault, err, "%s", what) : 0;
}

/* Copy the path that a list "PATH:PATH" begins with, and go to its end. */
static int overlay_take_path(const char **list, char path[PATH_MAX], struct fault *fault)
{
	size_t n = strcspn(*list, ":");
	int err = str_printf(path, PATH_MAX, "%.*s", (int)n, *list);

	*list += n;
	return err ? fault_set(fault, err, "lowerdir: a path is too long") : 0;
}

static int overlay_check_dirs(const struct storage_options *o, struct fault *fault)
{
	const char *at = o->lower;
	char path[PATH_MAX];
	int err;

	do {
		err = overlay_take_path(&at, path, fault);
		if (!err)
			err = overlay_check_dir("lowerdir", path, fault);
	} while (!err && *at++ == ':');
	if (!err && *o->upper)
		err = overlay_check_dir("upperdir", o->upper, fault);
	if (!err && *o->work)
		err = overlay_check_dir("workdir", o->work, fault);
	return err;
}

static int overlay_check(struct storage_job *job, struct fault *fault)
{
	struct storage_options *o = &job->options;

	if (!*o->lower)
		return fault_set(fault, -EINVAL, "an overlay needs the option lowerdir=");
	if (!*o->upper != !*o->work)
		return fault_set(
			fault, -EINVAL,
			"an overlay needs both upperdir= and workdir=, or none of them to be read-only");
	if (!*o->upper && o->writable)
		return fault_set(fault, -EINVAL, "option \"rw\" needs upperdir= and workdir=");
	if (!*o->upper && !strchr(o->lower, ':'))
		return fault_set(
			fault, -EINVAL,
			"a read-only overlay needs at least two directories in lowerdir=, separated by ':'");
	if (!*o->upper)
		o->flags |= MS_RDONLY;
	return overlay_check_dirs(o, fault);
}

/* Open a directory and append its path to @data. Return: O_PATH descriptor or -errno. */
static int overlay_add_dir(const struct storage_job *job, char *data, const char *what,
			   const char *path, bool make, struct fault *fault)
{
	int dir = storage_dir(job->root, path, make, false, fault), err;

	if (dir < 0)
		return fault_prefix(fault, dir, "%s", what);
	err = storage_options_append(data, "", path, fault);
	if (err)
		close(dir);
	return err ? err : dir;
}

/* Return: descriptor of the topmost lower directory, or -errno. */
static int overlay_add_lower(const struct storage_job *job, char *data, struct fault *fault)
{
	int first cleanup(fd_close) = -1,
		  err = storage_options_append(data, ",", "lowerdir=", fault);
	const char *at = job->options.lower;
	char path[PATH_MAX];

	while (!err) {
		int dir cleanup(fd_close) = -1;

		err = overlay_take_path(&at, path, fault);
		if (err)
			break;
		dir = overlay_add_dir(job, data, "lowerdir", path, false, fault);
		if (dir < 0)
			return dir;
		if (first < 0)
			first = fd_take(&dir);
		if (*at++ != ':')
			return fd_take(&first);
		err = storage_options_append(data, "", ":", fault);
	}
	return err;
}

/* The overlay shows the upper directory's owner and mode at its top: make them the image's. */
static int overlay_look_like(int upper, int lower, struct fault *fault)
{
	const struct fd_path path = fd_path(upper);
	struct stat st;

	if (fstat(lower, &st))
		return fault_perror(fault, "lowerdir: cannot read its owner");
	if (chown(path.s, st.st_uid, st.st_gid) || chmod(path.s, st.st_mode & 07777))
		return fault_perror(fault, "upperdir: cannot give it the owner of lowerdir");
	return 0;
}

static int overlay_add_upper(const struct storage_job *job, char *data, int lower,
			     struct fault *fault)
{
	int there = root_look(job->root, fault, "%s", job->options.upper), err;

	if (there < 0)
		return there;
	err = storage_options_append(data, ",", "upperdir=", fault);
	if (err)
		return err;
	int upper cleanup(fd_close) =
		overlay_add_dir(job, data, "upperdir", job->options.upper, true, fault);
	if (upper < 0)
		return upper;
	err = there ? 0 : overlay_look_like(upper, lower, fault);
	if (!err)
		err = storage_options_append(data, ",", "workdir=", fault);
	if (err)
		return err;
	int work cleanup(fd_close) =
		overlay_add_dir(job, data, "workdir", job->options.work, true, fault);
	return work < 0 ? work : 0;
}

static int overlay_mount(const struct storage_job *job, struct fault *fault)
{
	char data[STORAGE_DATA_MAX];
	int err;

	memcpy(data, job->options.data, sizeof(data));
	int lower cleanup(fd_close) = overlay_add_lower(job, data, fault);
	if (lower < 0)
		return lower;
	err = *job->options.upper ? overlay_add_upper(job, data, lower, fault) : 0;
	if (err)
		return err;
	err = storage_mount_fs(job, "overlay", data);
	if (err == -ENODEV)
		return fault_set(
			fault, err,
			"the guest kernel has no overlay (is the module in the initramfs?)");
	return err ? fault_set(
			     fault, err,
			     "cannot mount an overlay of %s: %m; upperdir and workdir must be on one writable file system that has extended attributes (a tmpfs, ext4), and no directory may be inside another one",
			     data)
		   : 0;
}

const struct storage_driver storage_driver_overlay = {
	.name = "overlayfs",
	.fstype = "overlay",
	.check = overlay_check,
	.mount = overlay_mount,
};
