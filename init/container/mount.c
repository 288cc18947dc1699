// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "mount: " fmt

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "init/container/copyup_private.h"
#include "init/container/mount_private.h"
#include "init/container/mount_api.h"
#include "init/container/mount_options.h"
#include "init/container/rootfs_private.h"
#include "init/container/userns_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/walk.h"

static int mount_fsopen(const char *type)
{
	long fd = syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int mount_fsconfig(int fs, unsigned command, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, command, key, value, 0) ? -errno : 0;
}

static int mount_fsmount(int fs, uint64_t attributes)
{
	long fd;
	int err = mount_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);

	if (err)
		return err;
	fd = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned)attributes);
	return fd < 0 ? -errno : (int)fd;
}

int mount_fs(const char *type)
{
	int fs cleanup(fd_close) = mount_fsopen(type);
	int err = fs;

	if (fs >= 0)
		err = mount_fsconfig(fs, FSCONFIG_SET_STRING, "source", type);
	return err < 0 ? err : mount_fsmount(fs, 0);
}

/* Set the fault to the kernel's own message, which reads "e tmpfs: Unknown parameter 'x'". */
static int mount_fs_fault(int fs, int err, const char *what, struct fault *fault)
{
	char text[256];
	ssize_t n = read(fs, text, sizeof(text) - 1);

	if (n < 3)
		return fault_strerror(fault, err, "%s", what);
	text[n - (text[n - 1] == '\n')] = '\0';
	return fault_set(fault, err, "%s: %s", what, text + 2);
}

/* Pass "key=value" or "key" to the file system. */
static int mount_fs_option(int fs, const char *option, struct fault *fault)
{
	const char *value = strchr(option, '=');
	char key[64];
	int err;

	if (!value) {
		err = mount_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL);
	} else {
		err = str_printf(key, sizeof(key), "%.*s", (int)(value - option), option);
		if (!err)
			err = mount_fsconfig(fs, FSCONFIG_SET_STRING, key, value + 1);
	}
	return err ? mount_fs_fault(fs, err, option, fault) : 0;
}

/* Add one option. @fs: context of fsopen(2), -1 for a bind mount, which has none. */
static int mount_add_option(struct mount_options *o, int fs, const char *option,
			    struct fault *fault)
{
	switch (mount_options_add(o, option)) {
	case MOUNT_OPTION_DONE:
		return 0;
	case MOUNT_OPTION_SUPER:
	case MOUNT_OPTION_DATA:
		return fs >= 0 ? mount_fs_option(fs, option, fault) : 0;
	default:
		return fault_set(fault, -ENOTSUP, "option \"%s\" is not supported", option);
	}
}

static int mount_add_options(struct mount_options *o, int fs, const struct oci_mount *m,
			     struct fault *fault)
{
	size_t n = m->n_options;
	const char *const *options = fs < 0 ? m->options : mount_options_list(m, &n);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = mount_add_option(o, fs, options[i], fault);
	return err;
}

/* As with runc, a tmpfs without the option "mode" has the mode of the directory that it covers. */
static int mount_add_mode(int root, int fs, const struct oci_mount *m, struct fault *fault)
{
	char option[sizeof("mode=07777")];
	struct stat st;

	if (root_stat(root, &st, "%s", m->destination))
		return 0; /* it is missing, or mount_open_target() has the error */
	snprintf(option, sizeof(option), "mode=%o", st.st_mode & 07777);
	return mount_fs_option(fs, option, fault);
}

/* Return: descriptor of a new file system that is attached nowhere yet, or -errno. */
static int mount_new(int root, const struct oci_mount *m, struct mount_options *o,
		     struct fault *fault)
{
	/* The spec calls both versions "cgroup"; the guest has version 2. */
	bool cgroup = !strcmp(m->type, "cgroup");
	const char *type = cgroup ? "cgroup2" : m->type;
	int fs cleanup(fd_close) = -1, mount, err;

