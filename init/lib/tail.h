/* SPDX-License-Identifier: Apache-2.0 */
/* The end of what a program has printed, as one line of text to quote in a message. */
#ifndef COLDINIT_LIB_TAIL_H
#define COLDINIT_LIB_TAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "init/lib/compiler.h"

/**
 * struct tail - zero-initialise before use
 * @text: the line, always terminated
 * @used: its length in bytes
 */
struct tail {
	char text[512];
	size_t used;
};

/**
 * tail_add() - keep the end of output that was read
 * @t: what was read before
 * @data: the output; control characters become blanks
 * @n: its length in bytes
 */
void tail_add(struct tail *t, const char *data, size_t n) nonnull(1, 2);

/**
 * tail_read() - read once from a program's output and keep the end of it
 * @t: what was read before; control characters become blanks in it
 * @fd: a pipe with O_NONBLOCK
 *
 * Return: whether something was read; false at the end of the output, when there is nothing to
 * read now, and on an error.
 */
bool tail_read(struct tail *t, int fd) nonnull(1);

#endif
