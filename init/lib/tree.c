// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"

/* No image is nested deeper; a deeper tree could exhaust the stack. */
#define DEPTH_MAX 128

/*
 * One directory of a walk.
 * @merge: keep what exists at the new place
 * @copy: keep the files at the old place
 * @leave: NULL-terminated names to skip, NULL for none
 * @keep: a directory to skip, NULL for none
 */
struct level {
	int from, to;
	unsigned depth;
	bool merge, copy;
	const char *const *leave;
	const struct stat *keep;
};

static int tree_move_entries(const struct level *l);

/* Open a directory, and make it if it is missing. @above: descriptor of the one that it is in */
static int tree_open_or_make(int root, const char *path, int above, const char *name)
{
	int dir = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", path);

	if (dir != -ENOENT)
		return dir;
	if (mkdirat(above, name, 0755) && errno != EEXIST)
		return -errno;
	return root_open(root, O_PATH | O_DIRECTORY, 0, "%s", path);
}

int tree_mkdir(int root, const char *path)
{
	int last cleanup(fd_close) = -1, above = root, dir, err;
	const char *name = path + strspn(path, "/"), *slash;
	char part[PATH_MAX];

	for (; *(slash = strchrnul(name, '/')); name = slash + strspn(slash, "/")) {
		err = str_printf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (err)
			return err;
		dir = tree_open_or_make(root, part, above, part + (name - path));
		if (dir < 0)
			return dir;
		fd_close(&last);
		above = last = dir;
	}
	/* The last part need not be opened: mkdirat(2) knows whether it is there. */
	return *name && mkdirat(above, name, 0755) && errno != EEXIST ? -errno : 0;
}

static int tree_keep_attributes(int dir, const char *name, const struct stat *st)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW))
		return -errno;
	/* After the owner: chown drops the set-user-ID bits. */
	if (!S_ISLNK(st->st_mode) && fchmodat(dir, name, st->st_mode & 07777, 0))
		return -errno;
	return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

