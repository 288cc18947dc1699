/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with one lifetime: everything that a parsed document points to is taken from one arena
 * and given back at once, so that no structure needs a destructor of its own.
 */
#ifndef COLDINIT_LIB_ARENA_H
#define COLDINIT_LIB_ARENA_H

#include "init/lib/compiler.h"

struct arena_chunk;

/** struct arena - zero-initialise before use */
struct arena {
	struct arena_chunk *chunks;
};

/** arena_alloc() - @n elements of @size bytes, zeroed. Return: NULL when memory is out. */
void *arena_alloc(struct arena *a, size_t n, size_t size) must_check nonnull(1);

/**
 * arena_extend() - a copy of a list with room for more elements
 * @a: where the copy is taken from
 * @list: @n elements of @size bytes, may be NULL if @n is 0
 * @n: elements that are copied
 * @more: zeroed elements behind them
 * @size: of an element, in bytes
 *
 * Return: the copy, NULL when memory is out.
 */
void *arena_extend(struct arena *a, const void *list, size_t n, size_t more, size_t size) must_check
	nonnull(1);

/** arena_strdup() - a copy of @s. Return: NULL when memory is out. */
char *arena_strdup(struct arena *a, const char *s) must_check nonnull(1, 2);

/** arena_printf() - a formatted string. Return: NULL when memory is out. */
char *arena_printf(struct arena *a, const char *fmt, ...) must_check nonnull(1, 2)
	printf_like(2, 3);

/** arena_free() - give everything back; the arena can be used again */
void arena_free(struct arena *a) nonnull(1);

#endif
