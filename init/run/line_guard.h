/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of the console: the container's output never makes a line that begins like the verdict.
 *
 * Where a line begins on the console the container's output does not show: the kernel may print
 * its lines in between. So every occurrence of the verdict's beginning gets one blank more:
 * in front of it where it came in one piece, else before its last byte, so that no byte has to be
 * held back.
 */
#ifndef COLDINIT_RUN_LINE_GUARD_H
#define COLDINIT_RUN_LINE_GUARD_H

#include <stddef.h>

#include "init/lib/compiler.h"

/**
 * struct line_guard - zero-initialise before use
 * @matched: bytes of the verdict's beginning that the output has ended with
 */
struct line_guard {
	size_t matched;
};

/**
 * line_guard_room() - how much of the output fits
 * @size: bytes of room for what line_guard_copy() makes
 *
 * Return: bytes of output that it can take, 0 if @size is too small for any.
 */
size_t line_guard_room(size_t size);

/**
 * line_guard_copy() - copy output for the console
 * @guard: of that console
 * @data: the container's output
 * @n: bytes of it; at most line_guard_room() of the size of @out
 * @out: gets the bytes for the console
 *
 * Return: bytes in @out.
 */
size_t line_guard_copy(struct line_guard *guard, const char *data, size_t n, char *out) must_check
	nonnull(1, 2, 4);

#endif
