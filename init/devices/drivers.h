/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel modules that a boot loads: those for what is plugged in and requested, no others. */
#ifndef COLDINIT_DEVICES_DRIVERS_H
#define COLDINIT_DEVICES_DRIVERS_H

#include "init/guest/modules.h"
#include "init/options/options.h"
#include "spec/manifest.h"
#include "spec/oci.h"

/**
 * drivers_load() - load the modules of the IOMMU, of the manifest's and bundle's SOURCE, of reports
 * @root: descriptor of "/"
 * @modules: the initramfs' modules
 * @options: has the SOURCEs and the reports
 * @fault: set on failure
 *
 * Return: 0, or -errno of modules_want() and of reading sysfs.
 */
int drivers_load(int root, struct modules *modules, const struct options *options,
		 struct fault *fault) must_check nonnull(2, 3, 4);

/**
 * drivers_check() - check all of the manifest's modules and storages that needs no kernel
 * @manifest: has kernel_modules and storages
 * @fault: set on failure
 *
 * Pure. Return: 0, -E2BIG for too many parameters, or -errno of storage_check().
 */
int drivers_check(const struct manifest *manifest, struct fault *fault) must_check nonnull(1, 2);

/**
 * drivers_load_requested() - load the modules that the manifest names, and those of its storages
 * @arena: memory for the manifest's parameters, which @modules keeps
 * @root: descriptor of "/"
 * @modules: the initramfs' modules
 * @manifest: has kernel_modules, the bundle and storages
 * @fault: set on failure
 *
 * Return: 0, -ENOENT for a named module that is neither in the initramfs nor in the kernel, -E2BIG
 * for too many parameters, or -errno of modules_load() and storage_modules().
 */
int drivers_load_requested(struct arena *arena, int root, struct modules *modules,
			   const struct manifest *manifest, struct fault *fault) must_check
	nonnull(1, 3, 4, 5);

#ifdef CONFIG_MOUNT_EXTRAS

/**
 * drivers_load_mounts() - load the modules of the file systems that config.json mounts
 * @modules: the initramfs' modules
 * @config: has the mounts
 * @fault: set on failure
 *
 * Return: 0, or -errno of modules_want().
 */
int drivers_load_mounts(struct modules *modules, const struct oci_config *config,
			struct fault *fault) must_check nonnull(1, 2, 3);

#else

static inline int must_check drivers_load_mounts(struct modules *modules,
						 const struct oci_config *config,
						 struct fault *fault)
{
	(void)modules, (void)config, (void)fault;
	return 0;
}

#endif

/**
 * drivers_is_set() - find out whether a module is loaded with a bool parameter set
 * @line: the kernel command line
 * @m: the manifest; its kernel_modules prevail over @line
 * @module: the module's name
 * @name: the parameter's name
 *
 * Return: the value that the parameter gets, false if nothing sets it.
 */
bool drivers_is_set(const char *line, const struct manifest *m, const char *module,
		    const char *name) must_check nonnull(1, 2, 3, 4);

#endif
