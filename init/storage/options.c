// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "init/lib/str.h"
#include "init/storage/options.h"

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

/* Options that each file system has (mount(8)). @set, @clear: MS_ flags. */
static const struct {
	char name[14];
	unsigned set, clear;
} generic[] = {
	{"ro", MS_RDONLY, 0},
	{"rw", 0, MS_RDONLY},
	{"nosuid", MS_NOSUID, 0},
	{"suid", 0, MS_NOSUID},
	{"nodev", MS_NODEV, 0},
	{"dev", 0, MS_NODEV},
	{"noexec", MS_NOEXEC, 0},
	{"exec", 0, MS_NOEXEC},
	{"noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME},
	{"atime", 0, MS_NOATIME},
	{"relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME},
	{"norelatime", 0, MS_RELATIME},
	{"strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME},
	{"nostrictatime", 0, MS_STRICTATIME},
	{"nodiratime", MS_NODIRATIME, 0},
	{"diratime", 0, MS_NODIRATIME},
	{"lazytime", MS_LAZYTIME, 0},
	{"nolazytime", 0, MS_LAZYTIME},
	{"nosymfollow", MS_NOSYMFOLLOW, 0},
	{"symfollow", 0, MS_NOSYMFOLLOW},
	{"sync", MS_SYNCHRONOUS, 0},
	{"async", 0, MS_SYNCHRONOUS},
	{"dirsync", MS_DIRSYNC, 0},
	{"silent", MS_SILENT, 0},
	{"loud", 0, MS_SILENT},
	{"defaults", 0, 0},
};

/*
 * Options of one file system (Documentation/filesystems/ of the kernel): those that choose how an
 * image is used, but none that names another device or file, or lets an image panic the kernel.
 * "name=" takes a value.
 */
static const struct {
	const char *fstype;
	const char *const *names;
} known[] = {
	{"virtiofs", (const char *const[]){"dax", "dax=", NULL}},
#ifdef CONFIG_STORAGE_DISK
	{"ext4", (const char *const[]){"acl", "noacl", "user_xattr", "nouser_xattr", "discard",
				       "nodiscard", "noload", "norecovery", "dax", "dax=", "data=",
				       "commit=", "errors=continue", "errors=remount-ro", NULL}},
	{"erofs", (const char *const[]){"acl", "noacl", "user_xattr", "nouser_xattr", "dax",
					"dax=", "cache_strategy=", NULL}},
	{"squashfs", (const char *const[]){"errors=continue", "threads=", NULL}},
#endif
#ifdef CONFIG_STORAGE_TMPFS
	{"hugetlbfs", (const char *const[]){"pagesize=", "size=", "mode=", "uid=", "gid=",
					    "nr_inodes=", "min_size=", "fsgid=", NULL}},
	{"tmpfs", (const char *const[]){"size=", "mode=", "uid=", "gid=", "nr_inodes=",
					"nr_blocks=", "huge=", "noswap", "fsgid=", NULL}},
	{"", (const char *const[]){"mode=", "fsgid=", NULL}},
#endif
#ifdef CONFIG_STORAGE_OVERLAY
	{"overlay",
	 (const char *const[]){"lowerdir=", "upperdir=", "workdir=", "index=", "metacopy=",
			       "redirect_dir=", "xino=", "userxattr", "volatile", NULL}},
#endif
};

int storage_options_append(char data[STORAGE_DATA_MAX], const char *separator, const char *word,
			   struct fault *fault)
{
	size_t n = strlen(data);

	if (!str_printf(data + n, STORAGE_DATA_MAX - n, "%s%s", n ? separator : "", word))
		return 0;
	return fault_set(fault, -E2BIG, "more than %d bytes of mount options",
			 STORAGE_DATA_MAX - 1);
}

static const char *const *storage_options_names_of(const char *fstype)
{
	/* The driver of ext4 serves them. */
	if (!strcmp(fstype, "ext2") || !strcmp(fstype, "ext3"))
		fstype = "ext4";
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].fstype, fstype))
			return known[i].names;
	return NULL;
}

/* File systems of other storages, and of the kernel itself. */
bool storage_options_on_disk(const char *fstype)
{
	static const char others[] =
		"9p bind cgroup cgroup2 devpts devtmpfs fuse hugetlbfs mqueue nfs overlay proc ramfs rootfs sysfs tmpfs virtiofs";
	size_t n = strspn(fstype, "abcdefghijklmnopqrstuvwxyz0123456789_-.");

	return n && !fstype[n] && !str_has_word(others, fstype);
}

