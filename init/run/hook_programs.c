// SPDX-License-Identifier: Apache-2.0
/* Where the programs of hooks are that run in the guest. */
#define pr_fmt(fmt) "hooks: " fmt

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "init/container/hooks.h"
#include "init/run/guest_hooks.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/tree.h"

/* These run in the container, whose root has their programs. */
static bool in_container(enum oci_hook_point point)
{
	return point == OCI_START_CONTAINER;
}

static bool exists(const struct boot *b, const char *path)
{
	return root_exists(b->root, "%s", path) || root_exists(b->initrd, "%s", path);
}

static int check_list(const struct boot *b, enum oci_hook_point point, struct oci_hook_list *list,
		      struct fault *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct oci_hook *hook = &list->hooks[i];

		if (exists(b, hook->path))
			list->hooks[kept++] = *hook;
		else if (hook->from_cdi)
			return fault_set(
				f, -ENOENT,
				"config.json: /hooks/%s/%zu: %s, which a CDI device asks for, is not in the guest: put it into the initramfs",
				oci_hook_point(point), i, hook->path);
		else
			pr_info("/hooks/%s/%zu: %s is not in the guest, it was the host's: skipped",
				oci_hook_point(point), i, hook->path);
	}
	list->n = kept;
	return 0;
}

int hook_programs_check(struct boot *b, struct fault *f)
{
	int err = 0;

	for (unsigned point = 0; point < OCI_HOOK_POINTS && !err; point++)
		if (!in_container(point))
			err = check_list(b, point, &b->config.hooks[point], f);
	return err;
}

int hook_programs_keep(struct boot *b, struct fault *f)
{
	static const char *const not_needed[] = {"coldinit", "dev", "init", "newroot", "proc",
						 "run",	     "sys", "tmp",  NULL};
	struct stat bundle;
	size_t n = 0;
	int err;

	for (unsigned point = 0; point < OCI_HOOK_POINTS; point++)
		n += !in_container(point) && hooks_any(&b->config, point);
	if (!n)
		return 0;
	int modules cleanup(close_fd) =
		root_open(b->initrd, O_RDONLY | O_DIRECTORY, 0, "lib/modules");
	if (modules >= 0)
		tree_empty(modules, NULL);
	err = tree_merge(b->initrd, b->root, not_needed,
			 root_stat(b->root, &bundle, "%s", b->bundle) ? NULL : &bundle);
	if (err)
		return fault_set(f, err, "cannot keep the initramfs' programs for hooks: %m");
	/* The shell after a failure is among them. */
	if (b->options.on_failure == ON_FAILURE_SHELL) {
		close(b->initrd);
		b->initrd = fcntl(b->root, F_DUPFD_CLOEXEC, 0);
	}
	return 0;
}
