// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <sys/mount.h> /* not together with linux/mount.h */
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/pivot_private.h"

int pivot_into(int root, unsigned propagation, struct fault *fault)
{
	/* The old root comes to lie on top of the new one, where "." finds it (pivot_root(2)). */
	if (fchdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/"))
		return fault_set(fault, -errno, "cannot change to the container's root: %m");
#ifdef CONFIG_ROOTFS_PROPAGATION
	/* Not before: no shared mount can be the new root. */
	if (propagation && mount(NULL, "/", NULL, propagation, NULL))
		return fault_set(fault, -errno, "cannot set linux.rootfsPropagation: %m");
#else
	(void)propagation;
#endif
	return 0;
}
