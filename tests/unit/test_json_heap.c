// SPDX-License-Identifier: Apache-2.0
/* The memory of JSON trees, of which other tests know nothing: with sanitizers cJSON uses malloc(). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/compiler.h"
#include "spec/json_heap.h"
#include "tests/unit/test.h"

#define PARTS 4096

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

/* Parts of all sizes keep what is written into them, until they are freed in any order. */
static void parts_are_apart(void **state)
{
	static unsigned char *parts[PARTS];
	static size_t sizes[PARTS];
	unsigned seed = 1;

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < PARTS; i++) {
			sizes[i] = next_random(&seed) % (i % 64 ? 100 : 100000);
			parts[i] = json_heap_alloc(sizes[i]);
			assert_non_null(parts[i]);
			assert_int_equal((uintptr_t)parts[i] % sizeof(void *), 0);
			memset(parts[i], (int)i, sizes[i]);
		}
		for (size_t n = 0; n < PARTS; n++) {
			size_t i = (n * 1031 + (size_t)round) % PARTS;

			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(parts[i][k], (unsigned char)i);
			json_heap_free(parts[i]);
		}
	}
	json_heap_free(NULL);
	json_heap_trim();
}

/* LeakSanitizer finds a chunk that stays, AddressSanitizer one that is used after the last part. */
static void nothing_is_left_of_a_tree(void **state)
{
	char *first = json_heap_alloc(100), *second = json_heap_alloc(200000);

	assert_non_null(first);
	assert_non_null(second);
	json_heap_free(second);
	first[99] = 1; /* still there */
	json_heap_free(first);
	first = json_heap_alloc(1);
	assert_non_null(first);
	*first = 1;
	json_heap_trim();
	*first = 2; /* it is in use */
	json_heap_free(first);
	json_heap_trim();
	json_heap_trim();
}

/* A wait for CDI devices reads the same files again and again while the document is there. */
static void trees_that_come_and_go_need_no_more_memory(void **state)
{
	enum {
		TREES = 1000,
		NODES = 500
	};
	void *document = json_heap_alloc(100), *parts[NODES];
	uintptr_t lowest = UINTPTR_MAX, highest = 0;

	for (int tree = 0; tree < TREES; tree++) {
		for (int i = 0; i < NODES; i++) {
			parts[i] = json_heap_alloc(64);
			assert_non_null(parts[i]);
			/* The first ones fill the document's chunk. */
			if (tree > 9 && (uintptr_t)parts[i] < lowest)
				lowest = (uintptr_t)parts[i];
			if (tree > 9 && (uintptr_t)parts[i] > highest)
				highest = (uintptr_t)parts[i];
		}
		for (int i = 0; i < NODES; i++)
			json_heap_free(parts[i]);
	}
	assert_true(highest - lowest < 65536);
	json_heap_free(document);
	json_heap_trim();
}

static void too_much_is_refused(void **state)
{
	volatile size_t huge = SIZE_MAX, half = SIZE_MAX / 2;

	assert_null(json_heap_alloc(huge));
	assert_null(json_heap_alloc(half));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_apart),
		cmocka_unit_test(nothing_is_left_of_a_tree),
		cmocka_unit_test(trees_that_come_and_go_need_no_more_memory),
		cmocka_unit_test(too_much_is_refused),
	};

	return RUN_TESTS(tests);
}