	if (!*type)
		return fault_set(fault, -EINVAL, "it has neither a type nor the option bind");
	fs = mount_fsopen(type);
	if (fs < 0)
		return fault_strerror(
			fault, fs,
			"the kernel has no file system \"%s\" (is its module in the initramfs?)",
			type);
	err = mount_fsconfig(fs, FSCONFIG_SET_STRING, "source",
			     *m->source && !cgroup ? m->source : type);
	if (err)
		return mount_fs_fault(fs, err, m->source, fault);
	err = mount_add_options(o, fs, m, fault);
	if (!err && !o->mode && !strcmp(type, "tmpfs"))
		err = mount_add_mode(root, fs, m, fault);
	if (err)
		return err;
	mount = mount_fsmount(fs, o->set & ~(uint64_t)MOUNT_ATTR_RDONLY);
	return mount < 0 ? mount_fs_fault(fs, mount, "cannot be mounted", fault) : mount;
}

/* Clone a file or directory of the guest, or of the bundle: relative to @root. */
static int mount_clone_source(int root, const struct oci_mount *m, struct fault *fault)
{
	bool recursive = mount_options_kind(m) == MOUNT_RBIND;
	int mount;

	int source cleanup(fd_close) = *m->source == '/'
					       ? walk_open(root, m->source)
					       : root_open(root, O_PATH, 0, "%s", m->source);
	mount = source < 0 ? source : mount_api_clone(source, "", recursive);
	return mount < 0 ? fault_strerror(fault, mount, "cannot open source %s", m->source) : mount;
}

static int mount_clone_guest(const struct oci_mount *m, struct fault *fault)
{
	int top cleanup(fd_close) = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return fault_perror(fault, "cannot open /");
	return mount_clone_source(top, m, fault);
}

/*
 * A bind mount keeps the attributes of its source; the options change some of them. @tree: the
 * source, if it is in the bundle.
 */
static int mount_bind(const struct oci_mount *m, int tree, struct mount_options *o,
		      struct fault *fault)
{
	struct mount_attr attr = {0};
	int err;

	int mount cleanup(fd_close) = tree < 0 ? mount_clone_guest(m, fault) : tree;
	if (mount < 0)
		return mount;
	err = mount_add_options(o, -1, m, fault);
	if (err)
		return err;
	attr.attr_set = o->set & ~(uint64_t)MOUNT_ATTR_RDONLY;
	attr.attr_clr = o->clear & MOUNT_ATTR__ATIME;
	err = mount_api_change(mount, "", 0, &attr);
	if (err)
		return fault_strerror(fault, err, "cannot set its attributes");
	return fd_take(&mount);
}

/*
 * struct mounts - what the mounts of a container have in common
 * @root: descriptor of the container's root
 * @fresh: descriptor of the last new file system that is not inside of another one, -1 for none
 * @path: its mount point
 * @top: the root's attributes
 */
struct mounts {
	int root, fresh;
	const char *path;
	struct stat top;
	struct mount_readonly *late;
};

static void mount_close(struct mounts *all)
{
	fd_close(&all->fresh);
	all->fresh = -1;
}

static bool mount_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Make a mount point directly below @fresh, as most of them are: without a look-up of their paths.
 * Return: as rootfs_make().
 */
static int mount_make_below(const struct mounts *all, const char *path, mode_t type)
{
	size_t len = all->fresh < 0 ? 0 : strlen(all->path);

	if (!len || strncmp(path, all->path, len) != 0 || path[len] != '/' ||
	    strchr(path + len + 1, '/'))
		return -ENOENT;
	return rootfs_make(all->fresh, path + len + 1, type);
}

/* Open the mount point, of @type, and make it if missing. Return: O_PATH descriptor or -errno. */
static int mount_open_target(struct mounts *all, const struct oci_mount *m, mode_t type,
			     struct fault *fault)
{
	bool kernel_files = !strcmp(m->type, "proc") || !strcmp(m->type, "sysfs");
	struct stat here;

