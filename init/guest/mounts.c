// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/guest/mounts.h"

#define NEW_ROOT "/newroot"

#define LOCKED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* In the order of mounting; targets are relative to the new root. */
static const struct {
	const char *type, *target;
	unsigned long flags;
	const char *options;
} table[] = {
	{"proc", "proc", LOCKED, NULL},
	{"sysfs", "sys", LOCKED, NULL},
	{"devtmpfs", "dev", MS_NOSUID | MS_NOEXEC, "mode=0755"},
	{"devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666"},
	{"tmpfs", "dev/shm", LOCKED, "mode=1777"},
	{"mqueue", "dev/mqueue", LOCKED, NULL},
	/* Holds a bundle that came with the initramfs: it may need all of the memory, and an
	   image has set-user-ID programs. */
	{"tmpfs", "run", 0, "mode=0755,size=100%"},
	{"tmpfs", "tmp", MS_NOSUID | MS_NODEV, "mode=1777"},
	{"cgroup2", "sys/fs/cgroup", LOCKED, "nsdelegate"},
};

static int mount_at(const char *type, const char *target, unsigned long flags, const char *options,
		    struct fault *f)
{
	if (mkdir(target, 0755) && errno != EEXIST)
		return fault_set(f, -errno, "cannot make /%s: %m", target);
	if (mount(type, target, type, flags, options))
		return fault_set(f, -errno,
				 "cannot mount %s on /%s: %m (is %s in the guest kernel?)", type,
				 target, type);
	return 0;
}

/* Make the mount at the working directory "/" for this and every later process. */
static int enter(struct fault *f)
{
	if (mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return fault_set(f, -errno, "cannot make the tmpfs the root: %m");
	return 0;
}

int mounts_make(int *initrd, int *root, struct fault *f)
{
	int err;

	*initrd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*initrd < 0)
		return fault_set(f, -errno, "cannot open /: %m");
	err = mount_at("tmpfs", NEW_ROOT, 0, "mode=0755", f);
	if (err)
		return err;
	if (chdir(NEW_ROOT))
		return fault_set(f, -errno, "cannot enter the new root: %m");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		err = mount_at(table[i].type, table[i].target, table[i].flags, table[i].options, f);
		if (err)
			return err;
	}
	err = enter(f);
	if (err)
		return err;
	*root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *root < 0 ? fault_set(f, -errno, "cannot open /: %m") : 0;
}

int mounts_lock(void)
{
	return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) ? -errno : 0;
}
