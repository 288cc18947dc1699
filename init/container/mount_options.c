// SPDX-License-Identifier: Apache-2.0
#include <linux/mount.h>
#include <string.h>

#include "init/container/mount_options.h"
#include "init/lib/str.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

/* With an "r" in front they also apply to the mounts below. @mask: the bits that @value sets. */
static const struct {
	char name[14];
	uint32_t mask, value;
} attributes[] = {
	{"ro", MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY},
	{"rw", MOUNT_ATTR_RDONLY, 0},
	{"nosuid", MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOSUID},
	{"suid", MOUNT_ATTR_NOSUID, 0},
	{"nodev", MOUNT_ATTR_NODEV, MOUNT_ATTR_NODEV},
	{"dev", MOUNT_ATTR_NODEV, 0},
	{"noexec", MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOEXEC},
	{"exec", MOUNT_ATTR_NOEXEC, 0},
	{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
	{"symfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
	{"nodiratime", MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NODIRATIME},
	{"diratime", MOUNT_ATTR_NODIRATIME, 0},
	{"noatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_NOATIME},
	{"strictatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_STRICTATIME},
	{"relatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_RELATIME},
	{"atime", MOUNT_ATTR__ATIME, MOUNT_ATTR_RELATIME}, /* the kernel's default */
	{"norelatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_RELATIME},
	{"nostrictatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_RELATIME},
};

static const struct {
	char name[11];
	uint32_t flag;
} propagations[] = {
	{"private", MS_PRIVATE},
	{"slave", MS_SLAVE},
	{"shared", MS_SHARED},
	{"unbindable", MS_UNBINDABLE},
};

/*
 * mount_options_kind() handles "bind", "rbind" and "remount". "silent" and "loud" are about the
 * kernel's log. Only mount(2) knows "iversion": file systems that count versions always do it now.
 * Those of a superblock have an "r" form in other runtimes, which means nothing. "" is what is left
 * of an empty list that was split at commas.
 */
#ifdef CONFIG_MOUNT_EXTRAS
static const char *const ignored[] = {
	"",	    "defaults",	  "bind",      "rbind",	    "remount",	   "silent",	  "loud",
	"iversion", "noiversion", "rsync",     "rasync",    "rdirsync",	   "rmand",	  "rnomand",
	"rsilent",  "rloud",	  "riversion", "rlazytime", "rnolazytime", "rnoiversion", NULL};
/* Options of a superblock, which the kernel accepts for a new file system. */
static const char *const super[] = {"sync",   "async",	  "dirsync",	"mand",
				    "nomand", "lazytime", "nolazytime", NULL};
#else
static const char *const ignored[] = {"",     "defaults", "bind",	"rbind", "silent",
				      "loud", "iversion", "noiversion", NULL};
#endif

static const char *const refused[] = {
#ifndef CONFIG_MOUNT_EXTRAS
	"remount",	"tmpcopyup",
#endif
#ifndef CONFIG_USER_NS
	"idmap",	"ridmap",
#endif
	"copy-symlink", NULL};

static bool mount_options_add_attribute(const char *name, uint64_t *set, uint64_t *clear)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (*name != *attributes[i].name || strcmp(name, attributes[i].name))
			continue;
		*set = (*set & ~(uint64_t)attributes[i].mask) | attributes[i].value;
		*clear |= attributes[i].mask;
		return true;
	}
	return false;
}

static bool mount_options_add_propagation(struct mount_options *o, const char *name, bool all)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
		if (*name != *propagations[i].name || strcmp(name, propagations[i].name))
			continue;
		o->propagation = propagations[i].flag;
		o->propagation_all = all;
		return true;
	}
	return false;
}

enum mount_option mount_options_add(struct mount_options *o, const char *name)
{
	/* The generic ones have no value. */
	if (strchr(name, '=')) {
		o->mode |= str_starts(name, "mode=");
		return MOUNT_OPTION_DATA;
	}
	if (str_index(name, ignored) >= 0 ||
	    mount_options_add_attribute(name, &o->set, &o->clear) ||
	    mount_options_add_propagation(o, name, false))
		return MOUNT_OPTION_DONE;
	if (*name == 'r' && (mount_options_add_attribute(name + 1, &o->set_all, &o->clear_all) ||
			     mount_options_add_propagation(o, name + 1, true)))
		return MOUNT_OPTION_DONE;
	if (str_index(name, refused) >= 0)
		return MOUNT_OPTION_REFUSED;
#ifdef CONFIG_USER_NS
	/* The mappings are those of the mount (oci_idmap.c). */
	if (!strcmp(name, "idmap") || !strcmp(name, "ridmap")) {
		o->map_all = *name == 'r';
		return MOUNT_OPTION_DONE;
	}
#endif
#ifdef CONFIG_MOUNT_EXTRAS
	if (str_index(name, super) >= 0)
		return MOUNT_OPTION_SUPER;
	if (!strcmp(name, "tmpcopyup")) {
		o->copy_up = true;
		return MOUNT_OPTION_DONE;
	}
#endif
	return MOUNT_OPTION_DATA;
}

/* The options of mounts that have none, as other runtimes set them. */
static const struct {
	const char *destination;
	const char *options[7];
} defaults[] = {
	{"/dev", {"noexec", "strictatime", "mode=755"}},
	{"/dev/shm", {"noexec", "nosuid", "nodev", "mode=1777", "size=65536k"}},
	{"/dev/mqueue", {"noexec", "nosuid", "nodev"}},
	{"/dev/pts", {"noexec", "nosuid", "newinstance", "ptmxmode=0666", "mode=620", "gid=5"}},
	{"/sys", {"noexec", "nosuid", "nodev"}},
	{"/sys/fs/cgroup", {"noexec", "nosuid", "strictatime"}},
};

const char *const *mount_options_list(const struct oci_mount *m, size_t *n)
{
	*n = m->n_options;
	for (size_t i = 0; !*n && i < ARRAY_SIZE(defaults); i++) {
		if (strcmp(m->destination, defaults[i].destination))
			continue;
		while (defaults[i].options[*n])
			++*n;
		return defaults[i].options;
	}
	return m->options;
}

static bool mount_options_has(const struct oci_mount *m, const char *name)
{
	for (size_t i = 0; i < m->n_options; i++)
		if (!strcmp(m->options[i], name))
			return true;
	return false;
}

enum mount_kind mount_options_kind(const struct oci_mount *m)
{
	bool bind = !strcmp(m->type, "bind") || mount_options_has(m, "bind");

#ifdef CONFIG_MOUNT_EXTRAS
	if (mount_options_has(m, "remount"))
		return bind || mount_options_has(m, "rbind") ? MOUNT_REMOUNT_BIND : MOUNT_REMOUNT;
#endif
	if (mount_options_has(m, "rbind"))
		return MOUNT_RBIND;
	return bind ? MOUNT_BIND : MOUNT_NEW;
}
