// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "bundle: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/bundle/bundle.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/source/source.h"
#include "init/storage/storage.h"

static int bundle_set_path(struct bundle *out, const char *path, struct fault *fault)
{
	int err = str_copy(out->path, sizeof(out->path), path);

	return err ? fault_set(fault, err, "the bundle's path is too long") : 0;
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

	if (dir == -ENOENT)
		return fault_set(
			fault, dir,
			"no bundle: the initramfs has no directory /%s; append a cpio that has it, or name a bundle with coldinit.bundle=",
			path);
	if (dir < 0)
		return fault_set(fault, dir, "cannot open the bundle /%s of the initramfs: %m",
				 path);
	err = tree_mkdir(root, BUNDLE_DIR);
	if (!err && mount(fd_path(dir).s, BUNDLE_DIR, NULL, MS_BIND, NULL))
		err = -errno;
	if (err)
		return fault_set(fault, err, "cannot mount the bundle /%s of the initramfs: %m",
				 path);
	out->in_initramfs = true;
	return bundle_set_path(out, BUNDLE_DIR, fault);
}

static int bundle_from_virtiofs(int root, const struct source *s, struct bundle *out,
				struct fault *fault)
{
	char dir[VIRTIOFS_DIR_MAX];
	int err = virtiofs_mount(root, s->tag, dir, fault);

	if (err)
		return err;
	err = str_printf(out->path, sizeof(out->path), "%s/%s", dir, s->rest);
	return err ? fault_set(fault, err, "the bundle's path is too long") : 0;
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

static int bundle_from_source(int initrd, int root, const char *word, struct bundle *out,
			      struct fault *fault)
{
	struct source s;
	int err;

	if (*word == '/')
		return bundle_set_path(out, word, fault);
	err = bundle_parse(word, &s, fault);
	if (err)
		return err;
	/* request_read_manifest() has added its storages; they are mounted already. */
	if (s.type->kind == SOURCE_BLOCK)
		return bundle_set_path(out, BUNDLE_DIR, fault);
	if (s.type->kind == SOURCE_VIRTIOFS)
		return bundle_from_virtiofs(root, &s, out, fault);
	return bundle_from_initrd(initrd, root, s.rest, out, fault);
}

int bundle_open(int initrd, int root, const struct request *request, const struct found *found,
		struct bundle *out, struct fault *fault)
{
	const struct manifest *m = &request->manifest;
	int err = 0;

	for (size_t i = 0; i < m->n_storages && !err; i++) {
		size_t at = request->storage_device[i];
		const struct device_result *disk =
			at == REQUEST_NO_DEVICE ? NULL : &found->devices[at];

		err = storage_mount(root, &m->storages[i], disk, fault);
	}
	return err ? err : bundle_from_source(initrd, root, request->bundle, out, fault);
}

ssize_t bundle_read_config(int root, const struct bundle *bundle, char **text, struct fault *fault)
{
	ssize_t n = root_read_all(root, text, OCI_CONFIG_MAX, "%s/config.json", bundle->path);

	if (n == -EFBIG)
		return fault_set(fault, -EFBIG, "%s/config.json is larger than %d bytes",
				 bundle->path, OCI_CONFIG_MAX);
	if (n < 0)
		return fault_set(fault, (int)n,
				 "cannot read %s/config.json: %m (is the bundle there?)",
				 bundle->path);
	return n;
}

int bundle_find_root(int root, const char *path, struct bundle *bundle, struct fault *fault)
{
	int base cleanup(fd_close) = -1, dir cleanup(fd_close) = -1;
	ssize_t n;

	base = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", *path == '/' ? "/" : bundle->path);
	if (base < 0)
		return fault_set(fault, base, "cannot open bundle %s: %m", bundle->path);
	dir = root_open(base, O_PATH | O_DIRECTORY, 0, "%s", path);
	if (dir < 0)
		return fault_set(fault, dir,
				 "config.json: /root/path: cannot open \"%s\" of bundle %s: %m",
				 path, bundle->path);
	n = fd_readlink(AT_FDCWD, fd_path(dir).s, bundle->rootfs, sizeof(bundle->rootfs));
	if (n < 0)
		return fault_set(fault, -ENAMETOOLONG,
				 "config.json: /root/path: the path in the guest is too long");
	if (!strcmp(bundle->rootfs, "/"))
		return fault_set(
			fault, -EINVAL,
			"config.json: /root/path: the container's root is the guest's own; name a directory of the bundle");
	return 0;
}
