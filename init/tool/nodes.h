/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes in a recorded tree. CDI spec files name nodes whose type, numbers and mode must be
 * read from the node itself, so a tree has them as text:
 *
 *	node dev/nvidia0 c 195:0 0666
 *
 * A plan makes no nodes, which only root could do: in the unpacked tree, dev/nvidia0 is a file with
 * the text "c 195:0 0666".
 */
#ifndef COLDINIT_TOOL_NODES_H
#define COLDINIT_TOOL_NODES_H

#include <sys/stat.h>

#include "init/tool/recording.h"

/**
 * nodes_parse() - read the text of a node
 * @text: "c MAJOR:MINOR MODE" or "b MAJOR:MINOR MODE", the mode octal
 * @st: gets st_mode and st_rdev, all else zero; untouched on failure
 *
 * Pure. Return: 0 or -EINVAL.
 */
int nodes_parse(const char *text, struct stat *st) must_check nonnull(1, 2);

/**
 * nodes_take() - record the character and block devices below a root directory's dev/
 * @root: descriptor of the root directory
 * @r: gets the entries, not sorted
 *
 * Left out are nodes that no CDI file names (terminals, loop and RAM disks) and directories that
 * the user may not read. Return: 0, or -errno of recording_add() and of reading.
 */
int nodes_take(int root, struct recording *r) must_check nonnull(2);

/**
 * nodes_lstat() - lstat(2) of a node of the unpacked tree
 * @root: descriptor of the tree's root
 * @path: of the node, absolute
 * @st: as for nodes_parse()
 *
 * Return: 0, -ENOENT if the tree has no such node, -EINVAL if it is none, or -errno of reading.
 */
int nodes_lstat(int root, const char *path, struct stat *st) must_check nonnull(2, 3);

#endif
