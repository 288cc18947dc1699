/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot knows about an error and the step that failed does not. */
#ifndef COLDINIT_VERDICT_REASONS_H
#define COLDINIT_VERDICT_REASONS_H

#include "init/boot.h"

#ifdef CONFIG_EXPLAIN

/**
 * reasons_add() - add to the error of a boot what its cause may be
 * @b: the boot
 * @phase: that failed, or in which the container ended
 * @hangs: a system call did not return, of PID 1 or of the container's first process
 * @fault: the error; with its errno
 *
 * For modules of another kernel: both releases. For an error of a file system or a phase that
 * hangs: the disks and shares of the boot, with their entries in the manifest, and what the
 * kernel's log says. For a hang while devices are set up: those that are not ready.
 */
void reasons_add(const struct boot *b, enum phase phase, bool hangs, struct fault *fault)
	nonnull(1, 4);

#else

static inline void reasons_add(const struct boot *b, enum phase phase, bool hangs,
			       struct fault *fault)
{
	(void)b, (void)phase, (void)hangs, (void)fault;
}

#endif

#endif
