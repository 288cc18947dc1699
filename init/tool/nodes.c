// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/tool/nodes.h"

/* More levels than any driver's node has, such as dev/bus/usb/001/001. */
#define DEPTH_MAX 8

/* What the kernel's dev_t has room for (include/linux/kdev_t.h). */
#define MAJOR_MAX ((1U << 12) - 1)
#define MINOR_MAX ((1U << 20) - 1)

/* --- text ---------------------------------------------------------------------------------- */

int nodes_parse(const char *text, struct stat *st)
{
	const char *colon = strchr(text, ':'), *blank = strrchr(text, ' ');
	uint64_t major, minor, mode;

	if ((!str_starts(text, "c ") && !str_starts(text, "b ")) || !colon || blank < colon ||
	    str_number(text + 2, (size_t)(colon - text - 2), 10, MAJOR_MAX, &major) ||
	    str_number(colon + 1, (size_t)(blank - colon - 1), 10, MINOR_MAX, &minor) ||
	    str_number(blank + 1, strlen(blank + 1), 8, 07777, &mode))
		return -EINVAL;
	*st = (struct stat){
		.st_mode = (*text == 'c' ? S_IFCHR : S_IFBLK) | (mode_t)mode,
		.st_rdev = makedev(major, minor),
	};
	return 0;
}

/* --- recording ----------------------------------------------------------------------------- */

/* struct walk - the walk through one directory */
struct walk {
	int root;
	struct recording *rec;
	char path[RECORDING_PATH];
	unsigned depth;
};

static bool nodes_are_skipped(const char *name)
{
	static const char *const prefixes[] = {"tty", "pty", "pts", "vcs", "loop", "ram"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_starts(name, prefixes[i]))
			return true;
	return false;
}

static int nodes_add(const struct walk *w, const char *path, const struct stat *st)
{
	char text[48];

	snprintf(text, sizeof(text), "%c %u:%u %04o", S_ISCHR(st->st_mode) ? 'c' : 'b',
		 (unsigned)major(st->st_rdev), (unsigned)minor(st->st_rdev),
		 (unsigned)st->st_mode & 07777);
	return recording_add(w->rec, ENTRY_NODE, path, text);
}

static int nodes_see(const char *name, void *arg)
{
	const struct walk *above = arg;
	struct walk w = *above;
	struct stat st;
	int err = str_printf(w.path, sizeof(w.path), "%s/%s", above->path, name);

	if (err || nodes_are_skipped(name))
		return err;
	/* It may have disappeared: devices can be unplugged meanwhile. */
	if (root_lstat(w.root, &st, "%s", w.path))
		return 0;
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return nodes_add(&w, w.path, &st);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (++w.depth > DEPTH_MAX)
		return -ELOOP;
	err = root_each(w.root, nodes_see, &w, "%s", w.path);
	return err == -ENOENT || err == -EACCES ? 0 : err;
}

int nodes_take(int root, struct recording *r)
{
	struct walk w = {.root = root, .rec = r, .path = "dev"};
	int err = root_each(root, nodes_see, &w, "dev");

	return err == -ENOENT ? 0 : err;
}

/* --- looking up ---------------------------------------------------------------------------- */

int nodes_lstat(int root, const char *path, struct stat *st)
{
	int dev cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "dev");
	char text[64];
	ssize_t n;

	if (dev < 0 || !str_starts(path, "/dev/"))
		return -ENOENT;
	n = root_read(dev, text, sizeof(text), "%s", path + strlen("/dev/"));
	return n < 0 ? (int)n : nodes_parse(text, st);
}
