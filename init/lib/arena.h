/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with one lifetime: everything that a parsed document points to is taken from one arena
 * and freed at once, so that no structure needs a destructor.
 */
#ifndef COLDINIT_LIB_ARENA_H
#define COLDINIT_LIB_ARENA_H

#include "init/lib/compiler.h"

struct arena_chunk;

/** struct arena - zero-initialise before use */
struct arena {
	struct arena_chunk *chunks;
};

/**
 * arena_alloc() - allocate an array
 * @a: owns the memory
 * @n: number of elements
 * @size: of an element, in bytes
 *
 * Return: the zeroed array, NULL when out of memory.
 */
void *arena_alloc(struct arena *a, size_t n, size_t size) must_check nonnull(1);

/**
 * arena_extend() - copy an array and leave room for more elements behind it
 * @a: owns the copy
 * @list: @n elements of @size bytes; may be NULL if @n is 0
 * @n: number of elements that are copied
 * @more: number of zeroed elements behind them
 * @size: of an element, in bytes
 *
 * Return: the copy, NULL when out of memory.
 */
void *arena_extend(struct arena *a, const void *list, size_t n, size_t more, size_t size) must_check
	nonnull(1);

/**
 * arena_strdup() - copy a string
 * @a: owns the copy
 * @s: the string
 *
 * Return: the copy, NULL when out of memory.
 */
char *arena_strdup(struct arena *a, const char *s) must_check nonnull(1, 2);

/**
 * arena_printf() - format a string
 * @a: owns the string
 * @fmt: printf format
 *
 * Return: the string, NULL when out of memory.
 */
char *arena_printf(struct arena *a, const char *fmt, ...) must_check nonnull(1, 2)
	printf_like(2, 3);

/**
 * arena_free() - free everything that was allocated from an arena
 * @a: can be used again afterwards
 */
void arena_free(struct arena *a) nonnull(1);

#endif
