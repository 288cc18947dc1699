/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of the hooks that run in the guest: the initramfs brings them. */
#ifndef COLDINIT_RUN_HOOK_PROGRAMS_H
#define COLDINIT_RUN_HOOK_PROGRAMS_H

#include <sys/stat.h>

#include "spec/oci.h"

#ifdef CONFIG_HOOKS

/**
 * hook_programs_has() - does the guest have a program?
 * @initrd: descriptor of the initramfs' root
 * @root: descriptor of "/"
 * @path: of the program, absolute
 * @fault: set if the result is negative
 *
 * Only what came with the initramfs counts: a program in the bundle, on a share or on a disk could
 * be replaced by the container or by the share's host, and these hooks run as root of the guest.
 * Return: 1 if one of both has it, 0 if none has it, or a negative errno of looking at it.
 */
int hook_programs_has(int initrd, int root, const char *path, struct fault *fault) must_check
	nonnull(3, 4);

/**
 * hook_programs_keep() - move the initramfs' programs to "/" if a hook needs them
 * @initrd: descriptor of the initramfs' root, which the caller empties afterwards; lib/modules of
 *	it is removed first
 * @root: descriptor of "/"
 * @config: has the hooks
 * @bundle: a directory of the initramfs that stays where it is, NULL for none
 * @copy: the files stay in the initramfs, too
 * @fault: set on failure
 *
 * Return: 1 if they were moved, 0 if no hook needs them, or -errno of tree_merge().
 */
int hook_programs_keep(int initrd, int root, const struct oci_config *config,
		       const struct stat *bundle, bool copy, struct fault *fault) must_check
	nonnull(3, 6);

#else

static inline int must_check hook_programs_keep(int initrd, int root,
						const struct oci_config *config,
						const struct stat *bundle, bool copy,
						struct fault *fault)
{
	(void)initrd, (void)root, (void)config, (void)bundle, (void)copy, (void)fault;
	return 0;
}

static inline int must_check hook_programs_has(int initrd, int root, const char *path,
					       struct fault *fault)
{
	(void)initrd, (void)root, (void)path, (void)fault;
	return 0;
}

#endif

#endif
