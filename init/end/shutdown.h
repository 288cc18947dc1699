/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the guest: sync, unmount, power off. PID 1 never exits. */
#ifndef COLDINIT_END_SHUTDOWN_H
#define COLDINIT_END_SHUTDOWN_H

#include "init/options/options.h"

/**
 * shutdown_hold() - open what the end of the guest needs, before the container exists
 * @root: descriptor of "/"
 *
 * Each failure is a warning.
 */
void shutdown_hold(int root);

/**
 * shutdown_guest() - sync and unmount the file systems, then poweroff_guest()
 * @o: has on_failure, and the reports that act at the end
 * @initrd: descriptor of the initramfs' root for on_failure=shell, -1 if it is gone
 * @failed: the boot has failed: do what on_failure says instead of powering off
 * @status: of the verdict, for QEMU's isa-debug-exit
 *
 * The watchdog ends the guest if sync or unmount do not end, unless the kernel makes progress in
 * writing.
 * Return: never.
 */
_Noreturn void shutdown_guest(const struct options *o, int initrd, bool failed, int status)
	nonnull(1);

#endif
