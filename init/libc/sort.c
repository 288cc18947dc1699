// SPDX-License-Identifier: Apache-2.0
/* qsort(3) as a heapsort: n log n steps for any input, and no memory. bsearch(3). */
#include <stdlib.h>

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

void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const struct array a = {base, size, compare};

	for (size_t i = n / 2; i > 0; i--)
		sort_sink(&a, i - 1, n);
	while (n > 1) {
		sort_swap(&a, 0, --n);
		sort_sink(&a, 0, n);
	}
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
