/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's console, /dev/console. */
#ifndef COLDINIT_GUEST_CONSOLE_H
#define COLDINIT_GUEST_CONSOLE_H

#include "init/lib/compiler.h"

/** console_open() - make /dev/console stdin, stdout and stderr. Return: 0 or -errno. */
int console_open(void) must_check;

#endif
