// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "init/end/mount_table.h"
#include "init/end/unmount.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

/* Mount points of init/guest/mounts.c. All others are storages, or are below a storage. */
static bool unmount_is_own(const char *target)
{
	static const char *const exact[] = {"/", "/run", "/tmp"};
	static const char *const trees[] = {"/proc", "/sys", "/dev"};

	for (size_t i = 0; i < ARRAY_SIZE(exact); i++)
		if (!strcmp(target, exact[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		size_t n = strlen(trees[i]);

		if (!strncmp(target, trees[i], n) && (!target[n] || target[n] == '/'))
			return true;
	}
	return false;
}

/* What is only in memory, or on a share, loses nothing. */
static bool unmount_is_on_disk(const char *target)
{
	struct stat st;

	return !lstat(target, &st) && major(st.st_dev);
}

/*
 * The last process of the container may still hold a mount, as the kernel drops its mount namespace
 * later. Remounting read-only closes a journal all the same.
 */
void unmount_one(const char *target)
{
	bool on_disk = unmount_is_on_disk(target);
	int err = mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL) ? -errno : 0;

	if (err && on_disk)
		pr_warn("%s cannot be made read-only, its last changes may be lost: %s", target,
			strerror(-err));
	if (umount2(target, UMOUNT_NOFOLLOW) && on_disk)
		pr_warn("cannot unmount %s: %m", target);
}

const char *unmount_next(char *table)
{
	const char *target = mount_table_pop(table);

	while (target && unmount_is_own(target))
		target = mount_table_pop(table);
	return target;
}

void unmount_all(void)
{
	char *mounts cleanup(memory_free) = NULL;
	const char *target;
	ssize_t n = root_read_all(AT_FDCWD, &mounts, 1024 * 1024, "/proc/self/mounts");

	if (n == -ENOENT) /* the boot ended before it had mounted anything */
		return;
	if (n < 0) {
		pr_warn("nothing is unmounted: /proc/self/mounts: %s", strerror((int)-n));
		return;
	}
	while ((target = unmount_next(mounts)))
		unmount_one(target);
}
