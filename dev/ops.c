// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dev/ops.h"
#include "init/lib/child.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"

static int ops_write(int root, const char *path, const char *text)
{
	return root_write(root, text, "%s", path);
}

static pid_t ops_write_async(int root, const char *path, const char *text)
{
	pid_t pid = child_fork("coldinit-write", CHILD_HELPER);

	if (pid == 0)
		_exit(-ops_write(root, path, text));
	return pid;
}

static int ops_mknod(int root, const char *path, mode_t mode, uint32_t major, uint32_t minor)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	dev_t number = makedev(major, minor);
	char parent[PATH_MAX];
	struct stat st;
	int err;

	err = str_printf(parent, sizeof(parent), "%.*s", (int)(name - path), path);
	if (!err)
		err = tree_mkdir(root, parent);
	if (err)
		return err;
	int dir cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", parent);
	if (dir < 0)
		return dir;
	if (!mknodat(dir, name, mode, number))
		return 0;
	if (errno != EEXIST)
		return -errno;
	/* devtmpfs has usually made it. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return (st.st_mode & S_IFMT) == (mode & S_IFMT) && st.st_rdev == number ? 0 : -EEXIST;
}

const struct dev_ops dev_ops_live = {
	.write = ops_write,
	.write_async = ops_write_async,
	.mknod = ops_mknod,
};
