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

const char *const virtiofs_modules[] = {"virtiofs", NULL};

/* The tags that the guest has, separated by commas. */
struct virtiofs_tags {
	int root;
	char text[200];
};

/* Add a tag. The kernel shows them since 6.9 (Documentation/ABI/testing/sysfs-fs-virtiofs). */
static int virtiofs_add_tag(const char *name, void *arg)
{
	struct virtiofs_tags *tags = arg;
	char tag[64];
	size_t n = strlen(tags->text);

	if (root_read(tags->root, tag, sizeof(tag), "sys/fs/virtiofs/%s/tag", name) > 0)
		snprintf(tags->text + n, sizeof(tags->text) - n, "%s%s", n ? ", " : "", tag);
	return 0;
}

int virtiofs_fault(int root, const char *tag, int err, struct fault *fault)
{
	struct virtiofs_tags tags = {.root = root};

	if (err == -ENODEV)
		return fault_set(
			fault, err,
			"the guest kernel has no virtiofs (is the module in the initramfs?)");
	fault_set(
		fault, err,
		"cannot mount virtio-fs share \"%s\": %m; is there a vhost-user-fs device with that tag?",
		tag);
	if (root_each(root, virtiofs_add_tag, &tags, "sys/fs/virtiofs") == 0) {
		fault_expected(fault, "tag %s", tag);
		fault_found(fault, "%s", *tags.text ? tags.text : "no share at all");
	}
	return err;
}

int virtiofs_mount(int root, const char *tag, char dir[VIRTIOFS_DIR_MAX], struct fault *fault)
{
	int err = str_printf(dir, VIRTIOFS_DIR_MAX, "/run/coldinit/virtiofs/%s", tag);

	if (err || !strcmp(tag, ".") || !strcmp(tag, ".."))
		return fault_set(fault, -EINVAL, "\"%s\" is not a usable virtio-fs tag", tag);
	err = root_look(root, fault, "%s", dir);
	if (err)
		return err < 0 ? err : 0;
	err = tree_mkdir(root, dir);
	if (err)
		return fault_strerror(fault, err, "cannot make %s", dir);
	if (mount(tag, dir, "virtiofs", MS_NOSUID | MS_NODEV, NULL)) {
		err = -errno;
		rmdir(dir);
		return virtiofs_fault(root, tag, err, fault);
	}
	return 0;
}
