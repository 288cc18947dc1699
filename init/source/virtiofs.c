// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/source/virtiofs.h"

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

int virtiofs_fault(int root, const char *tag, int err, struct fault *f)
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
	fault_set(
		f, err,
		"cannot mount virtio-fs share \"%s\": %m; is there a vhost-user-fs device with that tag?",
		tag);
	if (root_each(root, add_tag, &tags, "sys/fs/virtiofs") == 0) {
		fault_expected(f, "tag %s", tag);
		fault_found(f, "%s", *text ? text : "no share at all");
	}
	return err;
}

int virtiofs_mount(int root, const char *tag, char dir[VIRTIOFS_DIR_MAX], struct fault *f)
{
	int err = str_printf(dir, VIRTIOFS_DIR_MAX, "/run/coldinit/virtiofs/%s", tag);

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
		return virtiofs_fault(root, tag, err, f);
	}
	return 0;
}
