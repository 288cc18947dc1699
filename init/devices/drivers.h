/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules a boot needs: for what is plugged in and asked for, nothing else. */
#ifndef COLDINIT_DEVICES_DRIVERS_H
#define COLDINIT_DEVICES_DRIVERS_H

#include "init/boot.h"
#include "init/guest/modules.h"

/**
 * drivers_load() - load what the IOMMU, the manifest's and the bundle's source and the reports
 * need
 *
 * Return: 0 or -errno with @fault set.
 */
int drivers_load(const struct boot *b, const struct modules *m, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * drivers_load_named() - load what the manifest asks for by name and what its storages need
 *
 * Return: 0 or -errno with @fault set.
 */
int drivers_load_named(const struct boot *b, const struct modules *m,
		       struct fault *fault) must_check nonnull(1, 2, 3);

#ifdef CONFIG_MOUNT_EXTRAS

/**
 * drivers_load_mounts() - load the modules of the file systems that config.json mounts
 *
 * Return: 0 or -errno with @fault set.
 */
int drivers_load_mounts(const struct boot *b, const struct modules *m,
			struct fault *fault) must_check nonnull(1, 2, 3);

#else

static inline int must_check drivers_load_mounts(const struct boot *b, const struct modules *m,
						 struct fault *fault)
{
	(void)b, (void)m, (void)fault;
	return 0;
}

#endif

#endif