	int target cleanup(fd_close) = mount_make_below(all, m->destination, type);
	if (target < 0) {
		/* This mount may cover it. */
		mount_close(all);
		target = rootfs_ensure(all->root, m->destination, type,
				       kernel_files ? O_NOFOLLOW : 0);
	}
	if (target < 0)
		return fault_strerror(fault, target, "cannot make the mount point");
	if (fstat(target, &here))
		return fault_set(fault, -errno, "%m");
	/* The masked paths name files below /proc and /sys: no link may move these elsewhere. */
	if (kernel_files && S_ISLNK(here.st_mode))
		return fault_set(fault, -ELOOP, "the mount point is a symbolic link");
	if (mount_same_file(&all->top, &here))
		return fault_set(fault, -EBUSY, "the mount would hide the container's root");
	if (type == S_IFDIR && !S_ISDIR(here.st_mode))
		return fault_set(fault, -ENOTDIR, "the mount point is a file");
	if (type != S_IFDIR && S_ISDIR(here.st_mode))
		return fault_set(fault, -EISDIR,
				 "the mount point is a directory, the source a file");
	return fd_take(&target);
}

/* Apply the options that only an attached mount can have. */
static int mount_apply_late(int mount, const struct mount_options *o, struct fault *fault)
{
	struct mount_attr all = {.attr_set = o->set_all, .attr_clr = o->clear_all};
	struct mount_attr propagation = {.propagation = o->propagation};
	int err = 0;

	if (o->clear_all)
		err = mount_api_change(mount, "", AT_RECURSIVE, &all);
	if (!err && o->propagation)
		err = mount_api_change(mount, "", o->propagation_all ? AT_RECURSIVE : 0,
				       &propagation);
	if (err)
		return fault_strerror(fault, err, "cannot set its attributes");
	return 0;
}

/* The image is on a read-only file system, and the mount point is missing. */
static int mount_leave_out(const struct oci_mount *m, const struct fault *fault)
{
	pr_warn("%s is not mounted: %s; add an empty file there to the image", m->destination,
		fault->text);
	return 0;
}

/* Finish an attached mount. If it must become read-only, move @mount to @late. */
static int mount_finish(int *mount, const struct mount_options *o, struct mount_readonly *late,
			struct fault *fault)
{
	int err = mount_apply_late(*mount, o, fault);

	if (err)
		return err;
	if (o->set & MOUNT_ATTR_RDONLY) {
		late->fds[late->n++] = fd_take(mount);
	}
	return 0;
}

#ifdef CONFIG_MOUNT_EXTRAS

static bool mount_is_remount(enum mount_kind kind)
{
	return kind == MOUNT_REMOUNT || kind == MOUNT_REMOUNT_BIND;
}

/* "remount": change only the named options of the mount at the destination. */
static int mount_remount(int root, const struct oci_mount *m, enum mount_kind kind,
			 struct mount_readonly *late, struct fault *fault)
{
	struct mount_options o = {0};
	struct mount_attr attr = {0};
	int fs cleanup(fd_close) = -1, err;

	int mount cleanup(fd_close) = root_open(root, O_PATH, 0, "%s", m->destination);
	if (mount < 0)
		return fault_strerror(fault, mount, "there is nothing to remount");
	if (kind == MOUNT_REMOUNT) {
		fs = (int)syscall(SYS_fspick, mount, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
		if (fs < 0)
			return fault_perror(fault, "there is no mount to remount");
	}
	err = mount_add_options(&o, fs, m, fault);
	if (err)
		return err;
	if (fs >= 0)
		err = mount_fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL);
	if (err)
		return mount_fs_fault(fs, err, "cannot be remounted", fault);
	attr.attr_set = o.set & ~(uint64_t)MOUNT_ATTR_RDONLY;
	attr.attr_clr = o.clear;
	err = mount_api_change(mount, "", 0, &attr);
	if (err)
		return fault_strerror(fault, err, "there is no mount to remount");
	return mount_finish(&mount, &o, late, fault);
}

static int mount_copy_up(int target, int mount, const struct oci_mount *m, struct fault *fault)
{
	int err = strcmp(m->type, "tmpfs") ? -EINVAL : copyup_tree(target, mount);

	return err ? fault_strerror(fault, err,
				    "tmpcopyup: cannot copy the image's directory into a new tmpfs")
		   : 0;
}

#else

static bool mount_is_remount(enum mount_kind kind)
{
	(void)kind;
	return false;
}

