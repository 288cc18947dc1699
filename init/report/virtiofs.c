// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/kind.h"
#include "init/report/send.h"
#include "init/source/virtiofs.h"

static int report_virtiofs_check(const char *where)
{
	return strchr(where, '/') > where ? 0 : -EINVAL;
}

static int report_virtiofs_deliver(int root, const char *where, const char *text)
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
	int fd cleanup(close_fd) =
		root_open(root, O_WRONLY | O_CREAT | O_TRUNC, 0644, "%s%s", dir, where + n);
	if (fd < 0)
		return fd;
	return send_text(fd, text);
}

const struct report_kind report_virtiofs = {
	.prefix = "virtiofs:",
	.form = "virtiofs:TAG/path",
	.modules = virtiofs_modules,
	.check = report_virtiofs_check,
	.deliver = report_virtiofs_deliver,
};
