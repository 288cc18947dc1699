// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dev/sysfs.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

int sysfs_target(int root, const char *link, char dir[SYSFS_DIR_MAX])
{
	char target[PATH_MAX];
	const char *s = target;
	ssize_t n;

	int fd cleanup(fd_close) = root_open(root, O_PATH | O_NOFOLLOW, 0, "%s", link);
	if (fd < 0)
		return fd;
	n = fd_readlink(fd, "", target, sizeof(target));
	if (n < 0)
		return (int)n;
	while (str_starts(s, "../"))
		s += 3;
	if (!str_starts(s, "devices/"))
		return -EINVAL;
	if (strlen(s) + sizeof("sys/") > SYSFS_DIR_MAX)
		return -ENAMETOOLONG;
	return str_printf(dir, SYSFS_DIR_MAX, "sys/%s", s);
}

int sysfs_numbers(int root, const char *dir, uint32_t *major, uint32_t *minor)
{
	char text[32];
	ssize_t n = root_read(root, text, sizeof(text), "%s/dev", dir);
	size_t len = n < 0 ? 0 : strcspn(text, ":");
	uint64_t a, b;

	if (n < 0)
		return n == -EMSGSIZE ? -EINVAL : (int)n;
	if (!text[len] || str_number(text, len, 10, UINT32_MAX, &a) ||
	    str_number(text + len + 1, strlen(text + len + 1), 10, UINT32_MAX, &b))
		return -EINVAL;
	*major = (uint32_t)a;
	*minor = (uint32_t)b;
	return 0;
}

int sysfs_driver(int err, const char *at, char driver[SYSFS_DRIVER_MAX], struct fault *fault)
{
	if (err && err != -ENOENT)
		return fault_strerror(fault, err, "cannot read the driver of %s", at);
	if (err)
		driver[0] = '\0';
	return 0;
}

/* struct sysfs_search - for the first name that begins with @prefix */
struct sysfs_search {
	const char *prefix;
	char *name;
};

static int sysfs_see_first(const char *name, void *arg)
{
	struct sysfs_search *search = arg;

	return str_starts(name, search->prefix) && !str_copy(search->name, SYSFS_NAME_MAX, name);
}

int sysfs_first(int root, const char *dir, const char *prefix, char name[SYSFS_NAME_MAX])
{
	struct sysfs_search search = {prefix, name};

	int err = root_each(root, sysfs_see_first, &search, "%s", dir);

	if (err == 1)
		return 0;
	return err ? err : -ENOENT;
}

int sysfs_list_add(struct sysfs_list *list, const char *separator, const char *name)
{
	size_t n = strlen(list->text), room = sizeof(list->text) - n;

	if (strlen(separator) + strlen(name) + sizeof(" ...") > room) {
		snprintf(list->text + n, room, " ...");
		return 1;
	}
	snprintf(list->text + n, room, "%s%s", n ? separator : "", name);
	return 0;
}

const char *sysfs_list_text(const struct sysfs_list *list, int err)
{
	if (err < 0 && err != -ENOENT)
		return "entries that cannot be listed";
	return list->text[0] ? list->text : "nothing";
}

static int sysfs_see_name(const char *name, void *arg)
{
	return sysfs_list_add(arg, " ", name);
}

void sysfs_explain(int root, const char *dir, struct fault *fault)
{
	struct sysfs_list list = {0};
	int err = root_each_sorted(root, sysfs_see_name, &list, "%s", dir);
	const char *found = sysfs_list_text(&list, err);

	fault_set(fault, 0, "/%s has %s; is it plugged in, and its driver loaded?", dir, found);
	fault_found(fault, "%s in /%s", found, dir);
}

const char *sysfs_below(const char *devpath, const char *dir)
{
	size_t n;

	dir += strlen("sys");
	n = strlen(dir);
	return !strncmp(devpath, dir, n) && devpath[n] == '/' ? devpath + n : NULL;
}
