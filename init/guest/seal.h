/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that the kernel itself starts, in PID 1's root: none, once the container exists. */
#ifndef COLDINIT_GUEST_SEAL_H
#define COLDINIT_GUEST_SEAL_H

#include "init/lib/fault.h"

/**
 * seal_helpers() - have the kernel start no programs any more
 * @root: descriptor of "/"
 * @fault: set on failure
 *
 * modprobe (kernel.modprobe), the hotplug helper (/sys/kernel/uevent_helper) and a program that
 * takes core dumps (kernel.core_pattern): a container that can write to PID 1's root could put its
 * own program there. The modules that the boot needs are loaded before.
 * Return: 0, or a negative errno of root_write(); a kernel without one of them is no error.
 */
int seal_helpers(int root, struct fault *fault) must_check nonnull(2);

#endif
