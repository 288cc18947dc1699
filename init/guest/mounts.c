// SPDX-License-Identifier: Apache-2.0
/*
 * Leaving the initramfs
 *
 * The kernel starts PID 1 in the initramfs. Its file system, rootfs, is at the bottom of the tree
 * of mounts and stays there: it cannot be unmounted, and pivot_root(2) from it is EINVAL
 * (Documentation/filesystems/ramfs-rootfs-initramfs.rst). A container must find no way back to it:
 * there are PID 1's binary, the kernel's modules and the manifest.
 *
 * What does not work: chroot(2) into the new root, and pivot_root(2) in the container. The root of
 * the mount namespace is then still rootfs with nothing over it, and setns(2) to the namespace
 * that a process is in already moves the process to that root, out of every chroot.
 *
 * What is done instead, in the order of the boot:
 *
 *	1. mounts_make() mounts a tmpfs with /proc, /sys, /dev and so on in it, enters it, and moves
 *	   it over "/" (MS_MOVE). Now "/" of the namespace is the tmpfs, also for setns(2), and rootfs is
 *	   below it where no path leads. chroot(".") moves PID 1 itself there. The only way to the
 *	   initramfs is a descriptor that was opened before: modules and a bundle are read through
 *	   it.
 *	2. The container's child copies the mount namespace and makes its root the top with
 *	   pivot_root(".", "."), which works because "/" is no longer rootfs, and then detaches the
 *	   old one (init/container/pivot.c).
 *	3. One hole stays for a container with CAP_SYS_ADMIN: umount2("/", MNT_DETACH) removes its
 *	   root, and setns(2) to its own namespace then shows what is at the bottom, the initramfs.
 *	   So PID 1 empties the initramfs before it starts the container (tree_empty(), init/run/leave.c).
 *	   Only a bundle that came in the initramfs stays there: the container has it as its root
 *	   anyway.
 *
 * tests/boot/test_escape.py tries these ways from inside of a container.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/guest/mounts.h"
#include "init/lib/fd.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define MOUNTS_FIRMWARE "/lib/firmware"

#define NEW_ROOT "newroot" /* below the initramfs' "/", which is the working directory */

#define LOCKED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct mounts_row {
	const char *type, *target;
	unsigned long flags;
	const char *options;
};

/* In the order of mounting; targets are relative to the new root. */
static const struct mounts_row mounts_table[] = {
	{"proc", "proc", LOCKED, NULL},
	{"sysfs", "sys", LOCKED, NULL},
	{"devtmpfs", "dev", MS_NOSUID | MS_NOEXEC, "mode=0755"},
	/* A bundle can be in here, which has set-user-ID programs. meminfo_resize() sets the size.
	 */
	{"tmpfs", "run", 0, "mode=0755"},
	{"cgroup2", "sys/fs/cgroup", LOCKED, "nsdelegate"},
};

/* Those that PID 1 and most containers do not need. */
static const struct mounts_row mounts_extras[] = {
	{"devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666"},
	{"tmpfs", "dev/shm", LOCKED, "mode=1777"},
	{"mqueue", "dev/mqueue", LOCKED, NULL},
	{"tmpfs", "tmp", MS_NOSUID | MS_NODEV, "mode=1777"},
};

static int mounts_add(const struct mounts_row *row, struct fault *fault)
{
	if (mkdir(row->target, 0755) && errno != EEXIST)
		return fault_perror(fault, "cannot make /%s", row->target);
	if (mount(row->type, row->target, row->type, row->flags, row->options))
		return fault_set(fault, -errno,
				 "cannot mount %s on /%s: %m (is %s in the guest kernel?)",
				 row->type, row->target, row->type);
	return 0;
}

static int mounts_add_all(const struct mounts_row *rows, size_t n, struct fault *fault)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = mounts_add(&rows[i], fault);
	return err;
}

/* Move the mount at the working directory over "/", and enter it. */
static int mounts_enter(struct fault *fault)
{
	if (mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return fault_perror(fault, "cannot make the tmpfs the root");
	return 0;
}

/* The kernel looks for the files of drivers below PID 1's root; they are in the initramfs. */
static int mounts_firmware(int initrd, struct fault *fault)
{
	char source[64];
	int there = root_look(initrd, fault, "lib/firmware");

	if (there <= 0)
		return there;
	if (mkdir("/lib", 0755) || mkdir(MOUNTS_FIRMWARE, 0755) ||
	    str_printf(source, sizeof(source), "%s/lib/firmware", fd_path(initrd).s) ||
	    mount(source, MOUNTS_FIRMWARE, NULL, MS_BIND, NULL))
		return fault_perror(fault, "cannot mount " MOUNTS_FIRMWARE);
	return 0;
}

int mounts_make(int *initrd, int *root, struct fault *fault)
{
	const struct mounts_row new_root = {"tmpfs", NEW_ROOT, 0, "mode=0755"};
	int err;

	*initrd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*initrd < 0)
		return fault_perror(fault, "cannot open /");
	err = mounts_add(&new_root, fault);
	if (err)
		return err;
	if (chdir(NEW_ROOT))
		return fault_perror(fault, "cannot enter the new root");
	err = mounts_add_all(mounts_table, ARRAY_SIZE(mounts_table), fault);
	if (!err)
		err = mounts_enter(fault);
	if (!err)
		err = mounts_firmware(*initrd, fault);
	if (err)
		return err;
	*root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *root < 0 ? fault_perror(fault, "cannot open /") : 0;
}

bool mounts_is_extra(const char *path)
{
	const char *at = path + strspn(path, "/");
	size_t len = strlen(at);
	bool is = strstr(at, "..") || strstr(at, "//"); /* it may lead there */

	while (len && at[len - 1] == '/')
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(mounts_extras) && !is; i++) {
		const char *target = mounts_extras[i].target;
		size_t n = strlen(target), both = len < n ? len : n;

		is = !memcmp(at, target, both) &&
		     (!both || len == n || (len < n ? target : at)[both] == '/');
	}
	return is;
}

int mounts_extra(struct fault *fault)
{
	static bool done;

	if (done)
		return 0;
	done = true;
	return mounts_add_all(mounts_extras, ARRAY_SIZE(mounts_extras), fault);
}

int mounts_noexec(int initrd, bool noexec)
{
	unsigned long flags = MS_REMOUNT | MS_BIND | (noexec ? MS_NOEXEC : 0);

	/* mount_setattr(2) does not work with rootfs before Linux 6.8. */
	return mount(NULL, fd_path(initrd).s, NULL, flags, NULL) ? -errno : 0;
}

int mounts_lock(void)
{
	return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) ? -errno : 0;
}