/*
 * Options of a file system that is not in the tables are for the kernel, but as those in the tables
 * they cannot name another device or file, or let an image panic the kernel.
 */
static int storage_options_check_other(const char *fstype, const char *option, struct fault *fault)
{
	const char *value = strchr(option, '=');

	if (value && value[1] == '/')
		return fault_set(fault, -ENOTSUP,
				 "mount option \"%s\" for %s names another device or file", option,
				 fstype);
	if (value && !strcmp(value, "=panic"))
		return fault_set(fault, -ENOTSUP,
				 "mount option \"%s\" for %s would let the disk panic the guest",
				 option, fstype);
	return 0;
}

static bool storage_options_add_generic(struct storage_options *o, const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(generic); i++) {
		if (strcmp(generic[i].name, option) != 0)
			continue;
		o->flags = (o->flags & ~(unsigned long)generic[i].clear) | generic[i].set;
		if (generic[i].clear == MS_RDONLY || generic[i].set == MS_RDONLY)
			o->writable = !generic[i].set;
		return true;
	}
	return false;
}

static bool storage_options_is_known(const char *const *names, const char *option)
{
	for (; names && *names; names++) {
		bool value = str_ends(*names, "=");

		if (value ? str_starts(option, *names) && option[strlen(*names)]
			  : !strcmp(*names, option))
			return true;
	}
	return false;
}

/* Options that coldinit handles itself. Return: true if @option is one of them. */
static bool storage_options_add_own(struct storage_options *o, const char *fstype,
				    const char *option)
{
	const struct {
		const char *name, **value;
	} own[] = {
		{"fsgid=", &o->group},	{"lowerdir=", &o->lower}, {"upperdir=", &o->upper},
		{"workdir=", &o->work}, {"mode=", &o->mode},
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		/* The file system itself has mode= (tmpfs). */
		if (!str_starts(option, own[i].name) || (own[i].value == &o->mode && *fstype))
			continue;
		*own[i].value = option + strlen(own[i].name);
		return true;
	}
	return false;
}

static int storage_options_add_option(struct storage_options *o, const char *fstype,
				      const char *option, struct fault *fault)
{
	const char *const *names;
	int err = 0;

	if (storage_options_add_generic(o, option))
		return 0;
	names = storage_options_names_of(fstype);
	if (!names)
		err = storage_options_check_other(fstype, option, fault);
	else if (!storage_options_is_known(names, option))
		return fault_set(fault, -ENOTSUP, "unknown mount option \"%s\" for %s", option,
				 *fstype ? fstype : "a directory");
	if (err || storage_options_add_own(o, fstype, option))
		return err;
	/* What follows a comma would be another option, which is not checked. */
	if (strchr(option, ','))
		return fault_set(fault, -EINVAL, "mount option \"%s\" has a comma in it", option);
	return storage_options_append(o->data, ",", option, fault);
}

static int storage_options_numbers(struct storage_options *o, struct fault *fault)
{
	if (*o->mode && str_number(o->mode, strlen(o->mode), 8, 07777, &o->mode_bits))
		return fault_set(fault, -EINVAL, "mode=%s is no octal mode", o->mode);
	if (*o->group && str_number(o->group, strlen(o->group), 10, UINT32_MAX - 1, &o->gid))
		return fault_set(fault, -EINVAL, "fsgid=%s is no group ID", o->group);
	return 0;
}

int storage_options(const struct storage *s, const char *fstype, struct storage_options *out,
		    struct fault *fault)
{
	struct storage_options o = {.mode = "", .group = "", .lower = "", .upper = "", .work = ""};
	int err = 0;

	/* The content of a disk or a share is not trusted. */
	if (*fstype && strcmp(fstype, "tmpfs") != 0 && strcmp(fstype, "hugetlbfs") != 0)
		o.flags = MS_NOSUID | MS_NODEV;
	for (size_t i = 0; i < s->n_options && !err; i++)
		err = storage_options_add_option(&o, fstype, s->options[i], fault);
	if (!err)
		err = storage_options_numbers(&o, fault);
	if (!err)
		*out = o;
	return err;
}
