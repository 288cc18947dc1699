/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of JSON trees: what cJSON allocates is cut off chunks, and a chunk is given back when all of
 * its parts are free, except the last one, in which the next tree begins. A tree has thousands of
 * small parts that live as long as it does, so none is used again, and none has a header.
 */
#ifndef COLDINIT_SPEC_JSON_HEAP_H
#define COLDINIT_SPEC_JSON_HEAP_H

#include <stddef.h>

#include "init/lib/compiler.h"

/**
 * json_heap_alloc() - allocate a part of a tree
 * @size: bytes, at most PTRDIFF_MAX
 *
 * Return: memory for any of cJSON's types, released by json_heap_free(); NULL if there is none.
 */
void *json_heap_alloc(size_t size) must_check;

/**
 * json_heap_free() - release a part of a tree
 * @p: of json_heap_alloc(), or NULL
 */
void json_heap_free(void *p);

/** json_heap_trim() - give the last chunk back, too, if no part of it is in use */
void json_heap_trim(void);

#endif
