// SPDX-License-Identifier: Apache-2.0
/*
 * malloc(3) for a program that reads a few documents: blocks are cut off a chunk one after the
 * other, and a block that was freed is used again for the next one of its size. Large blocks are
 * mapped.
 *
 * coldinit has no threads, so there are no locks.
 */
#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT  alignof(max_align_t)
#define LARGE ((size_t)16 * 1024)
#define CHUNK ((size_t)256 * 1024)

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

/* Freed blocks, by their size in units. */
static struct block *spare[LARGE / UNIT];

static void *heap_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static struct block *heap_cut(size_t size)
{
	static char *at;
	static size_t left;
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

void *malloc(size_t size)
{
	struct block *b;

	if (size > PTRDIFF_MAX - CHUNK) {
		errno = ENOMEM;
		return NULL;
	}
	size = (size + UNIT - 1) / UNIT * UNIT;
	b = size < LARGE ? spare[size / UNIT] : NULL;
	if (b)
		spare[size / UNIT] = b->next;
	else
		b = size < LARGE ? heap_cut(sizeof(*b) + size) : heap_map(sizeof(*b) + size);
	if (!b)
		return NULL;
	b->size = size;
	return b->data;
}

static struct block *heap_block_of(void *p)
{
	return (struct block *)((char *)p - offsetof(struct block, data));
}

void free(void *p)
{
	struct block *b;

	if (!p)
		return;
	b = heap_block_of(p);
	if (b->size >= LARGE) {
		munmap(b, sizeof(*b) + b->size);
		return;
	}
	b->next = spare[b->size / UNIT];
	spare[b->size / UNIT] = b;
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(bytes);
	/* The kernel maps zeros. */
	if (p && bytes < LARGE)
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
