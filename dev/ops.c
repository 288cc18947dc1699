// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dev/ops.h"
#include "dev/pci.h"
#include "init/lib/child.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"

static int ops_write(int root, const char *path, const char *text)
{
	return root_write(root, text, "%s", path);
}

static int ops_probe(int root, int *fd, const char *function)
{
	if (*fd < 0)
		*fd = root_open(root, O_WRONLY, 0, PCI_DRIVERS_PROBE);
	return *fd < 0 ? *fd : fd_write(*fd, function);
}

static pid_t ops_write_async(int root, const char *path, const char *text)
{
	pid_t pid = child_fork("coldinit-write", CHILD_HELPER);

	if (pid == 0)
		_exit(-ops_write(root, path, text));
	return pid;
}

#ifdef CONFIG_VFIO_TRY

static int ops_call(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) ? -errno : 0;
}

/* The first calls of every program that uses VFIO; the end of the process undoes them. */
static int ops_use_group(int root, const char *path)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int group cleanup(fd_close) = root_open(root, O_RDWR, 0, "%s", path);
	int container cleanup(fd_close) = root_open(root, O_RDWR, 0, "dev/vfio/vfio");
	int err = group < 0 ? group : container < 0 ? container : 0;

	if (!err)
		err = ops_call(group, VFIO_GROUP_GET_STATUS, &status);
	if (!err && !(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		err = VFIO_TRY_NOT_VIABLE;
	if (!err)
		err = ops_call(group, VFIO_GROUP_SET_CONTAINER, &container);
	if (!err && ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		err = -errno;
	return err;
}

static pid_t ops_try_group(int root, const char *path)
{
	pid_t pid = child_fork("coldinit-vfio", CHILD_HELPER);

	if (pid == 0)
		_exit(-ops_use_group(root, path));
	return pid;
}

#endif

/* Return: 0 if the node exists, -EEXIST if something else has its name, else -errno. */
static int ops_has_node(int root, const char *path, mode_t mode, dev_t number)
{
	struct stat st;
	int err = root_lstat(root, &st, "%s", path);

	if (err)
		return err;
	return (st.st_mode & S_IFMT) == (mode & S_IFMT) && st.st_rdev == number ? 0 : -EEXIST;
}

static int ops_mknod(int root, const char *path, mode_t mode, uint32_t major, uint32_t minor)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	dev_t number = makedev(major, minor);
	char parent[PATH_MAX];
	int err;

	err = ops_has_node(root, path, mode, number);
	if (err != -ENOENT) /* usually devtmpfs has made it */
		return err;
	err = str_printf(parent, sizeof(parent), "%.*s", (int)(name - path), path);
	if (err)
		return err;
	int dir cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", parent);
	if (dir == -ENOENT) {
		err = tree_mkdir(root, parent);
		dir = err ? err : root_open(root, O_PATH | O_DIRECTORY, 0, "%s", parent);
	}
	if (dir < 0)
		return dir;
	if (!mknodat(dir, name, mode, number))
		return 0;
	/* devtmpfs may have made it just now. */
	return errno == EEXIST ? ops_has_node(root, path, mode, number) : -errno;
}

const struct dev_ops dev_ops_live = {
	.write = ops_write,
	.probe = ops_probe,
	.write_async = ops_write_async,
#ifdef CONFIG_VFIO_TRY
	.try_group = ops_try_group,
#endif
	.mknod = ops_mknod,
};
