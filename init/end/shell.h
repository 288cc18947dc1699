/* SPDX-License-Identifier: Apache-2.0 */
/* coldinit.on_failure=shell */
#ifndef COLDINIT_END_SHELL_H
#define COLDINIT_END_SHELL_H

#include <stdbool.h>

#ifdef CONFIG_SHELL

#define SHELL_BUILT true

/** shell_run() - run the initramfs's /bin/sh on the console until it is left */
void shell_run(int initrd);

#else

#define SHELL_BUILT false

static inline void shell_run(int initrd)
{
	(void)initrd;
}

#endif

#endif
