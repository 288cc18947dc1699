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
	return err ? fault_set(fault, err, "policy.lock_modules: %m") : 0;
}

int leave_initramfs(int *initrd, int root, const struct oci_config *config, int bundle, bool shell,
		    struct fault *fault)
{
	struct stat st;
	int moved, err;

	if (fstat(bundle, &st))
		return fault_set(fault, -errno, "cannot look at the bundle: %m");
	moved = hook_programs_keep(*initrd, root, config, &st, fault);
	if (moved < 0)
		return moved;
	err = shell ? 0 : tree_empty(*initrd, &st);
	if (err)
		return fault_set(fault, err, "cannot empty the initramfs: %m");
	err = mounts_noexec(*initrd, true);
	if (err)
		return fault_set(fault, err, "cannot protect coldinit's program: %m");
	/* A shell after a failure needs these files, where they are now. */
	if (shell && !moved)
		return 0;
	close(*initrd);
	*initrd = shell ? fcntl(root, F_DUPFD_CLOEXEC, 0) : -1;
	return shell && *initrd < 0 ? fault_set(fault, -errno, "cannot keep the guest's root: %m")
				    : 0;
}
