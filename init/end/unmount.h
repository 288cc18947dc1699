/* SPDX-License-Identifier: Apache-2.0 */
/* Unmounting at the end of the guest. */
#ifndef COLDINIT_END_UNMOUNT_H
#define COLDINIT_END_UNMOUNT_H

#include "init/lib/compiler.h"

/**
 * unmount_all() - unmount all that init/guest/mounts.c has not mounted, the newest mount first
 *
 * Each file system is remounted read-only before, so that its journal is closed even if it is still
 * in use. An error of one on a disk is a warning: the guest ends in any case.
 */
void unmount_all(void);

/* Private to init/end/: the parts of unmount_all(). */

/**
 * unmount_next() - take the newest mount point off a table that is not PID 1's own
 * @table: as for mount_table_pop()
 *
 * PID 1's own are those of init/guest/mounts.c, with all that is below /proc, /sys and /dev. Pure.
 * Return: the mount point, inside @table; NULL when there is none left.
 */
const char *unmount_next(char *table) must_check nonnull(1);

/**
 * unmount_one() - remount a file system read-only, then unmount it
 * @target: its mount point
 */
void unmount_one(const char *target) nonnull(1);

#endif
