// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

#include "init/container/masks_private.h"
#include "init/container/mount_private.h"
#include "init/container/mount_api.h"
#include "init/lib/root.h"

/* Open @path below @root. Return: descriptor, -ENOENT if there is nothing to protect, or -errno. */
static int masks_open(int root, const char *path)
{
	int fd = root_open(root, O_PATH, 0, "%s", path);

	return fd == -ENOTDIR || fd == -EACCES ? -ENOENT : fd;
}

/* Read-only, or whoever owns it could change the mode of the guest's own /dev/null. */
static int masks_null(void)
{
	struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
	int copy = mount_api_clone(AT_FDCWD, "/dev/null", false), err;

	if (copy < 0)
		return copy;
	err = mount_api_change(copy, "", 0, &readonly);
	if (err) {
		close(copy);
		return err;
	}
	return copy;
}

static int masks_hide(int path)
{
	struct stat st;

	if (fstat(path, &st))
		return -errno;
	int cover cleanup(close_fd) =
		S_ISDIR(st.st_mode) ? mount_fs("tmpfs", MOUNT_ATTR_RDONLY) : masks_null();
	return cover < 0 ? cover : mount_api_move(cover, path, "");
}

static int masks_protect(int path)
{
	struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
	int err;

	int copy cleanup(close_fd) = mount_api_clone(path, "", true);
	if (copy < 0)
		return copy;
	err = mount_api_change(copy, "", 0, &readonly);
	return err ? err : mount_api_move(copy, path, "");
}

static int masks_each(int root, const char **paths, size_t n, int (*fn)(int path), const char *list,
		      struct fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		int fd cleanup(close_fd) = masks_open(root, paths[i]);
		int err = fd;

		if (fd == -ENOENT)
			continue;
		if (fd >= 0)
			err = fn(fd);
		if (err < 0)
			return fault_set(fault, err, "%s: %s: %m", list, paths[i]);
	}
	return 0;
}

int masks_apply(int root, const struct oci_config *config, struct fault *fault)
{
	int err = masks_each(root, config->masked_paths, config->n_masked_paths, masks_hide,
			     "linux.maskedPaths", fault);

	if (err)
		return err;
	return masks_each(root, config->readonly_paths, config->n_readonly_paths, masks_protect,
			  "linux.readonlyPaths", fault);
}
