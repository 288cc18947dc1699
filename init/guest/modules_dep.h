/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depmod's list of modules and what they depend on, modules.dep. Pure: text in, answers out.
 *
 *	kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/pci/vfio-pci-core.ko.xz
 *		kernel/drivers/vfio/vfio.ko.xz
 *
 * A line names the file of a module and the files of all modules that it depends on, directly or
 * not; each depends only on those behind it, so that the last one is loaded first. Paths are
 * relative to the directory of modules.dep.
 */
#ifndef COLDINIT_GUEST_MODULES_DEP_H
#define COLDINIT_GUEST_MODULES_DEP_H

#include <stdbool.h>

#include "init/lib/compiler.h"

/**
 * struct module_path - the path of a module's file; no string, but a part of modules.dep
 * @text: its first byte
 * @len: its length in bytes
 */
struct module_path {
	const char *text;
	int len;
};

/**
 * struct modules_dep - a line of modules.dep
 * @file: the module
 * @others: the rest of the line that modules_dep_pop() has not taken yet
 */
struct modules_dep {
	struct module_path file, others;
};

/**
 * modules_dep_find() - find the line of a module
 * @text: of modules.dep; lines without a colon are skipped
 * @name: of the module; '-' and '_' are the same, in both
 * @out: gets the line; untouched if there is none
 *
 * Return: whether there is one; the first one, if there are more.
 */
bool modules_dep_find(const char *text, const char *name, struct modules_dep *out) must_check
	nonnull(1, 2, 3);

/**
 * modules_dep_pop() - take the last dependency off a line: the one to load next
 * @dep: of modules_dep_find()
 * @out: gets the path; untouched if none is left
 *
 * Return: whether one was left.
 */
bool modules_dep_pop(struct modules_dep *dep, struct module_path *out) must_check nonnull(1, 2);

/**
 * modules_dep_name() - derive a module's name in the kernel from its file
 * @path: the file
 * @name: gets the last component up to ".ko", with '_' in place of each '-' (as in /sys/module)
 * @size: of @name in bytes
 *
 * Return: 0, -EINVAL if the path has no ".ko", -ENAMETOOLONG if the name does not fit.
 */
int modules_dep_name(struct module_path path, char *name, size_t size) must_check nonnull(2);

/**
 * modules_dep_is_compressed() - find out whether the kernel must decompress a module
 * @path: the file
 *
 * Return: whether something follows its ".ko", such as ".xz".
 */
bool modules_dep_is_compressed(struct module_path path);

#endif
