/* SPDX-License-Identifier: Apache-2.0 */
/* Look up paths that lead through files of others: shares, disks, bundles. */
#ifndef COLDINIT_LIB_WALK_H
#define COLDINIT_LIB_WALK_H

#include "init/lib/compiler.h"

/**
 * walk_open() - open a file of the guest, with each mounted file system as a root
 * @root: descriptor of "/"
 * @path: absolute path; a relative one begins at @root too
 *
 * A symbolic link is followed inside the file system that has it: its "/" and "..", like those of
 * the rest of the path, do not lead out of that. The file systems at "/" and "/run", which only
 * PID 1 writes to, are one root with everything that is mounted below them.
 *
 * Return: O_PATH descriptor, which the caller closes, or a negative errno: -ENOENT, -ENOTDIR,
 * -ELOOP for too many links, -ENAMETOOLONG, and others.
 */
int walk_open(int root, const char *path) must_check nonnull(2);

#endif