static int must_check mount_remount(int root, const struct oci_mount *m, enum mount_kind kind,
				    struct mount_readonly *late, struct fault *fault)
{
	(void)root, (void)m, (void)kind, (void)late, (void)fault;
	return -ENOTSUP;
}

static int must_check mount_copy_up(int target, int mount, const struct oci_mount *m,
				    struct fault *fault)
{
	(void)target, (void)mount, (void)m, (void)fault;
	return -ENOTSUP;
}

#endif

static int mount_one(struct mounts *all, const struct oci_mount *m, int tree, struct fault *fault)
{
	enum mount_kind kind = mount_options_kind(m);
	struct mount_options o = {0};
	struct stat st = {.st_mode = S_IFDIR};
	int err;

	if (mount_is_remount(kind))
		return mount_remount(all->root, m, kind, all->late, fault);
	int mount cleanup(fd_close) = kind == MOUNT_NEW ? mount_new(all->root, m, &o, fault)
							: mount_bind(m, tree, &o, fault);
	if (mount < 0)
		return mount;
	/* A bind mount can be one of a file. */
	if (kind != MOUNT_NEW && fstat(mount, &st))
		return fault_set(fault, -errno, "%m");
	int target cleanup(fd_close) =
		mount_open_target(all, m, S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG, fault);
	if (target < 0)
		return target == -EROFS && m->optional ? mount_leave_out(m, fault) : target;
	err = o.copy_up ? mount_copy_up(target, mount, m, fault) : 0;
	if (!err)
		err = userns_map_mount(mount, &m->maps, o.map_all, fault);
	if (err)
		return err;
	err = mount_api_move(mount, target, "");
	if (err)
		return fault_strerror(fault, err, "cannot be attached");
	err = mount_finish(&mount, &o, all->late, fault);
	if (!err && kind == MOUNT_NEW && all->fresh < 0) {
		all->fresh = fd_take(&mount);
		all->path = m->destination;
	}
	return err;
}

static int mount_fault(const struct oci_mount *m, int err, struct fault *fault)
{
	return fault_prefix(fault, err, "mount %s (%s)", m->destination,
			    *m->type ? m->type : "no type");
}

int mount_open_sources(const struct oci_mount *mounts, size_t n, int bundle, struct arena *a,
		       int **trees, struct fault *fault)
{
	int *all = arena_alloc(a, n + 1, sizeof(*all));

	if (!all)
		return fault_oom(fault);
	for (size_t i = 0; i < n; i++) {
		enum mount_kind kind = mount_options_kind(&mounts[i]);

		all[i] = -1;
		if (*mounts[i].source == '/' || (kind != MOUNT_BIND && kind != MOUNT_RBIND))
			continue;
		all[i] = mount_clone_source(bundle, &mounts[i], fault);
		if (all[i] < 0)
			return mount_fault(&mounts[i], all[i], fault);
	}
	*trees = all;
	return 0;
}

int mount_all(int root, const struct oci_mount *mounts, int *trees, size_t n, struct arena *a,
	      struct mount_readonly *late, struct fault *fault)
{
	struct mounts all cleanup(mount_close) = {.root = root, .fresh = -1, .late = late};

	late->fds = arena_alloc(a, n + 1, sizeof(*late->fds));
	if (!late->fds)
		return fault_oom(fault);
	if (fstat(root, &all.top))
		return fault_perror(fault, "cannot open the container's root");
	for (size_t i = 0; i < n; i++) {
		int err = mount_one(&all, &mounts[i], fd_take(&trees[i]), fault);

		if (err)
			return mount_fault(&mounts[i], err, fault);
	}
	return 0;
}

static int mount_make_readonly(int mount, struct fault *fault)
{
	struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
	int err = mount_api_change(mount, "", 0, &readonly);

	return err ? fault_strerror(fault, err, "cannot make a mount read-only") : 0;
}

int mount_seal(const struct mount_readonly *late, struct fault *fault)
{
	int err = 0;

	for (size_t i = 0; i < late->n && !err; i++)
		err = mount_make_readonly(late->fds[i], fault);
	return err;
}

int mount_seal_root(int root, struct fault *fault)
{
	return mount_make_readonly(root, fault);
}
