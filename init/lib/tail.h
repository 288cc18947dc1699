/* SPDX-License-Identifier: Apache-2.0 */
/* The end of what a program has printed, as one line of text to quote. */
#ifndef COLDINIT_LIB_TAIL_H
#define COLDINIT_LIB_TAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "init/lib/compiler.h"

/** struct tail - @text: always terminated, @used bytes long; zero-initialise before use */
struct tail {
	char text[512];
	size_t used;
};

/**
 * tail_read() - read once from a pipe that does not block, and keep the end
 *
 * Control characters become blanks. Return: may there be more?
 */
bool tail_read(struct tail *t, int fd) nonnull(1);

#endif
