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

/* Mounting there would take the ground from under PID 1's feet. */
static bool storage_dir_is_kernels(const char *path)
{
	static const char *const names[] = {"proc", "sys", "dev"};

	path += strspn(path, "/");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (!strncmp(path, names[i], n) && (!path[n] || path[n] == '/'))
			return true;
	}
	return false;
}

/* One step down, made if it is missing and may be. Return: O_PATH descriptor or -errno. */
static int storage_dir_step(int dir, const char *name, bool make)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(dir, name, 0755))
			return -errno;
		fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return fd;
	close(fd);
	return S_ISLNK(st.st_mode) ? -ELOOP : -ENOTDIR;
}

static int storage_dir_no(const char *path, int len, int err, struct fault *fault)
{
	const char *why = err == -ELOOP	    ? "is a symbolic link, which is not followed here"
			  : err == -ENOTDIR ? "is no directory"
					    : NULL;

	if (why)
		return fault_set(fault, err, "%.*s %s", len, path, why);
	return fault_set(fault, err, "cannot open directory %.*s: %m", len, path);
}

int storage_dir(int root, const char *path, bool make, bool fresh, struct fault *fault)
{
	int dir cleanup(close_fd) = root_open(root, O_PATH | O_DIRECTORY, 0, "/");
	char name[NAME_MAX + 1];
	struct stat above, here;
	int ret;

	if (dir < 0 || fstat(dir, &here))
		return fault_set(fault, -EIO, "cannot open the guest's root");
	above = here;
	if (fresh && storage_dir_is_kernels(path))
		return fault_set(fault, -EBUSY, "%s is the guest's own; take a place below /run",
				 path);
	for (const char *at = path + strspn(path, "/"); *at; at += strspn(at, "/")) {
		size_t n = strcspn(at, "/");

		if (str_printf(name, sizeof(name), "%.*s", (int)n, at))
			return fault_set(fault, -ENAMETOOLONG, "%s: a name in it is too long",
					 path);
		at += n;
		if (!strcmp(name, "."))
			continue;
		/* Not above the root, and not above a mount: ".." has no place here. */
		if (!strcmp(name, ".."))
			return fault_set(fault, -EINVAL, "%s has \"..\" in it", path);
		ret = storage_dir_step(dir, name, make);
		if (ret < 0)
			return storage_dir_no(path, (int)(at - path), ret, fault);
		close(dir);
		dir = ret;
		above = here;
		if (fstat(dir, &here))
			return fault_set(fault, -errno, "%s: %m", path);
	}
	if (fresh && (above.st_dev != here.st_dev || above.st_ino == here.st_ino))
		return fault_set(fault, -EBUSY, "something is mounted on %s already", path);
	ret = dir;
	dir = -1;
	return ret;
}
