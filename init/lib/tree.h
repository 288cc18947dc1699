/* SPDX-License-Identifier: Apache-2.0 */
/* Whole directories: make, move from the initramfs to a tmpfs, remove. */
#ifndef COLDINIT_LIB_TREE_H
#define COLDINIT_LIB_TREE_H

#include <sys/stat.h>

#include "init/lib/compiler.h"

/** tree_mkdir() - make a directory and its parents below @root, mode 0755. Return: 0 or -errno. */
int tree_mkdir(int root, const char *path) must_check nonnull(2);

/**
 * tree_move() - copy a directory with all that is in it, and remove each file once it is copied
 * @from, @from_path: the directory to move
 * @to, @to_path: where it goes; made if missing
 *
 * Owners, modes, times and symbolic links are kept, hard links become files of their own. Moving
 * file by file keeps the peak of memory at one file, not at twice the tree. Return: 0 or -errno.
 */
int tree_move(int from, const char *from_path, int to, const char *to_path) must_check
	nonnull(2, 4);

/**
 * tree_merge() - tree_move() of a whole root into another one
 * @leave: NULL-terminated names of the top that stay where they are
 * @keep: the directory that stays where it is with all that is in it, NULL for none
 *
 * What @to has already is kept: directories are merged, other files stay as they are.
 */
int tree_merge(int from, int to, const char *const *leave, const struct stat *keep) must_check
	nonnull(3);

/**
 * tree_empty() - remove all that is below a directory, as far as it can be removed
 * @keep: the directory that stays with all that is in it, perhaps @dir itself; NULL for none
 */
void tree_empty(int dir, const struct stat *keep);

#endif
