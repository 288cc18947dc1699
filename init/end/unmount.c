// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "init/end/unmount.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* What init/guest/mounts.c has mounted; everything else is a storage or lies on one. */
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

/* Blanks, tabs, newlines and backslashes stand in the kernel's table as "\040". */
static void unmount_unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		uint64_t c;

		if (*s == '\\' && strnlen(s, 4) == 4 && !str_number(s + 1, 3, 8, 255, &c)) {
			*to++ = (char)c;
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/*
 * Read-only first: this closes a journal even if the last process of the container has not let go
 * of its own mounts yet, as their end is only awaited by the kernel.
 */
static void unmount(char *target)
{
	unmount_unescape(target);
	if (unmount_is_own(target))
		return;
	mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	umount2(target, UMOUNT_NOFOLLOW);
}

void unmount_all(void)
{
	char *mounts cleanup(free_ptr) = NULL, *line, *at, *end;

	if (root_read_all(AT_FDCWD, &mounts, 1024 * 1024, "/proc/self/mounts") < 0)
		return;
	/* "source target type ...", last mounted last. */
	while ((line = strrchr(mounts, '\n'))) {
		*line = '\0';
		line = strrchr(mounts, '\n');
		at = strchr(line ? line : mounts, ' ');
		end = at ? strchr(++at, ' ') : NULL;
		if (!end)
			continue;
		*end = '\0';
		unmount(at);
		/* unescape() only makes it shorter */
		*end = ' ';
	}
}
