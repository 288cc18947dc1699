// SPDX-License-Identifier: Apache-2.0
/* init/libc/sort.c, against the C library of the build machine. */
#include <stdlib.h>
#include <string.h>

#include "init/lib/compiler.h"
#include "tests/unit/test.h"

void ours_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
void *ours_bsearch(const void *key, const void *base, size_t n, size_t size,
		   int (*compare)(const void *, const void *));

#define qsort	ours_qsort
#define bsearch ours_bsearch
#include "init/libc/sort.c"
#undef qsort
#undef bsearch

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void sorts_as_the_c_library(void **state)
{
	int a[200], b[200];
	unsigned seed = 7;

	for (size_t n = 0; n < ARRAY_SIZE(a); n++) {
		for (size_t i = 0; i < n; i++)
			a[i] = b[i] = (int)(next_random(&seed) % (n + 1)) - (int)n / 2;
		qsort(a, n, sizeof(*a), compare_ints);
		ours_qsort(b, n, sizeof(*b), compare_ints);
		assert_memory_equal(a, b, n * sizeof(*a));
		ours_qsort(b, n, sizeof(*b), compare_ints);
		assert_memory_equal(a, b, n * sizeof(*a));
	}
}

static size_t element;

static int compare_bytes(const void *a, const void *b)
{
	return memcmp(a, b, element);
}

/* Elements of any size, at any address. */
static void elements_of_all_sizes_are_sorted(void **state)
{
	unsigned seed = 11;

	for (element = 1; element <= 41; element++)
		for (size_t n = 0; n < 40; n++) {
			char a[40 * 41 + 1], b[sizeof(a)];

			for (size_t i = 0; i < sizeof(a); i++)
				a[i] = b[i] = (char)(next_random(&seed) % 3);
			qsort(a + 1, n, element, compare_bytes);
			ours_qsort(b + 1, n, element, compare_bytes);
			assert_memory_equal(a, b, sizeof(a));
		}
}

/* struct pair - an element that is known again among equal ones */
struct pair {
	int key, place;
};

static int compare_keys(const void *a, const void *b)
{
	return ((const struct pair *)a)->key - ((const struct pair *)b)->key;
}

/* Messages name two devices of one path in the order of the manifest. */
static void equal_elements_keep_their_order(void **state)
{
	struct pair pairs[300];
	unsigned seed = 13;

	for (int n = 0; n <= (int)ARRAY_SIZE(pairs); n++) {
		for (int i = 0; i < n; i++)
			pairs[i] = (struct pair){(int)(next_random(&seed) % 7), i};
		ours_qsort(pairs, (size_t)n, sizeof(*pairs), compare_keys);
		for (int i = 1; i < n; i++)
			assert_true(pairs[i - 1].key < pairs[i].key ||
				    (pairs[i - 1].key == pairs[i].key &&
				     pairs[i - 1].place < pairs[i].place));
	}
}

/* Without memory. */
static void a_heap_sorts_as_well(void **state)
{
	unsigned seed = 17;

	for (size_t n = 0; n < 200; n++) {
		int a[200], b[200];
		const struct array all = {(char *)b, sizeof(*b), compare_ints};

		for (size_t i = 0; i < n; i++)
			a[i] = b[i] = (int)(next_random(&seed) % 50);
		qsort(a, n, sizeof(*a), compare_ints);
		sort_heap(&all, n);
		assert_memory_equal(a, b, n * sizeof(*a));
	}
}

static size_t comparisons;

static int count_comparisons(const void *a, const void *b)
{
	comparisons++;
	return compare_ints(a, b);
}

/* A hostile order of a document's keys must not cost a square of their number. */
static void sorting_is_never_quadratic(void **state)
{
	enum {
		N = 4096
	};
	static int a[N];

	for (int order = 0; order < 3; order++) {
		for (int i = 0; i < N; i++)
			a[i] = order == 0 ? i : order == 1 ? N - i : i % 2;
		comparisons = 0;
		ours_qsort(a, N, sizeof(*a), count_comparisons);
		assert_in_range(comparisons, N - 1, 2 * N * 13);
		for (int i = 1; i < N; i++)
			assert_true(a[i - 1] <= a[i]);
	}
}

static void sorted_elements_are_found(void **state)
{
	int a[20];

	for (size_t n = 0; n < ARRAY_SIZE(a); n++) {
		for (size_t i = 0; i < n; i++)
			a[i] = 2 * (int)i;
		for (int key = -1; key <= 2 * (int)n; key++)
			assert_ptr_equal(ours_bsearch(&key, a, n, sizeof(*a), compare_ints),
					 bsearch(&key, a, n, sizeof(*a), compare_ints));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_as_the_c_library),
		cmocka_unit_test(elements_of_all_sizes_are_sorted),
		cmocka_unit_test(equal_elements_keep_their_order),
		cmocka_unit_test(a_heap_sorts_as_well),
		cmocka_unit_test(sorting_is_never_quadratic),
		cmocka_unit_test(sorted_elements_are_found),
	};

	return RUN_TESTS(tests);
}
