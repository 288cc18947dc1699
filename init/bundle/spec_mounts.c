// SPDX-License-Identifier: Apache-2.0
/*
 * Sources of bind mounts that are files of the host
 * -------------------------------------------------
 *
 * Engines bind a few files of the host into each container. In a guest coldinit's own files or a
 * tmpfs replace them, see stand_ins below; network_files() makes those of the network. All other
 * missing sources are reported in one error, since each of them would cost a boot.
 */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "init/bundle/spec.h"
#include "init/container/mount_options.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/lib/walk.h"
#include "init/network/network.h"

/* How many missing sources an error names, and how many mounts get a warning. */
#define NAMES_MAX 12

#define CONTAINERENV NETWORK_FILES_DIR "/containerenv"

static const char *shm_options[] = {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k", NULL};

/* Return: 0, -ENOENT if the source is not in the guest, or another -errno. */
static int spec_mounts_look(const struct spec_env *env, const struct oci_mount *m)
{
	int fd cleanup(fd_close) = *m->source == '/'
					   ? walk_open(env->root, m->source)
					   : root_open(env->dir, O_PATH, 0, "%s", m->source);

	return fd >= 0 ? 0 : fd == -ENOTDIR ? -ENOENT : fd;
}

/* podman's mark of a container: an empty file. */
static int spec_mounts_containerenv(const struct spec_env *env, struct oci_mount *m,
				    struct fault *fault)
{
	int err = tree_mkdir(env->root, NETWORK_FILES_DIR), fd cleanup(fd_close) = -1;

	if (!err)
		fd = root_open(env->root, O_WRONLY | O_CREAT | O_TRUNC, 0644, "%s", CONTAINERENV);
	err = err ? err : fd < 0 ? fd : 0;
	if (err)
		return fault_strerror(fault, err, "cannot make %s", CONTAINERENV);
	m->source = CONTAINERENV;
	return 0;
}

/* Return: 1 if something of the guest replaces the source, 0 if nothing does, or -errno. */
static int spec_mounts_replace(const struct spec_env *env, struct oci_mount *m, struct fault *fault)
{
	const char *with = "coldinit's own file";
	int err = 0;

	if (network_file_is_one(m->destination)) {
		m->missing = true;
	} else if (network_file_same_path(m->destination, "/run/.containerenv")) {
		err = spec_mounts_containerenv(env, m, fault);
		with = "an empty file";
	} else if (network_file_same_path(m->destination, "/dev/shm")) {
		m->type = "tmpfs";
		m->source = "shm";
		m->options = shm_options;
		m->n_options = ARRAY_SIZE(shm_options) - 1;
		with = "a tmpfs";
	} else {
		return 0;
	}
	if (err)
		return err;
	pr_warn("mount %s: its source is not in the guest, %s replaces it", m->destination, with);
	return 1;
}

/* Add a missing source to the error. @n: how many there were. */
static void spec_mounts_add(const struct oci_mount *m, size_t n, struct fault *fault)
{
	if (!n)
		fault_set(fault, -ENOENT, "mounts: not in the guest are the sources ");
	if (n < NAMES_MAX)
		fault_add(fault, "%s%.100s (of %.60s)", n ? ", " : "", m->source, m->destination);
}

/* Return: 1 if the source is missing and nothing replaces it, 0, or -errno. */
static int spec_mounts_one(const struct spec_env *env, struct oci_mount *m, struct fault *fault)
{
	enum mount_kind kind = mount_options_kind(m);
	int err;

	if (kind != MOUNT_BIND && kind != MOUNT_RBIND)
		return 0;
	/* An empty path would be the bundle, in which this is looked up. */
	if (!*m->source)
		return fault_set(fault, -EINVAL, "mount %s: a bind mount needs a source",
				 m->destination);
	if (!env->live)
		return 0;
	err = env->prepare ? env->prepare(m->source, fault) : 0;
	if (err)
		return err;
	err = spec_mounts_look(env, m);
	if (!err)
		return 0;
	if (err != -ENOENT)
		return fault_strerror(fault, err, "mount %s: cannot look up the source %s",
				      m->destination, m->source);
	err = spec_mounts_replace(env, m, fault);
	return err < 0 ? err : !err;
}

/*
 * A bind mount has no file system that its other options could be for: other runtimes ignore them
 * without a word. Return: is there one?
 */
static bool spec_mounts_warn(const struct oci_mount *m)
{
	struct mount_options unused = {0};
	enum mount_kind kind = mount_options_kind(m);
	const char *first = NULL;
	size_t n = 0;

	if (kind == MOUNT_NEW || kind == MOUNT_REMOUNT)
		return false;
	for (size_t i = 0; i < m->n_options; i++) {
		if (mount_options_add(&unused, m->options[i]) != MOUNT_OPTION_DATA)
			continue;
		first = first ? first : m->options[i];
		n++;
	}
	if (n)
		pr_warn("mount %s: the option \"%.64s\"%s has no meaning for a bind mount and is ignored",
			m->destination, first, n > 1 ? " and others" : "");
	return n;
}

int spec_mounts(const struct spec_env *env, struct oci_config *config, struct fault *fault)
{
	size_t missing = 0, warned = 0;
	int result;

	for (size_t i = 0; i < config->n_mounts && warned < NAMES_MAX; i++)
		warned += spec_mounts_warn(&config->mounts[i]);
	for (size_t i = 0; i < config->n_mounts; i++) {
		result = spec_mounts_one(env, &config->mounts[i], fault);
		if (result < 0)
			return result;
		if (result)
			spec_mounts_add(&config->mounts[i], missing++, fault);
	}
	if (!missing)
		return 0;
	if (missing > NAMES_MAX)
		fault_add(fault, " and %zu more", missing - NAMES_MAX);
	fault_add(fault, ": add them to the bundle, or share them");
	return -ENOENT;
}
