/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the guest: sync, unmount, power off. PID 1 never exits. */
#ifndef COLDINIT_END_SHUTDOWN_H
#define COLDINIT_END_SHUTDOWN_H

#include "init/options/options.h"

/**
 * shutdown_guest() - write back what was written, unmount it and end the guest
 * @initrd: for on_failure=shell; -1 if the initramfs has been emptied
 * @failed: the boot has failed: do what on_failure says instead of powering off
 * @status: the verdict's, for QEMU's isa-debug-exit
 */
_Noreturn void shutdown_guest(const struct options *o, int initrd, bool failed, int status)
	nonnull(1);

#endif
