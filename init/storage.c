// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/storage.h"
#include "init/tree.h"

#define RUN_DIR "/run/coldinit/"

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
	int err = str_printf(dir, STORAGE_PATH_MAX, RUN_DIR "virtiofs/%s", tag);

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

static int mount_flags(const struct storage *s, unsigned long *flags, struct fault *f)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} known[] = {{"ro", MS_RDONLY},	       {"rw", 0},
		     {"nosuid", MS_NOSUID},    {"nodev", MS_NODEV},
		     {"noexec", MS_NOEXEC},    {"noatime", MS_NOATIME},
		     {"relatime", MS_RELATIME}};

	*flags = 0;
	for (size_t i = 0; i < s->n_options; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(known) && strcmp(known[k].name, s->options[i]) != 0)
			k++;
		if (k == ARRAY_SIZE(known))
			return fault_set(f, -ENOTSUP, "storage %s: unknown mount option \"%s\"",
					 s->mount_point, s->options[i]);
		*flags |= known[k].flag;
	}
	return 0;
}

int storage_mount(int root, const struct storage *s, struct fault *f)
{
	unsigned long flags;
	int err;

	if (strcmp(s->driver, "virtio-fs") != 0)
		return fault_set(f, -ENOTSUP,
				 "storage %s: driver \"%s\" is not supported by this build; "
				 "virtio-fs is",
				 s->mount_point, s->driver);
	if (*s->fstype && strcmp(s->fstype, "virtiofs") != 0)
		return fault_set(f, -EINVAL,
				 "storage %s: driver virtio-fs needs fstype virtiofs, found \"%s\"",
				 s->mount_point, s->fstype);
	err = mount_flags(s, &flags, f);
	if (err)
		return err;
	err = tree_mkdir(root, s->mount_point);
	if (err)
		return fault_set(f, err, "storage: cannot make mount point %s: %m", s->mount_point);
	if (mount(s->source, s->mount_point, "virtiofs", flags, NULL))
		return no_share(root, s->source, -errno, f);
	return 0;
}

void storage_unmount_all(void)
{
	char *mounts cleanup(free_ptr) = NULL, *line, *at, *end;

	if (root_read_all(AT_FDCWD, &mounts, 1024 * 1024, "/proc/self/mounts") < 0)
		return;
	/* "source target type ...", last mounted last; blanks in a target stand as \040. */
	while ((line = strrchr(mounts, '\n'))) {
		*line = '\0';
		line = strrchr(mounts, '\n');
		at = strchr(line ? line : mounts, ' ');
		end = at ? strchr(++at, ' ') : NULL;
		if (!end)
			continue;
		*end = '\0';
		if (str_starts(at, RUN_DIR))
			umount2(at, UMOUNT_NOFOLLOW);
		*end = ' ';
	}
}
