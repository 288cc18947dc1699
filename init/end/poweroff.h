/* SPDX-License-Identifier: Apache-2.0 */
/* The last system call of a guest. */
#ifndef COLDINIT_END_POWEROFF_H
#define COLDINIT_END_POWEROFF_H

#include "init/options/options.h"

/**
 * poweroff_hold() - open what the last resort of poweroff_guest() needs
 * @root: descriptor of "/"
 *
 * A failure is a warning.
 */
void poweroff_hold(int root);

/**
 * poweroff_reset() - end the guest without shutting its devices down, which could hang
 * @o: has the reports that act at the end
 * @status: of the verdict, for QEMU's isa-debug-exit
 *
 * A guest of Cloud Hypervisor, which would start it again after a reset, panics. Returns only if
 * the kernel has no sysrq.
 */
void poweroff_reset(const struct options *o, int status) nonnull(1);

/**
 * poweroff_guest() - end the guest without touching any file system
 * @o: has on_failure, and the reports that act at the end
 * @failed: the boot has failed: do what on_failure says instead of powering off
 * @status: of the verdict, for QEMU's isa-debug-exit
 *
 * If reboot(2) does not end, because a driver waits for its device, poweroff_reset() follows.
 * Return: never.
 */
_Noreturn void poweroff_guest(const struct options *o, bool failed, int status) nonnull(1);

#endif
