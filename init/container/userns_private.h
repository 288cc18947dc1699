/* SPDX-License-Identifier: Apache-2.0 */
/* The user namespace of the container, and those of ID-mapped mounts. See userns.c. */
#ifndef COLDINIT_CONTAINER_USERNS_PRIVATE_H
#define COLDINIT_CONTAINER_USERNS_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_USER_NS

/**
 * userns_make() - make a user namespace that nobody is in
 * @maps: its mappings
 * @fault: gets the error
 *
 * Needs the guest's /proc at /proc.
 * Return: descriptor of the namespace, which the caller closes, or with @fault set the error of
 * clone3(2) or of the write of a mapping, -EINVAL for ranges that overlap.
 */
int userns_make(const struct oci_id_maps *maps, struct fault *fault) must_check nonnull(1, 2);

/**
 * userns_map_mount() - map the IDs of a mount that is attached nowhere yet (mount_setattr(2))
 * @mount: descriptor of the mount
 * @maps: the mappings; if they are empty nothing is done
 * @recursive: also map the mounts below it
 * @fault: gets the error
 *
 * Return: 0, or with @fault set -EINVAL if its file system cannot do that, or the errors of
 * userns_make().
 */
int userns_map_mount(int mount, const struct oci_id_maps *maps, bool recursive,
		     struct fault *fault) must_check nonnull(2, 4);

/**
 * userns_own() - make files as root of the container's user namespace, or as the guest's again
 * @config: has root_uid and root_gid
 * @container: true for the container's root
 * @fault: gets the error
 *
 * Only the owner of new files is another one (setfsuid(2)): all capabilities stay.
 * Return: 0, or the error of prctl(2) with @fault set.
 */
int userns_own(const struct oci_config *config, bool container, struct fault *fault) must_check
	nonnull(1, 3);

/**
 * userns_enter() - enter the user namespace, with the mounts and names that this process has made
 * @ns: descriptor from userns_make(), which is closed; -1: nothing is done
 * @config: the config
 * @fault: gets the error
 *
 * Afterwards this process has no capability outside of the namespace. Its user is still the
 * guest's root, until process_become().
 * Return: 0, or the error of a system call with @fault set.
 */
int userns_enter(int ns, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#else

static inline int must_check userns_make(const struct oci_id_maps *maps, struct fault *fault)
{
	(void)maps, (void)fault;
	return -1;
}

static inline int must_check userns_map_mount(int mount, const struct oci_id_maps *maps,
					      bool recursive, struct fault *fault)
{
	(void)mount, (void)maps, (void)recursive, (void)fault;
	return 0;
}

static inline int must_check userns_own(const struct oci_config *config, bool container,
					struct fault *fault)
{
	(void)config, (void)container, (void)fault;
	return 0;
}

static inline int must_check userns_enter(int ns, const struct oci_config *config,
					  struct fault *fault)
{
	(void)ns, (void)config, (void)fault;
	return 0;
}

#endif

#endif