static int tree_copy_file(const struct level *l, const char *name)
{
	int in cleanup(fd_close) = openat(l->from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out cleanup(fd_close) =
		openat(l->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n;

	if (in < 0 || out < 0)
		return -errno;
	do
		n = sendfile(out, in, NULL, 1 << 24);
	while (n > 0);
	return n < 0 ? -errno : 0;
}

static int tree_copy_link(const struct level *l, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = fd_readlink(l->from, name, target, sizeof(target));

	if (n < 0)
		return (int)n;
	return symlinkat(target, l->to, name) ? -errno : 0;
}

static int tree_move_dir(const struct level *l, const char *name)
{
	struct level below = {
		.depth = l->depth + 1, .merge = l->merge, .copy = l->copy, .keep = l->keep};
	int from cleanup(fd_close) = -1, to cleanup(fd_close) = -1;

	if (below.depth > DEPTH_MAX)
		return -ELOOP;
	if (mkdirat(l->to, name, 0700) && (errno != EEXIST || !l->merge))
		return -errno;
	below.from = from = openat(l->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	below.to = to = openat(l->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0 || to < 0)
		return -errno;
	return tree_move_entries(&below);
}

static bool tree_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool tree_is_left(const struct level *l, const char *name, const struct stat *st)
{
	for (const char *const *left = l->leave; left && *left; left++)
		if (!strcmp(*left, name))
			return true;
	return l->keep && tree_is_same(l->keep, st);
}

static int tree_move_one(const char *name, void *arg)
{
	const struct level *l = arg;
	struct stat st, there;
	bool kept;
	int err;

	if (fstatat(l->from, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (tree_is_left(l, name, &st))
		return 0;
	kept = l->merge && !fstatat(l->to, name, &there, AT_SYMLINK_NOFOLLOW);
	if (kept && !(S_ISDIR(st.st_mode) && S_ISDIR(there.st_mode)))
		return 0;
	if (S_ISDIR(st.st_mode))
		err = tree_move_dir(l, name);
	else if (S_ISREG(st.st_mode))
		err = tree_copy_file(l, name);
	else if (S_ISLNK(st.st_mode))
		err = tree_copy_link(l, name);
	else
		err = mknodat(l->to, name, st.st_mode, st.st_rdev) ? -errno : 0;
	if (err)
		return err;
	/* Directories stay for tree_empty(): the walk is still in them. */
	if (!S_ISDIR(st.st_mode) && !l->copy && unlinkat(l->from, name, 0))
		return -errno;
	return kept ? 0 : tree_keep_attributes(l->to, name, &st);
}

static int tree_move_entries(const struct level *l)
{
	return root_each(l->from, tree_move_one, (void *)l, ".");
}

int tree_move(int from, const char *from_path, int to, const char *to_path)
{
	struct level top = {0};
	struct stat st;
	int err = tree_mkdir(to, to_path);

	if (err)
		return err;
	int in cleanup(fd_close) = root_open(from, O_RDONLY | O_DIRECTORY, 0, "%s", from_path);
	if (in < 0)
		return in;
	int out cleanup(fd_close) = root_open(to, O_RDONLY | O_DIRECTORY, 0, "%s", to_path);
	if (out < 0)
		return out;
	if (fstat(in, &st))
		return -errno;
	top.from = in;
	top.to = out;
	err = tree_move_entries(&top);
	return err ? err : fchmod(out, st.st_mode & 07777) ? -errno : 0;
}

int tree_merge(int from, int to, const char *const *leave, const struct stat *keep, bool copy)
{
	int in cleanup(fd_close) = root_open(from, O_RDONLY | O_DIRECTORY, 0, "/");
	int out cleanup(fd_close) = root_open(to, O_RDONLY | O_DIRECTORY, 0, "/");
	const struct level top = {
		.from = in, .to = out, .merge = true, .copy = copy, .leave = leave, .keep = keep};

	if (in < 0 || out < 0)
		return in < 0 ? in : out;
	return tree_move_entries(&top);
}

/* A directory that is being emptied, and the one that is kept. */
struct emptying {
	int dir;
	const struct stat *keep;
};

/* A mount point, and a directory that contains one or what is kept, do no harm. */
static int tree_remove(int dir, const char *name, int flags)
{
	if (!unlinkat(dir, name, flags) || errno == ENOENT || errno == EBUSY)
		return 0;
	return -errno;
}

/* Return: 0, 1 if @dir is @keep, or a negative errno. */
static int tree_empty_open(int dir, const struct stat *keep);

static int tree_remove_below(const struct emptying *e, const char *name)
{
	int err, below cleanup(fd_close) =
			 openat(e->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below < 0)
		return -errno;
	err = tree_empty_open(below, e->keep);
	if (!err)
		err = tree_remove(e->dir, name, AT_REMOVEDIR);
	return err > 0 || err == -ENOTEMPTY ? 0 : err;
}

/* Most entries are removed by one call: files, and directories that are empty. */
static int tree_remove_one(const struct dirent64 *entry, void *arg)
{
	const struct emptying *e = arg;
	bool is_dir = entry->d_type == DT_DIR;
	int err = -ENOTEMPTY;

	if (!is_dir || !e->keep || entry->d_ino != e->keep->st_ino)
		err = tree_remove(e->dir, entry->d_name, is_dir ? AT_REMOVEDIR : 0);
	/* A directory after all, of a file system that does not know its entries' types. */
	if (err != -ENOTEMPTY && err != -EISDIR)
		return err;
	return tree_remove_below(e, entry->d_name);
}

static int tree_empty_open(int dir, const struct stat *keep)
{
	struct emptying e = {dir, keep};
	struct stat st;

	if (keep && fstat(dir, &st))
		return -errno;
	if (keep && tree_is_same(&st, keep))
		return 1;
	return root_each_entry(dir, tree_remove_one, &e);
}

int tree_empty(int dir, const struct stat *keep)
{
	int fd cleanup(fd_close) = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 ? -errno : tree_empty_open(fd, keep);

	return err < 0 ? err : 0;
}
