/* SPDX-License-Identifier: Apache-2.0 */
/* The mount option tmpcopyup: a new tmpfs begins with what the image has in its place. */
#ifndef COLDINIT_CONTAINER_COPYUP_PRIVATE_H
#define COLDINIT_CONTAINER_COPYUP_PRIVATE_H

#include "init/lib/compiler.h"

/**
 * copyup_tree() - copy all that lies in one directory into another
 * @from, @to: descriptors of them, O_PATH will do; no link leads out of them
 *
 * Owners, modes, links and special files are kept, hard links become copies, extended attributes
 * are left out. Return: 0 or -errno.
 */
int copyup_tree(int from, int to) must_check;

#endif
