// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/guest/mounts.h"
#include "init/lib/root.h"
#include "init/lib/tree.h"
#include "init/run/hook_programs.h"
#include "init/run/leave.h"
#include "init/run/power.h"

int leave_lock(int root, struct fault *fault)
{
	int err;

	power_load();
	err = root_write(root, "1", "proc/sys/kernel/modules_disabled");
	if (!err || err == -ENOENT) /* a kernel without modules */
		err = mounts_lock();
	return err ? fault_strerror(fault, err, "policy.lock_modules") : 0;
}

/* A container that may do everything could find what stays there (mounts.c). */
static int leave_services(int initrd, const struct stat *bundle)
{
	static const char *const unneeded[] = {"coldinit", "lib/modules"};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(unneeded) && !err; i++) {
		int dir cleanup(fd_close) =
			root_open(initrd, O_RDONLY | O_DIRECTORY, 0, "%s", unneeded[i]);

		err = dir >= 0 ? tree_empty(dir, bundle) : dir == -ENOENT ? 0 : dir;
	}
	return err;
}

int leave_initramfs(int *initrd, int root, const struct oci_config *config, int bundle, bool shell,
		    bool services, struct fault *fault)
{
	struct stat st;
	int moved, err;

	if (fstat(bundle, &st))
		return fault_perror(fault, "cannot look at the bundle");
	moved = hook_programs_keep(*initrd, root, config, &st, services, fault);
	if (moved < 0)
		return moved;
	err = shell ? 0 : services ? leave_services(*initrd, &st) : tree_empty(*initrd, &st);
	if (err)
		return fault_strerror(fault, err, "cannot empty the initramfs");
	err = mounts_noexec(*initrd, true);
	if (err)
		return fault_strerror(fault, err, "cannot protect coldinit's program");
	/* A shell after a failure needs these files, where they are now. */
	if (shell && !moved)
		return 0;
	close(*initrd);
	*initrd = shell ? fcntl(root, F_DUPFD_CLOEXEC, 0) : -1;
	return shell && *initrd < 0 ? fault_perror(fault, "cannot keep the guest's root") : 0;
}
