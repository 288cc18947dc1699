/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel modules from the initramfs, as modprobe(8) loads them: found by their name or an alias
 * (modules.alias), in the order of modules.dep and modules.softdep, with the parameters that the
 * kernel command line and the manifest have for them.
 */
#ifndef COLDINIT_GUEST_MODULES_H
#define COLDINIT_GUEST_MODULES_H

#include <stdbool.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/** MODULES_HELD_MAX - how many modules modules_hold() takes */
#define MODULES_HELD_MAX 12

/**
 * struct modules_option - the parameters of one module that the manifest has
 * @name: the module; '-' and '_' are the same
 * @text: "name=value name=value"
 */
struct modules_option {
	const char *name, *text;
};

/**
 * struct modules - the modules of the initramfs
 * @initrd: descriptor of the initramfs' root
 * @root: descriptor of the guest's "/", for /sys/module
 * @dir: "lib/modules/RELEASE"
 * @dep: malloc()ed text of modules.dep, NULL if there is none
 * @line: the malloc()ed kernel command line, if there is a modules.dep
 * @alias, @softdep: malloc()ed texts of modules.alias and modules.softdep; NULL before they are
 *	needed, "" if there is no such file
 * @options: parameters in addition to those of @line, over which they prevail
 * @n_options: number of @options
 * @from: path of the image that has them, NULL for the initramfs
 * @first: the modules of the initramfs, if these are of an image, else NULL
 * @next: those of the next image, NULL for none
 * @blacklist: @line, NULL if it blacklists nothing
 * @hint: why there is no modules.dep, for messages: "" or "; the initramfs has the modules
 *	of 6.12.94, the kernel is 6.12.117"
 */
struct modules {
	int initrd, root;
	char *dep, *line, *alias, *softdep;
	const struct modules_option *options;
	size_t n_options;
	const char *from, *blacklist;
	struct modules *first, *next;
	char dir[128], hint[192];
};

/**
 * modules_open() - read modules.dep of the running kernel, and the kernel command line
 * @m: gets what was read; the caller closes it
 * @initrd: descriptor of the initramfs' root, which stays the caller's
 * @root: descriptor of the guest's "/", which stays the caller's
 * @fault: set on failure
 *
 * An initramfs without modules.dep has no modules: a kernel can have everything built in. If it
 * has those of another release, @m->hint says so.
 * Return: 0, -EFBIG above 4 MiB, -EINVAL, -ENOMEM, or another negative errno of reading the file.
 */
int modules_open(struct modules *m, int initrd, int root, struct fault *fault) must_check
	nonnull(1, 4);

/**
 * modules_close() - free the text; no module can be loaded any more
 * @m: of modules_open(), and all that are behind it, whose @initrd is closed
 */
void modules_close(struct modules *m) nonnull(1);

/**
 * modules_load() - load a module and the modules that it depends on
 * @m: of modules_open()
 * @name: the name or an alias of the module; '-' and '_' are the same
 * @fault: set on failure
 *
 * Of an alias that several modules have, all are loaded except those that the kernel command line
 * blacklists. A soft dependency that is missing or fails is no error.
 * Return: 0 if the module is loaded, also if it was before, -ENOENT if the initramfs has no such
 * module (it may be built in), -ENOEXEC if a file is missing or a symbol is unknown, or another
 * negative errno of finit_module(2).
 */
int modules_load(struct modules *m, const char *name, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * modules_want() - load a module that a later step needs unless it is built in
 * @m: of modules_open()
 * @name: as for modules_load()
 * @fault: set on failure
 *
 * It is no error here that the initramfs lacks the module, that the kernel command line blacklists
 * it, or that the module finds nothing to drive (-ENODEV, -ENODATA): the step that needs it
 * reports what is missing.
 * Return: 0, or another negative errno of modules_load().
 */
int modules_want(struct modules *m, const char *name, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * modules_want_all() - modules_want() for each module of a list
 * @m: of modules_open()
 * @names: NULL-terminated names and aliases
 * @fault: set on failure
 *
 * Return: 0, or the error of the first one that fails.
 */
int modules_want_all(struct modules *m, const char *const *names, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * modules_want_fs() - load the module of a file system unless it is built in
 * @m: of modules_open()
 * @fstype: as for mount(2)
 * @fault: set on failure
 *
 * Return: as modules_want().
 */
int modules_want_fs(struct modules *m, const char *fstype, struct fault *fault) must_check
	nonnull(1, 2, 3);

#ifdef CONFIG_MODULES_ALIAS

/**
 * modules_load_alias() - load the modules for a device
 * @m: of modules_open()
 * @modalias: of the device
 * @fault: set on failure
 *
 * Those of the images behind @m are loaded, too. Each is loaded as by modules_want(), unless the
 * kernel command line blacklists it.
 * Return: 1 if there was one, else 0, or a negative errno of modules_want() and
 * of reading modules.alias.
 */
int modules_load_alias(struct modules *m, const char *modalias, struct fault *fault) must_check
	nonnull(1, 2, 3);

#else

static inline int must_check modules_load_alias(struct modules *m, const char *modalias,
						struct fault *fault)
{
	(void)m, (void)modalias, (void)fault;
	return 0;
}

#endif

/**
 * struct module_file - a module that is loaded after the initramfs has been emptied
 * @fd: its open file
 * @flags: for finit_module(2)
 * @parameters: malloc()ed
 */
struct module_file {
	int fd;
	int flags;
	char *parameters;
};

/**
 * struct modules_held - modules that are loaded after the initramfs has been emptied
 * @file: their files, in the order in which they are loaded
 * @n: number of them
 */
struct modules_held {
	struct module_file file[MODULES_HELD_MAX];
	size_t n;
};

/**
 * modules_hold() - open the files of the modules for a device that modules_load_held() will load
 * @m: of modules_open()
 * @modalias: of the device
 * @held: gets the files after those that it has, without soft dependencies
 * @fault: set on failure
 *
 * Return: 1 if there was a module for it, also if that is loaded, else 0, -E2BIG if there are too
 * many, or another negative errno of opening a file.
 */
int modules_hold(struct modules *m, const char *modalias, struct modules_held *held,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * modules_load_held() - load modules from their open files, and close the files
 * @held: of modules_hold(); empty afterwards
 *
 * Return: 0 if all are loaded, also if they were before, or the negative errno of finit_module(2)
 * for the first one that is not.
 */
int modules_load_held(struct modules_held *held) must_check nonnull(1);

#endif
