/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and CPUs that the VMM plugs in: the kernel expects that user space brings them online
 * (Documentation/admin-guide/mm/memory-hotplug.rst, Documentation/core-api/cpu_hotplug.rst).
 */
#ifndef COLDINIT_DEV_ONLINE_H
#define COLDINIT_DEV_ONLINE_H

#include "dev/handler.h"

#ifdef CONFIG_ONLINE

/**
 * online_uevent() - bring memory or a CPU online if a uevent adds it
 * @env: where
 * @ev: the uevent
 *
 * A failure is a warning in the log.
 */
void online_uevent(const struct dev_env *env, const struct uevent *ev) nonnull(1, 2);

/**
 * online_rescan() - bring all memory and CPUs online that are not, after uevents were lost
 * @env: where
 *
 * A failure is a warning in the log.
 */
void online_rescan(const struct dev_env *env) nonnull(1);

#else

static inline void online_uevent(const struct dev_env *env, const struct uevent *ev)
{
	(void)env, (void)ev;
}

static inline void online_rescan(const struct dev_env *env)
{
	(void)env;
}

#endif

#endif
