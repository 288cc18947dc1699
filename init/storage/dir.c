// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/storage/mount.h"

/*
 * Go to the next name of a path, past "." and slashes. Return: its length, 0 at the end of the
 * path;
 * @at gets its place.
 */
static size_t storage_dir_next(const char **at)
{
	size_t n;

	for (;; *at += n) {
		*at += strspn(*at, "/");
		n = strcspn(*at, "/");
		if (n != 1 || **at != '.')
			return n;
	}
}

/* PID 1 needs these file systems, and the root; nothing may be mounted over them. */
static bool storage_dir_is_kernels(const char *path)
{
	static const char *const names[] = {"proc", "sys", "dev"};
	size_t n = storage_dir_next(&path);

	if (!n)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (n == strlen(names[i]) && !strncmp(path, names[i], n))
			return true;
	return false;
}

/* Open one name of a path; with @make, make it if it is missing. Return: O_PATH descriptor or
 * -errno. */
static int storage_dir_step(int dir, const char *name, bool make)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int err;

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(dir, name, 0755))
			return -errno;
		fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st)	    ? -errno
	      : S_ISLNK(st.st_mode) ? -ELOOP
	      : S_ISDIR(st.st_mode) ? 0
				    : -ENOTDIR;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int storage_dir_refuse(const char *path, int len, int err, struct fault *fault)
{
	const char *why = err == -ELOOP	    ? "is a symbolic link, which is not followed here"
			  : err == -ENOTDIR ? "is no directory"
					    : NULL;

	if (why)
		return fault_set(fault, err, "%.*s %s", len, path, why);
	return fault_strerror(fault, err, "cannot open directory %.*s", len, path);
}

int storage_dir_check(const char *path, bool fresh, struct fault *fault)
{
	const char *at = path;

	if (fresh && storage_dir_is_kernels(path))
		return fault_set(fault, -EBUSY, "%s belongs to the guest; use a path below /run",
				 path);
	for (size_t n; (n = storage_dir_next(&at)); at += n) {
		if (n > NAME_MAX)
			return fault_set(fault, -ENAMETOOLONG, "%s: a name in it is too long",
					 path);
		/* It could lead out of a mount, or to a mount point that is not checked. */
		if (n == 2 && !strncmp(at, "..", n))
			return fault_set(fault, -EINVAL, "%s has \"..\" in it", path);
	}
	return 0;
}

int storage_dir(int root, const char *path, bool make, bool fresh, struct fault *fault)
{
	int dir cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "/");
	char name[NAME_MAX + 1];
	struct stat above, here;
	const char *at = path;
	int err = storage_dir_check(path, fresh, fault), below;

	if (err)
		return err;
	if (dir < 0 || fstat(dir, &here))
		return fault_strerror(fault, dir < 0 ? dir : -errno,
				      "cannot open the guest's root");
	above = here;
	for (size_t n; (n = storage_dir_next(&at)); at += n) {
		memcpy(name, at, n);
		name[n] = '\0';
		below = storage_dir_step(dir, name, make);
		if (below < 0)
			return storage_dir_refuse(path, (int)(at + n - path), below, fault);
		close(dir);
		dir = below;
		above = here;
		if (fstat(dir, &here))
			return fault_perror(fault, "%s", path);
	}
	if (fresh && (above.st_dev != here.st_dev || above.st_ino == here.st_ino))
		return fault_set(fault, -EBUSY, "something is mounted on %s already", path);
	return fd_take(&dir);
}
