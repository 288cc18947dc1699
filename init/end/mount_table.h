/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's table of mounts, /proc/self/mounts (proc(5), fstab(5)). Pure. */
#ifndef COLDINIT_END_MOUNT_TABLE_H
#define COLDINIT_END_MOUNT_TABLE_H

#include "init/lib/compiler.h"

/**
 * mount_table_pop() - take the last line off a table of mounts
 * @table: lines "source target type options 0 0", the oldest mount first; the line is removed from
 *	it, and with it the lines behind it that have no target
 *
 * A blank, tab, newline or backslash in a target is "\040", "\011", "\012" or "\134" in the table
 * (the kernel's mangle()); these and other octal escapes are decoded.
 * Return: the target of that line, inside @table; NULL when no line is left.
 */
char *mount_table_pop(char *table) must_check nonnull(1);

#endif
