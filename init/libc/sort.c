// SPDX-License-Identifier: Apache-2.0
/* qsort(3) as a heapsort: n log n steps whatever the input, and no memory. */
#include <stdlib.h>

struct array {
	char *base;
	size_t size;
	int (*compare)(const void *a, const void *b);
};

static void swap(const struct array *a, size_t i, size_t j)
{
	char *p = a->base + i * a->size, *q = a->base + j * a->size, c;

	for (size_t n = a->size; n; n--) {
		c = *p;
		*p++ = *q;
		*q++ = c;
	}
}

static int order(const struct array *a, size_t i, size_t j)
{
	return a->compare(a->base + i * a->size, a->base + j * a->size);
}

/* Let the element at @i sink in the heap of @n elements until none below it is greater. */
static void sink(const struct array *a, size_t i, size_t n)
{
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && order(a, child, child + 1) < 0)
			child++;
		if (order(a, i, child) >= 0)
			return;
		swap(a, i, child);
		i = child;
	}
}

void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const struct array a = {base, size, compare};

	for (size_t i = n / 2; i > 0; i--)
		sink(&a, i - 1, n);
	while (n > 1) {
		swap(&a, 0, --n);
		sink(&a, 0, n);
	}
}
