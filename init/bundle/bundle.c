// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "bundle: " fmt

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/bundle/bundle.h"
#include "init/bundle/cdi.h"
#include "init/container/mount_options.h"
#include "init/devices/devices.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/source.h"
#include "init/source/virtiofs.h"
#include "init/storage/storage.h"
#include "init/lib/tree.h"

#define DEFAULT_BUNDLE "initrd:/coldinit/bundle"

/*
 * The bundle stays where it is in the initramfs and becomes a mount of its own: a copy would cost
 * an image's size once more, in time and in memory. The rest goes before the container starts.
 */
static int from_initrd(struct boot *b, const struct source *s, struct fault *f)
{
	int dir cleanup(close_fd) = root_open(b->initrd, O_PATH | O_DIRECTORY, 0, "%s", s->rest);
	char link[32];
	int err;

	if (dir == -ENOENT)
		return fault_set(
			f, dir,
			"no bundle: the initramfs has no directory /%s; append a cpio that has it, or name a bundle with coldinit.bundle=",
			s->rest);
	if (dir < 0)
		return fault_set(f, dir, "cannot open the bundle /%s of the initramfs: %m",
				 s->rest);
	err = str_printf(link, sizeof(link), "/proc/self/fd/%d", dir);
	if (!err)
		err = tree_mkdir(b->root, BUNDLE_DIR);
	if (!err && mount(link, BUNDLE_DIR, NULL, MS_BIND, NULL))
		err = -errno;
	if (err)
		return fault_set(f, err, "cannot mount the bundle /%s of the initramfs: %m",
				 s->rest);
	/* An initramfs may take half of the memory, a container all of it. */
	if (mount(NULL, BUNDLE_DIR, NULL, MS_REMOUNT, "size=100%"))
		pr_info("the container's root has the initramfs's limit: %s", strerror(errno));
	return str_copy(b->bundle, sizeof(b->bundle), BUNDLE_DIR);
}

static int from_virtiofs(struct boot *b, const struct source *s, struct fault *f)
{
	char dir[VIRTIOFS_DIR_MAX];
	int err = virtiofs_mount(b->root, s->tag, dir, f);

	if (err)
		return err;
	err = str_printf(b->bundle, sizeof(b->bundle), "%s/%s", dir, s->rest);
	return err ? fault_set(f, err, "the bundle's path is too long") : 0;
}

static int from_source(struct boot *b, const char *text, struct fault *f)
{
	struct source s;
	int err;

	if (*text == '/') {
		err = str_copy(b->bundle, sizeof(b->bundle), text);
		return err ? fault_set(f, err, "the bundle's path is too long") : 0;
	}
	err = source_parse(text, &s, f);
	if (err)
		return fault_prefix(f, err, "bundle");
	if (s.read)
		return fault_set(f, -EINVAL, "a bundle is a directory: %.100s cannot be one", text);
	/* Its storages are mounted already. */
	if (s.kind == SOURCE_BLOCK)
		return str_copy(b->bundle, sizeof(b->bundle), BUNDLE_DIR);
	return s.kind == SOURCE_VIRTIOFS ? from_virtiofs(b, &s, f) : from_initrd(b, &s, f);
}

static const char *bundle_word(const struct boot *b)
{
	if (b->options.bundle)
		return b->options.bundle;
	return *b->manifest.bundle ? b->manifest.bundle : DEFAULT_BUNDLE;
}

int bundle_plan(struct boot *b, struct fault *f)
{
	const char *word = bundle_word(b);
	int err;

	if (!str_starts(word, "block:"))
		return 0;
	err = storage_bundle(b, word + strlen("block:"), f);
	return err ? fault_prefix(f, err, "bundle") : 0;
}

int bundle_open(struct boot *b, struct fault *f)
{
	int err = storage_mount_all(b, f);

	return err ? err : from_source(b, bundle_word(b), f);
}

static int read_config(const struct boot *b, struct oci_document **doc, struct fault *f)
{
	char *text cleanup(free_ptr) = NULL;
	ssize_t n = root_read_all(b->root, &text, OCI_CONFIG_MAX, "%s/config.json", b->bundle);
	int err;

	if (n == -EFBIG)
		return fault_set(f, -EFBIG, "%s/config.json is larger than %d bytes", b->bundle,
				 OCI_CONFIG_MAX);
	if (n < 0)
		return fault_set(f, (int)n, "cannot read %s/config.json: %m (is the bundle there?)",
				 b->bundle);
	err = oci_read(text, (size_t)n, doc, f);
	return err ? fault_prefix(f, err, "%s/config.json", b->bundle) : 0;
}

/* Resolve root.path inside the bundle: whatever links it has, the root is not outside. */
static int find_rootfs(struct boot *b, struct fault *f)
{
	const char *path = b->config.root_path;
	int base cleanup(close_fd) = -1, dir cleanup(close_fd) = -1;
	char link[32];
	ssize_t n;

	base = root_open(b->root, O_PATH | O_DIRECTORY, 0, "%s", *path == '/' ? "/" : b->bundle);
	if (base < 0)
		return fault_set(f, base, "cannot open bundle %s: %m", b->bundle);
	dir = root_open(base, O_PATH | O_DIRECTORY, 0, "%s", path);
	if (dir < 0)
		return fault_set(f, dir,
				 "config.json: /root/path: cannot open \"%s\" of bundle %s: %m",
				 path, b->bundle);
	if (str_printf(link, sizeof(link), "/proc/self/fd/%d", dir))
		return fault_set(f, -EINVAL, "no name for the root directory");
	n = readlink(link, b->rootfs, sizeof(b->rootfs));
	if (n < 0 || (size_t)n >= sizeof(b->rootfs))
		return fault_set(f, -ENAMETOOLONG, "the root's path is too long");
	b->rootfs[n] = '\0';
	if (!strcmp(b->rootfs, "/"))
		return fault_set(
			f, -EINVAL,
			"config.json: /root/path: the container's root is the guest's own; name a directory of the bundle");
	return 0;
}

/* Bind mounts may name their source relative to the bundle (config.md, Mounts). */
static int resolve_sources(struct boot *b, struct fault *f)
{
	for (size_t i = 0; i < b->config.n_mounts; i++) {
		struct oci_mount *m = &b->config.mounts[i];

		if (*m->source == '/' || mount_options_kind(m) == MOUNT_NEW)
			continue;
		m->source = arena_printf(&b->arena, "%s/%s", b->bundle, m->source);
		if (!m->source)
			return fault_oom(f);
	}
	return 0;
}

int bundle_config(struct boot *b, struct fault *f)
{
	struct oci_document *doc cleanup(oci_free_ptr) = NULL;
	int err = read_config(b, &doc, f);

	if (err)
		return err;
	err = devices_patch(b, doc, f);
	if (err)
		return fault_prefix(f, err, "config.json");
	err = cdi_devices(b, doc, f);
	if (err)
		return err;
	err = oci_config(&b->arena, doc, &b->config, f);
	if (err)
		return fault_prefix(f, err, "config.json");
	if (!*b->config.hostname && b->config.namespaces & CLONE_NEWUTS)
		b->config.hostname = b->manifest.hostname;
	b->config.id = *b->manifest.container_id ? b->manifest.container_id : "container";
	b->config.bundle = b->bundle;
	err = resolve_sources(b, f);
	return err ? err : find_rootfs(b, f);
}
