// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>

#include "init/container/hooks.h"
#include "init/lib/root.h"
#include "init/lib/tree.h"
#include "init/run/hook_programs.h"

int hook_programs_has(int initrd, int root, const char *path, struct fault *fault)
{
	int there = root_look(root, fault, "%s", path);

	return there ? there : root_look(initrd, fault, "%s", path);
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
		       const struct stat *bundle, struct fault *fault)
{
	static const char *const not_needed[] = {"coldinit", "dev", "init", "newroot", "proc",
						 "run",	     "sys", "tmp",  NULL};
	int err;

	if (!hook_programs_are_needed(config))
		return 0;
	int modules cleanup(fd_close) = root_open(initrd, O_RDONLY | O_DIRECTORY, 0, "lib/modules");
	err = modules >= 0 ? tree_empty(modules, NULL) : modules;
	if (!err || err == -ENOENT)
		err = tree_merge(initrd, root, not_needed, bundle);
	return err ? fault_set(fault, err, "cannot keep the initramfs' programs for hooks: %m") : 1;
}
