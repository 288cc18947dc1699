/* SPDX-License-Identifier: Apache-2.0 */
/* The mount option "tmpcopyup": a new tmpfs begins with a copy of the image's directory. */
#ifndef COLDINIT_CONTAINER_COPYUP_PRIVATE_H
#define COLDINIT_CONTAINER_COPYUP_PRIVATE_H

#include "init/lib/compiler.h"

/**
 * copyup_tree() - copy the contents of one directory into another
 * @from: descriptor of the source, O_PATH is enough; symbolic links in it are copied, not followed
 * @to: descriptor of the target, O_PATH is enough; nothing in it is overwritten
 *
 * Keeps owners, modes, links and special files. Hard links become separate files; extended
 * attributes are not copied.
 * Return: 0, -EEXIST if @to has an entry of the same name, -ELOOP if the directories are nested
 * too deep, or another negative errno of the first file that cannot be copied.
 */
int copyup_tree(int from, int to) must_check;

#endif
