// SPDX-License-Identifier: Apache-2.0
/* virtio-fs shares: as storages, and as the SOURCE of a manifest or a bundle. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/storage/storage.h"
#include "init/storage/mount.h"
#include "init/tree.h"

/* Collect the tags that the kernel knows (6.9 and later tell them in sysfs). */
static int add_tag(const char *name, void *arg)
{
	struct {
		int root;
		char *text;
		size_t size;
	} *tags = arg;
	char tag[64];
	size_t n = strlen(tags->text);

	if (root_read(tags->root, tag, sizeof(tag), "sys/fs/virtiofs/%s/tag", name) > 0)
		snprintf(tags->text + n, tags->size - n, "%s%s", n ? ", " : "", tag);
	return 0;
}

static int no_share(int root, const char *tag, int err, struct fault *f)
{
	char text[200] = "";
	struct {
		int root;
		char *text;
		size_t size;
	} tags = {root, text, sizeof(text)};

	if (err == -ENODEV)
		return fault_set(
			f, err,
			"the guest kernel has no virtiofs (is the module in the initramfs?)");
	fault_set(f, err,
		  "cannot mount virtio-fs share \"%s\": %m; is there a vhost-user-fs device "
		  "with that tag?",
		  tag);
	if (root_each(root, add_tag, &tags, "sys/fs/virtiofs") == 0) {
		fault_expected(f, "tag %s", tag);
		fault_found(f, "%s", *text ? text : "no share at all");
	}
	return err;
}

int storage_virtiofs(int root, const char *tag, char dir[STORAGE_PATH_MAX], struct fault *f)
{
	int err = str_printf(dir, STORAGE_PATH_MAX, STORAGE_RUN_DIR "virtiofs/%s", tag);

	if (err || !strcmp(tag, ".") || !strcmp(tag, ".."))
		return fault_set(f, -EINVAL, "\"%s\" is no usable virtio-fs tag", tag);
	if (root_exists(root, "%s", dir))
		return 0;
	err = tree_mkdir(root, dir);
	if (err)
		return fault_set(f, err, "cannot make %s: %m", dir);
	if (mount(tag, dir, "virtiofs", 0, NULL)) {
		err = -errno;
		rmdir(dir);
		return no_share(root, tag, err, f);
	}
	return 0;
}

#ifdef CONFIG_STORAGES

static int mount_share(const struct storage_job *job, struct fault *f)
{
	int err = storage_mount_fs(job, job->storage->source, job->options.data);

	return err ? no_share(job->root, job->storage->source, err, f) : 0;
}

const struct storage_driver storage_driver_virtiofs = {
	.name = "virtio-fs",
	.fstype = "virtiofs",
	.mount = mount_share,
};

#endif
