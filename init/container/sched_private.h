/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the kernel schedules the process and places its memory (OCI runtime spec, config.md,
 * "Scheduler", and config-linux.md, "Personality" and "Memory policy").
 */
#ifndef COLDINIT_CONTAINER_SCHED_PRIVATE_H
#define COLDINIT_CONTAINER_SCHED_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_SCHEDULING

/**
 * sched_apply() - set scheduler, I/O priority, processors, personality and memory policy
 * @config: has them; what it does not have is not changed
 * @fault: gets the error, which names the key
 *
 * The program inherits all of them. Numbers of processors and memory nodes are the host's: if the
 * guest has none of them (-EINVAL, or -ENOSYS without NUMA), the key is ignored with a warning.
 * Return: 0, or the error of a system call with @fault set.
 */
int sched_apply(const struct oci_config *config, struct fault *fault) must_check nonnull(1, 2);

#else

static inline int must_check sched_apply(const struct oci_config *config, struct fault *fault)
{
	(void)config, (void)fault;
	return 0;
}

#endif

#endif
