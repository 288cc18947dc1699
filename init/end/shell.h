/* SPDX-License-Identifier: Apache-2.0 */
/* coldinit.on_failure=shell */
#ifndef COLDINIT_END_SHELL_H
#define COLDINIT_END_SHELL_H

#include <stdbool.h>

#ifdef CONFIG_SHELL

/**
 * shell_run() - run the initramfs' /bin/sh on the console and wait until it ends
 * @initrd: descriptor of the initramfs' root, -1 if it is gone
 *
 * An initramfs without /bin/sh is logged as a warning.
 */
void shell_run(int initrd);

#else

static inline void shell_run(int initrd)
{
	(void)initrd;
}

#endif

#endif
