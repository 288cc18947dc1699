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

static int overlay_check(struct storage_job *job, struct fault *fault)
{
	struct storage_options *o = &job->options;

	if (!*o->lower)
		return fault_set(fault, -EINVAL, "an overlay needs the option lowerdir=");
	if (!*o->upper != !*o->work)
		return fault_set(
			fault, -EINVAL,
			"an overlay needs upperdir= and workdir= both, or none of them to be read-only");
	if (*o->upper)
		return 0;
	if (o->writable)
		return fault_set(fault, -EINVAL, "option \"rw\" needs upperdir= and workdir=");
	if (!strchr(o->lower, ':'))
		return fault_set(
			fault, -EINVAL,
			"a read-only overlay needs two directories in lowerdir= at least, separated by ':'");
	o->flags |= MS_RDONLY;
	return 0;
}

/* What the kernel would take apart is no part of a path here. */
static int overlay_check_path(const char *what, const char *path, struct fault *fault)
{
	if (*path == '/' && !strpbrk(path, ",:\\"))
		return 0;
	return fault_set(fault, -EINVAL, "%s: \"%s\" is no absolute path without ',', ':' and '\\'",
			 what, path);
}

/* Open one directory of @job's options and put its path behind @data. */
static int overlay_add_dir(const struct storage_job *job, char *data, const char *what,
			   const char *path, bool make, struct fault *fault)
{
	size_t n = strlen(data);
	int err = overlay_check_path(what, path, fault), dir;

	if (err)
		return err;
	dir = storage_dir(job->root, path, make, false, fault);
	if (dir < 0)
		return fault_prefix(fault, dir, "%s", what);
	if (str_printf(data + n, STORAGE_DATA_MAX - n, "%s", path)) {
		close(dir);
		return fault_set(fault, -E2BIG, "more than %d bytes of mount options",
				 STORAGE_DATA_MAX - 1);
	}
	return dir;
}

static int overlay_add_word(char *data, const char *word, struct fault *fault)
{
	size_t n = strlen(data);

	if (!str_printf(data + n, STORAGE_DATA_MAX - n, "%s%s", n && *word != ':' ? "," : "", word))
		return 0;
	return fault_set(fault, -E2BIG, "more than %d bytes of mount options",
			 STORAGE_DATA_MAX - 1);
}

/* Return: descriptor of the topmost lower directory, or -errno. */
static int overlay_add_lower(const struct storage_job *job, char *data, struct fault *fault)
{
	const char *at = job->options.lower;
	char path[PATH_MAX];
	int first = -1, dir, err;

	err = overlay_add_word(data, "lowerdir=", fault);
	while (!err && *at) {
		size_t n = strcspn(at, ":");

		err = str_printf(path, sizeof(path), "%.*s", (int)n, at);
		if (err)
			return fault_set(fault, err, "lowerdir: a path is too long");
		at += n;
		dir = overlay_add_dir(job, data, "lowerdir", path, false, fault);
		err = dir < 0 ? dir : 0;
		if (first < 0)
			first = dir;
		else if (dir >= 0)
			close(dir);
		if (!err && *at == ':') {
			at++;
			err = overlay_add_word(data, ":", fault);
		}
	}
	if (err && first >= 0)
		close(first);
	return err ? err : first;
}

/* The top directory looks as the image's does: the overlay shows the upper one's owner and mode. */
static int overlay_look_like(int upper, int lower, struct fault *fault)
{
	struct stat st;
	char path[32];

	if (fstat(lower, &st) || str_printf(path, sizeof(path), "/proc/self/fd/%d", upper))
		return fault_set(fault, -EIO, "cannot look at lowerdir");
	if (chown(path, st.st_uid, st.st_gid) || chmod(path, st.st_mode & 07777))
		return fault_set(fault, -errno,
				 "upperdir: cannot give it the owner of lowerdir: %m");
	return 0;
}

static int overlay_add_upper(const struct storage_job *job, char *data, int lower,
			     struct fault *fault)
{
	bool made = !root_exists(job->root, "%s", job->options.upper);
	int err = overlay_add_word(data, "upperdir=", fault);

	if (err)
		return err;
	int upper cleanup(close_fd) =
		overlay_add_dir(job, data, "upperdir", job->options.upper, true, fault);
	if (upper < 0)
		return upper;
	err = made ? overlay_look_like(upper, lower, fault) : 0;
	if (!err)
		err = overlay_add_word(data, "workdir=", fault);
	if (err)
		return err;
	int work cleanup(close_fd) =
		overlay_add_dir(job, data, "workdir", job->options.work, true, fault);
	return work < 0 ? work : 0;
}

static int overlay_mount(const struct storage_job *job, struct fault *fault)
{
	char data[STORAGE_DATA_MAX];
	int err;

	memcpy(data, job->options.data, sizeof(data));
	int lower cleanup(close_fd) = overlay_add_lower(job, data, fault);
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
			     "cannot mount an overlay of %s: %m; upperdir and workdir must be on one file system that can be written and has extended attributes (a tmpfs, ext4), and no directory may lie in another",
			     data)
		   : 0;
}

const struct storage_driver storage_driver_overlay = {
	.name = "overlayfs",
	.fstype = "overlay",
	.check = overlay_check,
	.mount = overlay_mount,
};
