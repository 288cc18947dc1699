/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depmod's list of soft dependencies, modules.softdep, in the form of modprobe.d(5). Pure: text in,
 * answers out.
 *
 *	softdep ext4 pre: crc32c
 *	softdep vfio post: vfio_iommu_type1 vfio_iommu_spapr_tce
 *
 * A line names a module and what modprobe loads before ("pre:") and after it ("post:"), each by the
 * name or an alias of a module. Unlike those of modules.dep they may be missing.
 */
#ifndef COLDINIT_GUEST_MODULES_SOFTDEP_H
#define COLDINIT_GUEST_MODULES_SOFTDEP_H

#include <stdbool.h>

#include "init/guest/modules_alias.h"

/**
 * struct modules_softdep - a walk through the soft dependencies of one module
 * @at: the text that was not read yet
 * @in_line: @at is in a line of the module, else at the beginning of a line
 * @part: what the words at @at are
 */
struct modules_softdep {
	const char *at;
	bool in_line;
	enum {
		SOFTDEP_NEITHER,
		SOFTDEP_PRE,
		SOFTDEP_POST
	} part;
};

/**
 * modules_softdep_next() - get the next soft dependency of a module
 * @walk: zero, except that @at is the text of modules.softdep; moves on
 * @module: the module; '-' and '_' are the same
 * @post: get those that are loaded after the module, instead of those before it
 * @name: gets the name or the alias; untouched if there is none. One that is too long is skipped
 *
 * Return: whether there is one.
 */
bool modules_softdep_next(struct modules_softdep *walk, const char *module, bool post,
			  char name[MODULES_NAME_MAX]) must_check nonnull(1, 2, 4);

#endif
