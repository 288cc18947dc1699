// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/container/mount_options.h"
#include "init/container/nodes_private.h"
#include "init/container/rootfs_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* A hostile config.json must not fill the log. */
#define WARNINGS_MAX 16

static const struct oci_device defaults[] = {
	{"/dev/null", 'c', 1, 3, 0666, 0, 0},	{"/dev/zero", 'c', 1, 5, 0666, 0, 0},
	{"/dev/full", 'c', 1, 7, 0666, 0, 0},	{"/dev/tty", 'c', 5, 0, 0666, 0, 0},
	{"/dev/random", 'c', 1, 8, 0666, 0, 0}, {"/dev/urandom", 'c', 1, 9, 0666, 0, 0},
};

static const struct {
	const char *name, *target;
} links[] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"},	     {"ptmx", "pts/ptmx"},
};

static mode_t nodes_type(const struct oci_device *d)
{
	return d->type == 'b' ? S_IFBLK : d->type == 'p' ? S_IFIFO : S_IFCHR;
}

/*
 * struct nodes - nodes that are made one after the other, most of them in the same directory
 * @dir: descriptor of the directory of the last one, -1 for none
 * @gid: its group, which new files in it may inherit
 * @path: its path, "" for the root
 * @warnings: how many nodes were not made
 */
struct nodes {
	int root;
	const struct oci_config *config;
	int dir;
	unsigned warnings;
	gid_t gid;
	char path[PATH_MAX];
};

static void nodes_close(struct nodes *n)
{
	fd_close(&n->dir);
}

/* Set the owner of a new node, which is the container's root so far (userns_own()). */
static int nodes_own(const struct nodes *n, const char *name, const struct oci_device *d)
{
	if (d->uid == n->config->root_uid && d->gid == n->config->root_gid && n->gid == d->gid)
		return 0;
	return fchownat(n->dir, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

/* Make @name in the directory. Return: 0, also if the node exists; -EEXIST for another file; -errno. */
static int nodes_make_at(const struct nodes *n, const char *name, const struct oci_device *d)
{
	dev_t number = d->type == 'p' ? 0 : makedev(d->major, d->minor);
	struct stat st;

	if (!mknodat(n->dir, name, nodes_type(d) | (d->mode & 07777), number))
		return nodes_own(n, name, d);
	if (errno != EEXIST)
		return -errno;
	if (fstatat(n->dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return (st.st_mode & S_IFMT) == nodes_type(d) && st.st_rdev == number ? 0 : -EEXIST;
}

/* Go to the directory of a path, of which the first @len bytes are it. Make it if it is missing. */
static int nodes_go(struct nodes *n, const char *path, size_t len)
{
	struct stat st;

	if (n->dir >= 0 && !strncmp(n->path, path, len) && !n->path[len])
		return 0;
	fd_close(&n->dir);
	if (len >= sizeof(n->path))
		return -ENAMETOOLONG;
	memcpy(n->path, path, len);
	n->path[len] = '\0';
	n->dir = rootfs_ensure(n->root, len ? n->path : "/", S_IFDIR, 0);
	if (n->dir < 0)
		return n->dir;
	if (fstat(n->dir, &st))
		return -errno;
	n->gid = st.st_gid;
	return 0;
}

/* Make a node at its path, and the missing directories on the way. */
static int nodes_make_device(struct nodes *n, const struct oci_device *d)
{
	const char *name = strrchr(d->path, '/');
	int err;

	if (!name || !name[1])
		return -EINVAL;
	err = nodes_go(n, d->path, (size_t)(name - d->path));
	return err ? err : nodes_make_at(n, name + 1, d);
}

/* Return: true if the config mounts a directory of the guest on /dev. */
static bool nodes_dev_is_bound(const struct oci_config *config)
{
	for (size_t i = 0; i < config->n_mounts; i++)
		if (!strcmp(config->mounts[i].destination, "/dev") &&
		    mount_options_kind(&config->mounts[i]) != MOUNT_NEW)
			return true;
	return false;
}

static int nodes_fault(struct fault *fault, int err, const char *path)
{
	return fault_set(fault, err, "cannot make the device node %s: %s", path,
			 err == -EEXIST ? "another file is there" : strerror(-err));
}

static int nodes_make_links(int dev)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		const char *name = links[i].name;

		if (!symlinkat(links[i].target, dev, name))
			continue;
		if (errno != EEXIST)
			return -errno;
		/* A ptmx of the image may belong to another devpts than the container's. */
		if (!strcmp(name, "ptmx") &&
		    (unlinkat(dev, name, 0) || symlinkat(links[i].target, dev, name)))
			return -errno;
	}
	return 0;
}

/* As with other runtimes, a mount at a device's path stays, and so does the first of two entries. */
static bool nodes_pass_over(struct nodes *n, size_t i, const struct fault *fault)
{
	const struct oci_config *c = n->config;
	const char *path = c->devices[i].path;
	size_t k = 0;

	while (k < i && strcmp(c->devices[k].path, path) != 0)
		k++;
	for (size_t m = 0; k == i && m < c->n_mounts; m++)
		k += !strcmp(c->mounts[m].destination, path);
	if (k != i && n->warnings++ < WARNINGS_MAX)
		pr_warn("%s", fault->text);
	return k != i;
}

int nodes_make(int root, const struct oci_config *config, struct fault *fault)
{
	struct nodes nodes cleanup(nodes_close) = {.root = root, .config = config, .dir = -1};
	int err;

	for (size_t i = 0; i < config->n_devices; i++) {
		err = nodes_make_device(&nodes, &config->devices[i]);
		if (!err)
			continue;
		nodes_fault(fault, err, config->devices[i].path);
		if (err != -EEXIST || !nodes_pass_over(&nodes, i, fault))
			return err;
	}
	if (nodes_dev_is_bound(config))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		struct oci_device d = defaults[i];

		d.uid = config->root_uid;
		d.gid = config->root_gid;
		err = nodes_make_device(&nodes, &d);
		/* A file of the image or of a mount stays. */
		if (err && err != -EEXIST)
			return nodes_fault(fault, err, defaults[i].path);
	}
	err = nodes_go(&nodes, "/dev", strlen("/dev"));
	if (!err)
		err = nodes_make_links(nodes.dir);
	return err ? fault_strerror(fault, err, "cannot make the links in /dev") : 0;
}
