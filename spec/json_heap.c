// SPDX-License-Identifier: Apache-2.0
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "spec/json_heap.h"

/* A chunk begins at a multiple of this, so that the address of a part leads to its chunk. */
#define ALIGNMENT ((size_t)64 * 1024)

/*
 * @block: of malloc(), NULL for the first chunk
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

/* Beside the program's variables: most boots need no other, and so no page tables for one. */
static pages_apart char json_first[2 * ALIGNMENT];
static bool json_first_is_used;

static struct json_chunk *json_heap_chunk(size_t room)
{
	bool first = room == ROOM && !json_first_is_used;
	void *block = first ? NULL : malloc(sizeof(struct json_chunk) + room + ALIGNMENT);
	uintptr_t at = (uintptr_t)(first ? json_first : block);
	struct json_chunk *chunk;

	if (!at)
		return NULL;
	json_first_is_used |= first;
	chunk = (void *)((at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
	*chunk = (struct json_chunk){.block = block};
	return chunk;
}

static void json_heap_release(struct json_chunk *chunk)
{
	if (chunk->block) {
		free(chunk->block);
		return;
	}
	json_first_is_used = false;
	madvise(chunk, ALIGNMENT, MADV_DONTNEED);
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
	if (size > json_heap.left) {
		chunk = json_heap_chunk(size > ROOM ? size : ROOM);
		if (!chunk)
			return NULL;
		if (size > ROOM) {
			chunk->parts++;
			return chunk->data;
		}
		json_heap_use(chunk);
	}
	json_heap.chunk->parts++;
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
		json_heap_release(chunk);
}

void json_heap_trim(void)
{
	struct json_chunk *chunk = json_heap.chunk;

	if (!chunk || chunk->parts)
		return;
	json_heap_use(NULL);
	json_heap_release(chunk);
}
