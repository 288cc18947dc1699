// SPDX-License-Identifier: Apache-2.0
/*
 * Leave the guest's root.
 *
 * Theory of operation
 *
 * The container must reach no file of the guest: not by a path, not by "..", not by a mount that
 * somebody makes later. The child, which has a separate mount namespace, takes these steps:
 *
 * 1. Make all mounts private (rootfs_enter()). The new namespace begins with copies of PID 1's
 *    mounts. If one of these were shared, the container's mounts would appear in PID 1's namespace
 *    too, and pivot_root(2) would fail.
 *
 * 2. Bind-mount the container's root on itself (rootfs_enter()), since pivot_root(2) needs a mount.
 *    From here on the child uses the descriptor of this mount, not its path.
 *
 * 3. Make mounts, nodes, terminal and masks below that descriptor, before the root changes: the
 *    sources of bind mounts, /dev/null for the masks and a /proc that the image cannot replace are
 *    still reachable. The image may be hostile, so every path in it is resolved inside of its root
 *    (openat2(2), RESOLVE_IN_ROOT). mkdir(2), mknod(2) and the like have no such flag: they get the
 *    descriptor of the parent directory and one name, and do not follow a link (rootfs_ensure()).
 *
 * 4. pivot_root(".", ".") in the new root (pivot_into()). It makes the new root "/" and mounts the
 *    old root on top of it, so that the image needs no directory for the old root, which a
 *    read-only image could not get. umount2(".", MNT_DETACH) then detaches the old root with all
 *    mounts below it. pivot_root(2) describes this use. PID 1's root is not the initial rootfs, on
 *    which pivot_root(2) does not work: PID 1 has moved to a tmpfs (init/guest/mounts.c).
 *
 * 5. linux.rootfsPropagation comes after that, because the new root must not be shared before.
 *
 * chroot(2) would not do: the old mounts would stay in the namespace, and a process with
 * CAP_SYS_CHROOT can leave a chroot.
 *
 * Descriptors are the other way back. The working directory is "/" now, and process.cwd is refused
 * if it is not below it (process_become()). Before execve(2) all descriptors except stdin, stdout
 * and stderr are set to close on exec (launch.c).
 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h> /* not together with linux/mount.h */
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/pivot_private.h"

int pivot_into(int root, unsigned propagation, struct fault *fault)
{
	/* After pivot_root(), "." is the old root. */
	if (fchdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/"))
		return fault_perror(fault, "cannot change to the container's root");
#ifdef CONFIG_ROOTFS_PROPAGATION
	/* Not before: pivot_root(2) refuses a shared mount. */
	if (propagation && mount(NULL, "/", NULL, propagation, NULL))
		return fault_perror(fault, "cannot set linux.rootfsPropagation");
#else
	(void)propagation;
#endif
	return 0;
}
