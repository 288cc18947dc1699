/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver images: storages that have kernel modules (modules_from) and drivers' files (firmware).
 * They are mounted before the devices are set up, which may need these drivers.
 */
#ifndef COLDINIT_DEVICES_IMAGES_H
#define COLDINIT_DEVICES_IMAGES_H

#include "init/devices/devices.h"
#include "init/guest/modules.h"

#ifdef CONFIG_DRIVER_IMAGES

/**
 * images_check() - is each driver image one of the storages?
 * @manifest: has the storages, the modules and the path of drivers' files
 * @fault: set on failure
 *
 * Pure. Return: 0, or -EINVAL for a path that is below no storage's mount point.
 */
int images_check(const struct manifest *manifest, struct fault *fault) must_check nonnull(1, 2);

/**
 * images_load() - mount the driver images, and load the modules that the manifest names from them
 * @env: how to reach the guest
 * @request: has the storages, the modules and the path of drivers' files
 * @modules: the initramfs' modules; those of the images are behind them from now on
 * @found: gets mounted
 * @fault: set on failure
 *
 * Mounts the storages up to the last one that is a driver image, in their order.
 * Return: 0, also without driver images, -ENOENT if an image has no modules of the kernel, or -errno
 * of devices_find(), storage_mount(), modules_open(), modules_load() and of writing the path.
 */
int images_load(const struct devices_env *env, const struct request *request,
		struct modules *modules, struct found *found, struct fault *fault) must_check
	nonnull(1, 2, 3, 4, 5);

#else

static inline int must_check images_check(const struct manifest *manifest, struct fault *fault)
{
	(void)manifest, (void)fault;
	return 0;
}

static inline int must_check images_load(const struct devices_env *env,
					 const struct request *request, struct modules *modules,
					 struct found *found, struct fault *fault)
{
	(void)env, (void)request, (void)modules, (void)found, (void)fault;
	return 0;
}

#endif

#endif
