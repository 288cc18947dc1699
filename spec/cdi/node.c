// SPDX-License-Identifier: Apache-2.0
/*
 * What a spec file leaves out of a device node is read from the node. Real producers never write
 * the type, nor a minor number of 0, so every entry depends on it.
 */
#define pr_fmt(fmt) "CDI: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "spec/cdi/spec.h"

/* lstat(2) below the root. */
static int look(int root, const char *path, struct stat *st)
{
	int fd cleanup(close_fd) = root_open(root, O_PATH | O_NOFOLLOW, 0, "%s", path);

	if (fd < 0)
		return fd;
	return fstat(fd, st) ? -errno : 0;
}

static const char *type_of(const struct stat *st)
{
	if (S_ISBLK(st->st_mode))
		return "b";
	if (S_ISCHR(st->st_mode))
		return "c";
	return S_ISFIFO(st->st_mode) ? "p" : NULL;
}

/*
 * Numbers that the node does not have are the driver's of another boot or kernel, and a known
 * cause of GPU containers that do not work: the node's count, where Go takes the declared ones.
 */
static void correct_numbers(const struct cdi_host *host, const char *path, const struct stat *st,
			    struct cdi_live *out)
{
	int64_t major = major(st->st_rdev), minor = minor(st->st_rdev);

	if (host->declared_numbers || (out->major == major && out->minor == minor))
		return;
	pr_warn("%s is %lld:%lld, not %lld:%lld as its spec file says: using the numbers that it has (coldinit.cdi_numbers=declared keeps the file's)",
		path, (long long)major, (long long)minor, (long long)out->major,
		(long long)out->minor);
	out->major = major;
	out->minor = minor;
}

int cdi_fill(struct cdi_host *host, const struct cdi_node *n, struct cdi_live *out,
	     struct fault *fault)
{
	const char *path = *n->host_path ? n->host_path : n->path, *type = NULL;
	bool minimal = *n->type && (n->major || !strcmp(n->type, "p"));
	struct stat st = {0};
	int err = look(host->root, path, &st);

	*out = (struct cdi_live){n->type, n->major, n->minor, n->mode};
	if (!err)
		type = type_of(&st);
	if (!type && minimal)
		return 0;
	if (err == -ENOENT)
		host->missing = path;
	if (err)
		return fault_set(fault, err, "CDI device node %.300s: %m", path);
	if (!type)
		return fault_set(
			fault, -EINVAL,
			"CDI device node %.300s: neither a block nor a character device nor a FIFO",
			path);
	if (!out->mode.given)
		out->mode = (struct cdi_number){true, st.st_mode & 0777};
	if (!*n->type)
		out->type = type;
	else if (strcmp(type, n->type) != 0 && !minimal)
		return fault_set(
			fault, -EINVAL,
			"CDI device node %.300s: type mismatch: \"%s\" is declared, the node is \"%s\"",
			path, n->type, type);
	if (!strcmp(type, "p") || strcmp(type, out->type) != 0)
		return 0;
	if (n->major) {
		correct_numbers(host, path, &st, out);
	} else {
		out->major = major(st.st_rdev);
		out->minor = minor(st.st_rdev);
	}
	return 0;
}
