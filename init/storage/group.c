// SPDX-License-Identifier: Apache-2.0
/* fs_group: Kubernetes' fsGroup, with the mode bits that Kata's agent sets. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/storage/mount.h"

/* Limits the stack that the walk needs. */
#define DEPTH_MAX 128

/* struct walk - one directory on the way; @depth: of the directory below the top */
struct walk {
	int dir;
	gid_t group;
	unsigned depth;
};

/* The group may read and write; new files in a directory get the directory's group. */
static mode_t storage_group_new_mode(const struct stat *st)
{
	mode_t mode = (st->st_mode & 07777) | 0660;

	return S_ISDIR(st->st_mode) ? mode | S_ISGID | 0110 : mode;
}

static int storage_group_give_one(const char *name, void *arg)
{
	const struct walk *w = arg;
	struct walk below = {.group = w->group, .depth = w->depth + 1};
	struct stat st;

	if (fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    fchownat(w->dir, name, (uid_t)-1, w->group, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return 0;
	if (fchmodat(w->dir, name, storage_group_new_mode(&st), 0))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (below.depth > DEPTH_MAX)
		return -ELOOP;
	int dir cleanup(fd_close) =
		openat(w->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	below.dir = dir;
	return root_each(dir, storage_group_give_one, &below, ".");
}

int storage_group(const struct storage *s, int top, struct fault *fault)
{
	struct walk w = {.group = s->group};
	struct stat st;
	int err;

	int dir cleanup(fd_close) = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st))
		return fault_perror(fault, "fs_group");
	w.dir = dir;
	if (s->group_on_mismatch && st.st_gid == s->group &&
	    (st.st_mode & 07777) == storage_group_new_mode(&st))
		return 0;
	/* The top last: fs_group_change_policy OnRootMismatch then shows that all below is done. */
	err = root_each(dir, storage_group_give_one, &w, ".");
	if (!err && (fchown(dir, (uid_t)-1, s->group) || fchmod(dir, storage_group_new_mode(&st))))
		err = -errno;
	return err ? fault_strerror(fault, err, "fs_group: cannot change everything to group %u",
				    s->group)
		   : 0;
}
