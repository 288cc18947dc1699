/* SPDX-License-Identifier: Apache-2.0 */
/* Whole directories: make, move from the initramfs to a tmpfs, remove. */
#ifndef COLDINIT_LIB_TREE_H
#define COLDINIT_LIB_TREE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "init/lib/compiler.h"

/**
 * tree_mkdir() - make a directory and its parents, mode 0755
 * @root: descriptor of the directory that @path is below
 * @path: with or without slashes in front; one that exists is left as it is
 *
 * Return: 0, -ENAMETOOLONG, or a negative errno of openat2(2) or mkdirat(2).
 */
int tree_mkdir(int root, const char *path) must_check nonnull(2);

/**
 * tree_move() - copy a directory with all that is in it, and remove each file once it is copied
 * @from: descriptor of the root of the directory to move
 * @from_path: that directory; directories in it stay, empty
 * @to: descriptor of the root of the new place
 * @to_path: the new place, made if missing
 *
 * Owners, modes, times and symbolic links are kept; hard links become separate files. Moving file
 * by file keeps the peak of memory at one file, not at twice the tree.
 * Return: 0, -ENOENT without @from_path, -EEXIST if a name exists in both, -ELOOP if directories
 * are nested more than 128 deep, or another negative errno of the system calls.
 */
int tree_move(int from, const char *from_path, int to, const char *to_path) must_check
	nonnull(2, 4);

/**
 * tree_merge() - tree_move() of a whole root into another one
 * @from: descriptor of the root to move
 * @to: descriptor of the other one; what it has is kept: directories are merged, and a file of
 *	@from with the same name stays where it is
 * @leave: NULL-terminated names at the top of @from that stay where they are
 * @keep: the directory that stays where it is with all that is in it, NULL for none
 * @copy: the files stay in @from, too
 *
 * Return: as tree_move(), but never -EEXIST.
 */
int tree_merge(int from, int to, const char *const *leave, const struct stat *keep,
	       bool copy) must_check nonnull(3);

/**
 * tree_empty() - remove everything below a directory, except for mount points
 * @dir: its descriptor
 * @keep: the directory that stays with all that is in it, perhaps @dir itself; NULL for none
 *
 * Return: 0, or a negative errno for the first thing that cannot be read or removed; a directory
 * that may be @keep is not emptied.
 */
int tree_empty(int dir, const struct stat *keep) must_check;

#endif
