// SPDX-License-Identifier: Apache-2.0
/*
 * qsort(3) as a merge sort: n log n steps for any input, and elements that are equal keep their order,
 * so that messages name them in it. Without memory for a copy of half of the elements it is a heapsort,
 * which needs none. bsearch(3).
 */
#include <stdlib.h>
#include <string.h>

#define INSERT_MAX 8

struct array {
	char *base;
	size_t size;
	int (*compare)(const void *a, const void *b);
};

/* Most elements are a pointer or a few of them, which may be anywhere. */
typedef long __attribute__((may_alias, aligned(1))) sort_word;

static void sort_swap(const struct array *a, size_t i, size_t j)
{
	char *p = a->base + i * a->size, *q = a->base + j * a->size, c;
	size_t n = a->size;

	for (; n >= sizeof(sort_word); n -= sizeof(sort_word)) {
		long word = *(sort_word *)p;

		*(sort_word *)p = *(sort_word *)q;
		*(sort_word *)q = word;
		p += sizeof(sort_word);
		q += sizeof(sort_word);
	}
	for (; n; n--) {
		c = *p;
		*p++ = *q;
		*q++ = c;
	}
}

static int sort_order(const struct array *a, size_t i, size_t j)
{
	return a->compare(a->base + i * a->size, a->base + j * a->size);
}

/* Let the element at @i sink in the heap of @n elements until none below it is greater. */
static void sort_sink(const struct array *a, size_t i, size_t n)
{
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && sort_order(a, child, child + 1) < 0)
			child++;
		if (sort_order(a, i, child) >= 0)
			return;
		sort_swap(a, i, child);
		i = child;
	}
}

static void sort_heap(const struct array *a, size_t n)
{
	for (size_t i = n / 2; i > 0; i--)
		sort_sink(a, i - 1, n);
	while (n > 1) {
		sort_swap(a, 0, --n);
		sort_sink(a, 0, n);
	}
}

static void sort_insert(const struct array *a, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && sort_order(a, j - 1, j) > 0; j--)
			sort_swap(a, j - 1, j);
}

/* Merge the first @n elements with the ones behind them, up to @all; @copy has room for @n. */
static void sort_merge(const struct array *a, size_t n, size_t all, char *copy)
{
	const char *left = copy, *left_end = copy + n * a->size;
	const char *right = a->base + n * a->size, *right_end = a->base + all * a->size;
	char *out = a->base;

	memcpy(copy, a->base, n * a->size);
	for (; left < left_end; out += a->size) {
		const char **next =
			right < right_end && a->compare(left, right) > 0 ? &right : &left;

		memcpy(out, *next, a->size);
		*next += a->size;
	}
}

/* @copy has room for half of the @n elements. */
static void sort_halves(const struct array *a, size_t n, char *copy)
{
	const struct array second = {a->base + n / 2 * a->size, a->size, a->compare};

	if (n <= INSERT_MAX) {
		sort_insert(a, n);
		return;
	}
	sort_halves(a, n / 2, copy);
	sort_halves(&second, n - n / 2, copy);
	sort_merge(a, n / 2, n, copy);
}

void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const struct array a = {base, size, compare};
	char *copy = n > INSERT_MAX ? malloc(n / 2 * size) : NULL;

	if (n > INSERT_MAX && !copy)
		sort_heap(&a, n);
	else
		sort_halves(&a, n, copy);
	free(copy);
}

void *bsearch(const void *key, const void *base, size_t n, size_t size,
	      int (*compare)(const void *, const void *))
{
	const char *low = base;

	while (n) {
		const char *middle = low + n / 2 * size;
		int way = compare(key, middle);

		if (!way)
			return (void *)middle;
		if (way > 0)
			low = middle + size;
		n = way > 0 ? n - n / 2 - 1 : n / 2;
	}
	return NULL;
}
