/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules a boot needs: for what is plugged in and asked for, nothing else. */
#ifndef COLDINIT_PLUGGED_H
#define COLDINIT_PLUGGED_H

#include "init/boot.h"
#include "init/modules.h"

/**
 * plugged_modules() - load what the IOMMU, the manifest's and the bundle's source and the reports
 * need
 *
 * Return: 0 or -errno with @fault set.
 */
int plugged_modules(const struct boot *b, const struct modules *m, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * plugged_kernel_modules() - load what the manifest asks for by name and what its storages need
 *
 * Return: 0 or -errno with @fault set.
 */
int plugged_kernel_modules(const struct boot *b, const struct modules *m,
			   struct fault *fault) must_check nonnull(1, 2, 3);

#ifdef CONFIG_MOUNT_EXTRAS

/**
 * plugged_mount_modules() - load the modules of the file systems that config.json mounts
 *
 * Return: 0 or -errno with @fault set.
 */
int plugged_mount_modules(const struct boot *b, const struct modules *m,
			  struct fault *fault) must_check nonnull(1, 2, 3);

#else

static inline int must_check plugged_mount_modules(const struct boot *b, const struct modules *m,
						   struct fault *fault)
{
	(void)b, (void)m, (void)fault;
	return 0;
}

#endif

#endif
