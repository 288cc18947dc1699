// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/drive.h"
#include "dev/node.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* struct node_search - a walk through the devices of a function */
struct node_search {
	int root;
	struct node_list *list;
};

/* The path below /dev: the kernel says it in "uevent"; without that the device's name with '/'. */
static int node_name(int root, const char *dir, char name[SYSFS_NAME_MAX])
{
	static const char key[] = "DEVNAME=";
	char text[2048], *line;
	ssize_t n = root_read(root, text, sizeof(text), "%s/uevent", dir);

	if (n < 0 && n != -ENOENT)
		return (int)n;
	if (n > 0)
		for (line = text; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (str_starts(line, key))
				return str_printf(name, SYSFS_NAME_MAX, "%.*s",
						  (int)strcspn(line + strlen(key), "\n"),
						  line + strlen(key));
		}
	if (str_copy(name, SYSFS_NAME_MAX, strrchr(dir, '/') + 1))
		return -ENAMETOOLONG;
	for (char *c = name; *c; c++)
		*c = *c == '!' ? '/' : *c;
	return 0;
}

static int node_see(const char *dir, void *arg)
{
	const struct node_search *s = arg;
	struct node_list *list = s->list;
	struct node_entry *e = &list->entry[list->n];
	char class[SYSFS_NAME_MAX] = "";
	int err = root_exists(s->root, "%s/dev", dir);

	if (err <= 0)
		return err;
	err = root_exists(s->root, "%s/partition", dir);
	if (err)
		return err < 0 ? err : 0;
	if (list->n == NODE_LIST_MAX) {
		list->more = true;
		return 1;
	}
	err = root_link_name(s->root, class, sizeof(class), "%s/subsystem", dir);
	if (err && err != -ENOENT)
		return err;
	e->type = strcmp(class, "block") ? 'c' : 'b';
	err = node_name(s->root, dir, e->name);
	if (!err)
		err = str_copy(e->dir, sizeof(e->dir), dir);
	list->n += !err;
	return err;
}

int node_collect(int root, const char *dir, struct node_list *list)
{
	struct node_search s = {root, list};
	int err = drive_each(root, dir, node_see, &s);

	return err < 0 ? err : 0;
}

/* Are two names equal except for their numbers? "nvme3n1" and "nvme0n1" are, "nvme0" is not. */
static bool node_is_alike(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit(*a) && isdigit(*b)) {
			a += strspn(a, "0123456789");
			b += strspn(b, "0123456789");
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

/* struct node_count - how many entries are of a kind, and the last of them */
struct node_count {
	size_t n;
	int last;
};

static void node_count(struct node_count *count, size_t i, bool counts)
{
	if (!counts)
		return;
	count->n++;
	count->last = (int)i;
}

int node_choose(const struct node_list *list, const char *path, bool complete)
{
	const char *name = str_starts(path, "/dev/") ? path + strlen("/dev/") : path;
	struct node_count alike = {0}, disks = {0}, all = {0};
	const struct node_count *use = &alike;

	for (size_t i = 0; i < list->n; i++) {
		node_count(&alike, i, node_is_alike(list->entry[i].name, name));
		node_count(&disks, i, list->entry[i].type == 'b');
		node_count(&all, i, true);
	}
	if (!alike.n && complete)
		use = disks.n ? &disks : &all;
	if (!use->n)
		return -ENOENT;
	return use->n == 1 && !list->more ? use->last : -ENOTUNIQ;
}

void node_text(const struct node_list *list, struct sysfs_list *out)
{
	char text[SYSFS_NAME_MAX + sizeof("/dev/ (b)")];

	if (!list->n)
		sysfs_list_add(out, "", "no node");
	for (size_t i = 0; i < list->n; i++) {
		snprintf(text, sizeof(text), "/dev/%s (%c)", list->entry[i].name,
			 list->entry[i].type);
		if (sysfs_list_add(out, ", ", text))
			return;
	}
}
