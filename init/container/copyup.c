// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/container/copyup_private.h"
#include "init/lib/root.h"

#define DEPTH_MAX 64 /* each level has two descriptors open */
#define AT_ONCE	  (1 << 20)

/* A pair of directories, source and target, @depth levels below the first pair. */
struct place {
	int from, to;
	unsigned depth;
};

static int copyup_file(const struct place *p, const char *name)
{
	ssize_t n;
	int from cleanup(fd_close) =
		openat(p->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return -errno;
	int to cleanup(fd_close) =
		openat(p->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	while ((n = sendfile(to, from, NULL, AT_ONCE)) > 0)
		;
	return n < 0 ? -errno : 0;
}

static int copyup_link(const struct place *p, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = fd_readlink(p->from, name, target, sizeof(target));

	if (n < 0)
		return (int)n;
	return symlinkat(target, p->to, name) ? -errno : 0;
}

static int copyup_entry(const char *name, void *arg);

static int copyup_all(int from, int to, unsigned depth)
{
	struct place inner = {from, to, depth};

	return depth > DEPTH_MAX ? -ELOOP : root_each(from, copyup_entry, &inner, ".");
}

static int copyup_directory(const struct place *p, const char *name)
{
	if (mkdirat(p->to, name, 0700))
		return -errno;
	int from cleanup(fd_close) = openat(p->from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int to cleanup(fd_close) = openat(p->to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return from < 0 || to < 0 ? -errno : copyup_all(from, to, p->depth + 1);
}

static int copyup_entry(const char *name, void *arg)
{
	const struct place *p = arg;
	struct stat st;
	int err;

	if (fstatat(p->from, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		err = copyup_file(p, name);
		break;
	case S_IFDIR:
		err = copyup_directory(p, name);
		break;
	case S_IFLNK:
		err = copyup_link(p, name);
		break;
	default:
		err = mknodat(p->to, name, st.st_mode, st.st_rdev) ? -errno : 0;
	}
	if (err)
		return err;
	if (fchownat(p->to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW))
		return -errno;
	/* After fchownat(), which clears the set-user-ID bit. */
	if (!S_ISLNK(st.st_mode) && fchmodat(p->to, name, st.st_mode & 07777, 0))
		return -errno;
	return 0;
}

int copyup_tree(int from, int to)
{
	return copyup_all(from, to, 0);
}
