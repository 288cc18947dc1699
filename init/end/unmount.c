// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "init/end/mount_table.h"
#include "init/end/unmount.h"
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

/*
 * The last process of the container may still hold a mount, as the kernel drops its mount namespace
 * later. Remounting read-only closes a journal all the same.
 */
void unmount_one(const char *target)
{
	mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	umount2(target, UMOUNT_NOFOLLOW);
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

	if (root_read_all(AT_FDCWD, &mounts, 1024 * 1024, "/proc/self/mounts") < 0)
		return;
	while ((target = unmount_next(mounts)))
		unmount_one(target);
}
