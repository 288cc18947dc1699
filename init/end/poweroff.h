/* SPDX-License-Identifier: Apache-2.0 */
/* The last system call of a guest. */
#ifndef COLDINIT_END_POWEROFF_H
#define COLDINIT_END_POWEROFF_H

#include "init/options/options.h"

/**
 * poweroff_guest() - end the guest without touching any file system
 * @o: has on_failure, and the reports that act at the end
 * @failed: the boot has failed: do what on_failure says instead of powering off
 * @status: of the verdict, for QEMU's isa-debug-exit
 *
 * Return: never.
 */
_Noreturn void poweroff_guest(const struct options *o, bool failed, int status) nonnull(1);

#endif
