/* SPDX-License-Identifier: Apache-2.0 */
/* What is there instead of a file that is missing, for errors. */
#ifndef COLDINIT_LIB_NAMES_H
#define COLDINIT_LIB_NAMES_H

#include "init/lib/fault.h"

#ifdef CONFIG_EXPLAIN

/**
 * names_add() - add what the nearest directory above a missing file has: "; /etc has cdi, passwd"
 * @fault: one that is set
 * @root: descriptor of the directory that @path is relative to
 * @path: of the file
 * @top: what messages call @root, "" for "/"
 *
 * At most twelve names, sorted. Nothing is added if the directory cannot be read.
 */
void names_add(struct fault *fault, int root, const char *path, const char *top) nonnull(1, 3, 4);

#else

static inline void names_add(struct fault *fault, int root, const char *path, const char *top)
{
	(void)fault, (void)root, (void)path, (void)top;
}

#endif

#endif
