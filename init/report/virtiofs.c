// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/kind.h"
#include "init/report/send.h"
#include "init/source/virtiofs.h"

static int report_virtiofs_check(const char *where)
{
	return strchr(where, '/') > where ? 0 : -EINVAL;
}

/*
 * The share is the host's, and anything may be in it: the path is resolved inside of it, and only a
 * regular file is opened.
 */
static int report_virtiofs_open_file(int share, const char *path)
{
	struct stat st;
	int err = root_stat(share, &st, "%s", path), fd;

	if (err && err != -ENOENT)
		return err;
	if (!err && !S_ISREG(st.st_mode))
		return -EINVAL;
	/* openat2(2) refuses a mode without O_CREAT. */
	fd = err ? root_open(share, O_WRONLY | O_NONBLOCK | O_CREAT | O_EXCL, 0644, "%s", path)
		 : root_open(share, O_WRONLY | O_NONBLOCK, 0, "%s", path);
	if (fd < 0)
		return fd;
	err = fstat(fd, &st) || ftruncate(fd, 0) ? -errno : 0;
	if (!err && !S_ISREG(st.st_mode))
		err = -EINVAL;
	if (err)
		fd_close(&fd);
	return err ? err : fd;
}

static int report_virtiofs_open(int root, const char *where)
{
	char dir[VIRTIOFS_DIR_MAX], tag[VIRTIOFS_TAG_MAX];
	size_t n = strcspn(where, "/");
	struct fault fault;
	int err = str_printf(tag, sizeof(tag), "%.*s", (int)n, where);

	if (err || !where[n])
		return -EINVAL;
	err = virtiofs_mount(root, tag, dir, &fault);
	if (err)
		return err;
	int share cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", dir);
	return share < 0 ? share : report_virtiofs_open_file(share, where + n);
}

static int report_virtiofs_deliver(int fd, const char *where, const char *text)
{
	(void)where;
	return send_text(fd, text);
}

const struct report_kind report_virtiofs = {
	.prefix = "virtiofs:",
	.form = "virtiofs:TAG/path",
	.modules = virtiofs_modules,
	.check = report_virtiofs_check,
	.blocks = true,
	.open = report_virtiofs_open,
	.deliver = report_virtiofs_deliver,
};
