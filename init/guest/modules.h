/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel modules from the initramfs: finit_module(2) in the order of depmod's modules.dep. */
#ifndef COLDINIT_GUEST_MODULES_H
#define COLDINIT_GUEST_MODULES_H

#include "init/lib/arena.h"
#include "init/lib/fault.h"

/**
 * struct modules - the initramfs' modules
 * @initrd: root of the initramfs
 * @root: of the guest, for /sys/module
 * @dir: "lib/modules/<release>"
 * @dep: text of modules.dep, "" if there is none
 */
struct modules {
	int initrd, root;
	char dir[128];
	char *dep;
};

/** modules_open() - read modules.dep of the running kernel. Return: 0 or -errno with @fault set. */
int modules_open(struct modules *m, int initrd, int root, struct fault *fault) must_check
	nonnull(1, 4);

/** modules_close() - free the text */
void modules_close(struct modules *m) nonnull(1);

/**
 * modules_load() - load a module and what it depends on
 * @name: '-' and '_' are the same
 * @parameters: "name=value name=value", may be ""
 *
 * Return: 0 if it is loaded (also if it was before), -ENOENT if the initramfs has no such module
 * (it may be built in), else -errno; @fault is set in both.
 */
int modules_load(const struct modules *m, const char *name, const char *parameters,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * modules_want() - load a module that a later step needs unless it is built in
 *
 * A module that the initramfs lacks is no error here, nor one that finds nothing to drive (-ENODEV,
 * -ENODATA): the step that needs it says what is missing. Return: 0 or -errno with @fault set.
 */
int modules_want(const struct modules *m, const char *name, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * struct module_file - a module to be loaded after the initramfs has gone
 * @fd: its file
 * @flags: for finit_module(2)
 */
struct module_file {
	int fd;
	int flags;
};

/**
 * module_file_open() - open the file of a module that needs no other one
 *
 * Return: 0 or -errno, -ENOENT if the initramfs has none or it is loaded.
 */
int module_file_open(const struct modules *m, const char *name, struct module_file *out) must_check
	nonnull(1, 2, 3);

/** module_file_load() - load it and close the file. Return: 0 or -errno. */
int module_file_load(struct module_file *file) must_check nonnull(1);

#endif
