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

/* Open @path below @root. Return: descriptor, -ENOENT if there is no such file, or -errno. */
static int masks_open(int root, const char *path)
{
	int fd = root_open(root, O_PATH, 0, "%s", path);

	return fd == -ENOTDIR ? -ENOENT : fd;
}

/* Cover @path by a mount, made read-only. */
static int masks_cover(int path, int mount)
{
	struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
	int err = mount_api_change(mount, "", 0, &readonly);

	return err ? err : mount_api_move(mount, path, "");
}

/* Read-only matters for /dev/null too: the container could change the mode of the guest's. */
static int masks_hide(int path)
{
	struct stat st;

	if (fstat(path, &st))
		return -errno;
	int cover cleanup(fd_close) = S_ISDIR(st.st_mode)
					      ? mount_fs("tmpfs")
					      : mount_api_clone(AT_FDCWD, "/dev/null", false);
	return cover < 0 ? cover : masks_cover(path, cover);
}

static int masks_protect(int path)
{
	int copy cleanup(fd_close) = mount_api_clone(path, "", true);

	return copy < 0 ? copy : masks_cover(path, copy);
}

/* Call @fn for each path that exists. @list: the key of the paths, for the fault. */
static int masks_each(int root, const char **paths, size_t n, int (*fn)(int path), const char *list,
		      struct fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		int fd cleanup(fd_close) = masks_open(root, paths[i]);
		int err = fd;

		if (fd == -ENOENT)
			continue;
		if (fd >= 0)
			err = fn(fd);
		if (err < 0)
			return fault_strerror(fault, err, "%s: cannot protect %s", list, paths[i]);
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
