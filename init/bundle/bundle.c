// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "bundle: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/bundle/bundle.h"
#include "init/lib/log.h"
#include "init/lib/names.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/lib/walk.h"
#include "init/source/source.h"
#include "init/storage/storage.h"

/* Keep the bundle at a path. @dir: its directory, which is @out's then, or -errno */
static int bundle_keep(struct bundle *out, const char *path, int dir, struct fault *fault)
{
	out->path = path;
	out->dir = dir;
	return dir < 0 ? fault_strerror(fault, dir, "cannot open the bundle %s", path) : 0;
}

/* Keep the bundle at a path of the guest. */
static int bundle_keep_path(int root, struct bundle *out, const char *path, struct fault *fault)
{
	return bundle_keep(out, path, walk_open(root, path), fault);
}

/* Keep the bundle where PID 1 has mounted it: nobody else can put a link on the way. */
static int bundle_keep_own(int root, struct bundle *out, struct fault *fault)
{
	int dir = root_open(root, O_PATH | O_DIRECTORY, 0, BUNDLE_DIR);

	return bundle_keep(out, BUNDLE_DIR, dir, fault);
}

/*
 * Leave the bundle where it is in the initramfs and bind-mount it: a copy would need the size of
 * the image once more, in time and in memory. leave_initramfs() removes the rest.
 */
static int bundle_from_initrd(int initrd, int root, const char *path, struct bundle *out,
			      struct fault *fault)
{
	int dir cleanup(fd_close) = root_open(initrd, O_PATH | O_DIRECTORY, 0, "%s", path);
	int err;

	if (dir == -ENOENT) {
		fault_set(
			fault, dir,
			"no bundle: the initramfs has no directory /%s; append a cpio that has it, or name a bundle with coldinit.bundle=",
			path);
		names_add(fault, initrd, path, "");
		return dir;
	}
	if (dir < 0)
		return fault_strerror(fault, dir, "cannot open the bundle /%s of the initramfs",
				      path);
	err = tree_mkdir(root, BUNDLE_DIR);
	if (!err && mount(fd_path(dir).s, BUNDLE_DIR, NULL, MS_BIND, NULL))
		err = -errno;
	if (err)
		return fault_strerror(fault, err, "cannot mount the bundle /%s of the initramfs",
				      path);
	out->in_initramfs = true;
	return bundle_keep_own(root, out, fault);
}

static int bundle_from_virtiofs(struct arena *arena, int root, const struct source *s,
				struct bundle *out, struct fault *fault)
{
	char dir[VIRTIOFS_DIR_MAX], *path;
	int err = virtiofs_mount(root, s->tag, dir, fault);

	if (err)
		return err;
	path = arena_printf(arena, "%s/%s", dir, s->rest);
	return path ? bundle_keep_path(root, out, path, fault) : fault_oom(fault);
}

static int bundle_parse(const char *word, struct source *out, struct fault *fault)
{
	int err = source_parse(word, out, fault);

	if (err)
		return fault_prefix(fault, err, "bundle");
	if (!out->type->bundle)
		return fault_set(fault, -EINVAL, "a bundle is a directory: %.100s cannot be one",
				 word);
	return 0;
}

int bundle_check(const struct request *request, struct fault *fault)
{
	struct source ignored;

	return *request->bundle == '/' ? 0 : bundle_parse(request->bundle, &ignored, fault);
}

static int bundle_from_source(struct arena *arena, int initrd, int root, const char *word,
			      struct bundle *out, struct fault *fault)
{
	struct source s;
	int err;

	if (*word == '/')
		return bundle_keep_path(root, out, word, fault);
	err = bundle_parse(word, &s, fault);
	if (err)
		return err;
	/* request_read_manifest() has added its storages; they are mounted already. */
	if (s.type->kind == SOURCE_BLOCK)
		return bundle_keep_own(root, out, fault);
	if (source_is_share(&s))
		return bundle_from_virtiofs(arena, root, &s, out, fault);
	return bundle_from_initrd(initrd, root, s.rest, out, fault);
}

int bundle_open(struct arena *arena, int initrd, int root, const struct request *request,
		const struct found *found, struct bundle *out, struct fault *fault)
{
	const struct manifest *m = &request->manifest;
	int err = 0;

	out->in_initramfs = false;
	for (size_t i = 0; i < m->n_storages && !err; i++) {
		size_t at = request->storage_device[i];

		if (found->mounted && found->mounted[i])
			continue;
		const struct device_result *disk =
			at == REQUEST_NO_DEVICE ? NULL : &found->devices[at];

		err = storage_mount(root, &m->storages[i], disk, fault);
	}
	return err ? err : bundle_from_source(arena, initrd, root, request->bundle, out, fault);
}

ssize_t bundle_read_config(const struct bundle *bundle, char **text, struct fault *fault)
{
	ssize_t n = root_read_all(bundle->dir, text, OCI_CONFIG_MAX, "config.json");

	if (n == -EFBIG)
		return fault_set(fault, -EFBIG, "%s/config.json is larger than %d bytes",
				 bundle->path, OCI_CONFIG_MAX);
	if (n == -EINVAL)
		return fault_set(fault, -EINVAL, "%s/config.json is not a regular file",
				 bundle->path);
	if (n == -ENODATA)
		return fault_set(fault, -ENODATA,
				 "cannot read %s/config.json: %m (it ends before its size)",
				 bundle->path);
	if (n < 0)
		fault_strerror(fault, (int)n, "cannot read config.json of the bundle %s",
			       bundle->path);
	if (n == -ENOENT)
		names_add(fault, bundle->dir, "config.json", bundle->path);
	return n;
}

/* Find out whether a directory is the guest's root. Return: 0, -ENOTDIR or another -errno. */
static int bundle_is_guests_root(int root, int dir, bool *is)
{
	struct stat top, st;

	if (fstat(root, &top) || fstat(dir, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*is = top.st_dev == st.st_dev && top.st_ino == st.st_ino;
	return 0;
}

/* Engines write the path of their storage on the host. Return: descriptor or -errno. */
static int bundle_open_root(int root, const char *path, const struct bundle *bundle)
{
	int dir, err;

	if (*path != '/')
		return root_open(bundle->dir, O_PATH, 0, "%s", path);
	err = dir = walk_open(root, path);
	if (err == -ENOENT)
		dir = root_open(bundle->dir, O_PATH | O_DIRECTORY, 0, "rootfs");
	if (err != -ENOENT || dir < 0)
		return err;
	pr_warn("/root/path: %s is not in the guest: the bundle's directory \"rootfs\" is used",
		path);
	return dir;
}

int bundle_find_root(int root, const char *path, const struct bundle *bundle, struct fault *fault)
{
	bool guests = false;
	int err;

	int dir cleanup(fd_close) = bundle_open_root(root, path, bundle);
	err = dir < 0 ? dir : bundle_is_guests_root(root, dir, &guests);
	if (err) {
		fault_strerror(fault, err,
			       "config.json: /root/path: cannot open \"%s\" of bundle %s", path,
			       bundle->path);
		if (err == -ENOENT && *path != '/')
			names_add(fault, bundle->dir, path, bundle->path);
		return err;
	}
	if (guests)
		return fault_set(
			fault, -EINVAL,
			"config.json: /root/path: the container's root is the guest's own; name a directory of the bundle");
	return fd_take(&dir);
}
