// SPDX-License-Identifier: Apache-2.0
/*
 * What a spec file does not say about a device node comes from the node itself. Real producers
 * never write the type, nor a minor number of 0, so every entry needs its node.
 */
#define pr_fmt(fmt) "CDI: " fmt

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "spec/cdi/spec.h"

/* Return: the type as CDI writes it, NULL if it is not a device node. */
static const char *cdi_node_type(const struct stat *st)
{
	if (S_ISBLK(st->st_mode))
		return "b";
	if (S_ISCHR(st->st_mode))
		return "c";
	return S_ISFIFO(st->st_mode) ? "p" : NULL;
}

/*
 * Declared numbers that the node does not have are from another boot or kernel. They are a known
 * cause of GPU containers that do not work, so use the node's. Go uses the declared ones.
 */
static void cdi_node_correct(const struct cdi_host *host, const char *path, const struct stat *st,
			     struct cdi_live *out)
{
	int64_t major = major(st->st_rdev), minor = minor(st->st_rdev);

	if (host->declared_numbers || (out->major == major && out->minor == minor))
		return;
	pr_warn("%s has the numbers %lld:%lld, but its spec file says %lld:%lld: using the node's numbers (coldinit.cdi_numbers=declared keeps the file's)",
		path, (long long)major, (long long)minor, (long long)out->major,
		(long long)out->minor);
	out->major = major;
	out->minor = minor;
}

int cdi_node_fill(struct cdi_host *host, const struct cdi_node *node, struct cdi_live *out,
		  struct fault *fault)
{
	const char *path = *node->host_path ? node->host_path : node->path, *type = NULL;
	bool minimal = *node->type && (node->major || !strcmp(node->type, "p"));
	struct stat st = {0};
	int err = host->lstat ? host->lstat(host->root, path, &st)
			      : root_lstat(host->root, &st, "%s", path);

	*out = (struct cdi_live){node->type, node->major, node->minor, node->mode};
	if (!err)
		type = cdi_node_type(&st);
	if (!type && minimal)
		return 0;
	if (err == -ENOTDIR)
		err = -ENOENT;
	if (err == -ENOENT)
		host->missing = path;
	else if (err)
		host->unsure = true;
	if (err)
		return fault_strerror(fault, err, "CDI device node %.300s", path);
	if (!type)
		return fault_set(
			fault, -EINVAL,
			"CDI device node %.300s: neither a block nor a character device nor a FIFO",
			path);
	if (!out->mode.given)
		out->mode = (struct cdi_number){true, st.st_mode & 0777};
	if (!*node->type)
		out->type = type;
	else if (strcmp(type, node->type) != 0 && !minimal)
		return fault_set(
			fault, -EINVAL,
			"CDI device node %.300s: type mismatch: \"%s\" is declared, the node is \"%s\"",
			path, node->type, type);
	if (!strcmp(type, "p") || strcmp(type, out->type) != 0)
		return 0;
	if (node->major) {
		cdi_node_correct(host, path, &st, out);
	} else {
		out->major = major(st.st_rdev);
		out->minor = minor(st.st_rdev);
	}
	return 0;
}
