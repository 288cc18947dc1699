// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>

#include "init/container/hooks.h"
#include "init/lib/root.h"
#include "init/lib/tree.h"
#include "init/run/hook_programs.h"

/* Has this file system the file itself, not one that is mounted on it? */
static int hook_programs_on(int root, const char *path, struct fault *fault)
{
	struct stat top, st;
	int err = root_stat(root, &st, "%s", path);

	/* EXDEV: by a link of /proc, which may lead to any file system. */
	if (err == -ENOENT || err == -ENOTDIR || err == -EXDEV)
		return 0;
	if (err < 0 || fstat(root, &top))
		return fault_strerror(fault, err < 0 ? err : -errno, "cannot look at %s", path);
	return st.st_dev == top.st_dev;
}

int hook_programs_has(int initrd, int root, const char *path, struct fault *fault)
{
	int there = hook_programs_on(root, path, fault);

	return there ? there : hook_programs_on(initrd, path, fault);
}

/* Hooks of startContainer run in the container, whose root has their programs. */
static bool hook_programs_are_needed(const struct oci_config *config)
{
	for (unsigned point = 0; point < OCI_HOOK_POINTS; point++)
		if (point != OCI_START_CONTAINER && hooks_any(config, point))
			return true;
	return false;
}

int hook_programs_keep(int initrd, int root, const struct oci_config *config,
		       const struct stat *bundle, bool copy, struct fault *fault)
{
	static const char *const not_needed[] = {"coldinit", "dev", "init", "newroot", "proc",
						 "run",	     "sys", "tmp",  NULL};
	int err;

	if (!hook_programs_are_needed(config))
		return 0;
	int modules cleanup(fd_close) = root_open(initrd, O_RDONLY | O_DIRECTORY, 0, "lib/modules");
	err = modules >= 0 ? tree_empty(modules, NULL) : modules;
	if (!err || err == -ENOENT)
		err = tree_merge(initrd, root, not_needed, bundle, copy);
	return err ? fault_strerror(fault, err, "cannot keep the initramfs' programs for hooks")
		   : 1;
}
