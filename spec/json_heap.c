// SPDX-License-Identifier: Apache-2.0
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "spec/json_heap.h"

#define CHUNK_SIZE ((size_t)60 * 1024)

struct json_chunk {
	struct json_chunk *next;
	alignas(max_align_t) char data[];
};

/*
 * @chunks: the newest first
 * @at: free memory of the newest one
 * @left: its length, in bytes
 * @used: how many parts are not freed
 */
static struct {
	struct json_chunk *chunks;
	char *at;
	size_t left, used;
} json_heap;

static bool json_heap_extend(size_t size)
{
	size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
	struct json_chunk *chunk = malloc(sizeof(*chunk) + room);

	if (!chunk)
		return false;
	chunk->next = json_heap.chunks;
	json_heap.chunks = chunk;
	json_heap.at = chunk->data;
	json_heap.left = room;
	return true;
}

void *json_heap_alloc(size_t size)
{
	void *p;

	if (size > PTRDIFF_MAX - CHUNK_SIZE)
		return NULL;
	/* cJSON's types have no stricter alignment than a pointer. */
	size = (size + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
	if (size > json_heap.left && !json_heap_extend(size))
		return NULL;
	p = json_heap.at;
	json_heap.at += size;
	json_heap.left -= size;
	json_heap.used++;
	return p;
}

void json_heap_free(void *p)
{
	struct json_chunk *chunk;

	if (!p || --json_heap.used)
		return;
	while ((chunk = json_heap.chunks)) {
		json_heap.chunks = chunk->next;
		free(chunk);
	}
	json_heap.left = 0;
}
