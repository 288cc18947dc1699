/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and CPUs that the VMM has plugged in: the kernel leaves it to user space to bring them
 * online (Documentation/admin-guide/mm/memory-hotplug.rst, Documentation/core-api/cpu_hotplug.rst).
 */
#ifndef COLDINIT_DEV_ONLINE_H
#define COLDINIT_DEV_ONLINE_H

#include "dev/handler.h"

#ifdef CONFIG_ONLINE

/** online_uevent() - bring online what this uevent adds, if it is such. A failure is a warning. */
void online_uevent(const struct dev_env *env, const struct uevent *ev) nonnull(1, 2);

/** online_rescan() - bring online what is not, after uevents were lost */
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
