// SPDX-License-Identifier: Apache-2.0
/*
 * malloc(3) for a program that reads a few documents: blocks are cut off a chunk one after the
 * other, and a block that was freed is used again for the next one of its size. Large blocks are
 * mapped. The first chunk is beside the program's variables: most boots need no other, and so no
 * page tables for one.
 *
 * coldinit has no threads, so there are no locks.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT  alignof(max_align_t)
#define SMALL ((size_t)2 * 1024)
#define LARGE ((size_t)16 * 1024)
#define CHUNK ((size_t)256 * 1024)
#define FIRST ((size_t)64 * 1024)

/*
 * What malloc() returns is @data.
 * @size: of @data
 * @next: the next spare block of that size
 */
struct block {
	size_t size;
	struct block *next;
	alignas(max_align_t) char data[];
};

/* Freed blocks, by their size in units. The last list has all that are not small: they are few. */
static struct block *spare[SMALL / UNIT + 1];

static struct block **heap_list(size_t size)
{
	return &spare[(size < SMALL ? size : SMALL) / UNIT];
}

static void *heap_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static struct block *heap_cut(size_t size)
{
	static alignas(4096) char first[FIRST];
	static char *at = first;
	static size_t left = FIRST;
	struct block *b;

	if (left < size) {
		at = heap_map(CHUNK);
		left = at ? CHUNK : 0;
	}
	if (!at)
		return NULL;
	b = (struct block *)at;
	at += size;
	left -= size;
	return b;
}

/* @fresh: set if the block was never used, so that it has only zeros */
static void *heap_take(size_t size, bool *fresh)
{
	struct block **link, *b;

	if (size > PTRDIFF_MAX - CHUNK) {
		errno = ENOMEM;
		return NULL;
	}
	size = (size + UNIT - 1) / UNIT * UNIT;
	link = heap_list(size);
	while (*link && (*link)->size != size)
		link = &(*link)->next;
	b = *link;
	*fresh = !b;
	if (b)
		*link = b->next;
	else
		b = size < LARGE ? heap_cut(sizeof(*b) + size) : heap_map(sizeof(*b) + size);
	if (!b)
		return NULL;
	b->size = size;
	return b->data;
}

void *malloc(size_t size)
{
	bool fresh;

	return heap_take(size, &fresh);
}

static struct block *heap_block_of(void *p)
{
	return (struct block *)((char *)p - offsetof(struct block, data));
}

void free(void *p)
{
	struct block **list, *b;

	if (!p)
		return;
	b = heap_block_of(p);
	if (b->size >= LARGE) {
		munmap(b, sizeof(*b) + b->size);
		return;
	}
	list = heap_list(b->size);
	b->next = *list;
	*list = b;
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;
	bool fresh;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = heap_take(bytes, &fresh);
	if (p && !fresh)
		memset(p, 0, bytes);
	return p;
}

void *realloc(void *p, size_t size)
{
	size_t old = p ? heap_block_of(p)->size : 0;
	void *q = malloc(size);

	if (!q)
		return NULL;
	if (old)
		memcpy(q, p, old < size ? old : size);
	free(p);
	return q;
}
