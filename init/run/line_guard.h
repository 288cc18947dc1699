/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of the console: the container's output never makes a line that begins like the verdict.
 *
 * The output alone does not show where a line begins on the console, as the kernel may print lines
 * in between. So one blank is added to every occurrence of the verdict's beginning: in front of it
 * if it came in one piece, else before its last byte, so that no byte must be held back.
 */
#ifndef COLDINIT_RUN_LINE_GUARD_H
#define COLDINIT_RUN_LINE_GUARD_H

#include <stddef.h>

#include "init/lib/compiler.h"

/**
 * struct line_guard - the state of one console; zero-initialise before use
 * @matched: length of the verdict's beginning at the end of the output so far, in bytes
 */
struct line_guard {
	size_t matched;
};

/**
 * line_guard_room() - how much output line_guard_copy() can take
 * @size: of its result's buffer, in bytes
 *
 * Return: number of bytes, 0 if @size is too small for any.
 */
size_t line_guard_room(size_t size);

/**
 * line_guard_copy() - copy output for the console
 * @guard: of the console
 * @data: the container's output
 * @n: length of @data in bytes, at most line_guard_room() of the size of @out
 * @out: gets the bytes for the console
 *
 * Return: length of @out in bytes.
 */
size_t line_guard_copy(struct line_guard *guard, const char *data, size_t n, char *out) must_check
	nonnull(1, 2, 4);

#endif
