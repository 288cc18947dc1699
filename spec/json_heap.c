// SPDX-License-Identifier: Apache-2.0
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "spec/json_heap.h"

/* A chunk begins at a multiple of this, so that the address of a part leads to its chunk. */
#define ALIGNMENT ((size_t)64 * 1024)

/*
 * @block: of malloc()
 * @parts: how many are not freed
 */
struct json_chunk {
	void *block;
	size_t parts;
	alignas(max_align_t) char data[];
};

#define ROOM (ALIGNMENT - sizeof(struct json_chunk))

/*
 * @chunk: the one that parts are cut off; NULL for none
 * @at: its free memory
 * @left: the length of that, in bytes
 */
static struct {
	struct json_chunk *chunk;
	char *at;
	size_t left;
} json_heap;

static struct json_chunk *json_heap_chunk(size_t room)
{
	void *block = malloc(sizeof(struct json_chunk) + room + ALIGNMENT);
	struct json_chunk *chunk;

	if (!block)
		return NULL;
	chunk = (void *)(((uintptr_t)block + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
	*chunk = (struct json_chunk){.block = block};
	return chunk;
}

static void json_heap_use(struct json_chunk *chunk)
{
	json_heap.chunk = chunk;
	json_heap.at = chunk ? chunk->data : NULL;
	json_heap.left = chunk ? ROOM : 0;
}

void *json_heap_alloc(size_t size)
{
	struct json_chunk *chunk;
	char *p;

	if (size > PTRDIFF_MAX - 2 * ALIGNMENT)
		return NULL;
	/* cJSON's types have no stricter alignment than a pointer. Each part is inside its chunk. */
	size = ((size ? size : 1) + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
	if (size > json_heap.left && size <= ROOM) {
		chunk = json_heap_chunk(ROOM);
		if (!chunk)
			return NULL;
		json_heap_use(chunk);
	}
	chunk = size <= ROOM ? json_heap.chunk : json_heap_chunk(size);
	if (!chunk)
		return NULL;
	chunk->parts++;
	if (size > ROOM)
		return chunk->data;
	p = json_heap.at;
	json_heap.at += size;
	json_heap.left -= size;
	return p;
}

void json_heap_free(void *p)
{
	struct json_chunk *chunk = (void *)((uintptr_t)p / ALIGNMENT * ALIGNMENT);

	if (!p)
		return;
	if (--chunk->parts)
		return;
	/* The next tree begins in it. */
	if (chunk == json_heap.chunk)
		json_heap_use(chunk);
	else
		free(chunk->block);
}

void json_heap_trim(void)
{
	struct json_chunk *chunk = json_heap.chunk;

	if (!chunk || chunk->parts)
		return;
	json_heap_use(NULL);
	free(chunk->block);
}
