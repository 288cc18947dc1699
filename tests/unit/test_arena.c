// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <stdalign.h>
#include <string.h>

#include "init/lib/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	static unsigned char *pieces[500];
	struct arena a = {0};

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		size_t size = i * 13 % 301;

		pieces[i] = arena_alloc(&a, size, 1);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)i, size);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		for (size_t k = 0; k < i * 13 % 301; k++)
			assert_int_equal(pieces[i][k], (unsigned char)i);
	arena_free(&a);
	assert_non_null(arena_alloc(&a, 1, 100000)); /* it can be used again */
	arena_free(&a);
}

static void sizes_that_overflow_are_refused(void **state)
{
	static const char list[] = "x";
	struct arena a = {0};

	assert_null(arena_alloc(&a, SIZE_MAX, 2));
	assert_null(arena_alloc(&a, SIZE_MAX / 2 + 1, 1));
	assert_null(arena_extend(&a, list, 1, SIZE_MAX, 1));
	assert_null(arena_extend(&a, list, 1, SIZE_MAX / 8, 16));
	arena_free(&a);
}

static void a_list_grows_by_copy(void **state)
{
	static const int list[] = {1, 2, 3};
	struct arena a = {0};
	int *longer = arena_extend(&a, list, 3, 2, sizeof(*list)), *first;

	assert_memory_equal(longer, list, sizeof(list));
	assert_int_equal(longer[3] | longer[4], 0);
	first = arena_extend(&a, NULL, 0, 1, sizeof(*list));
	assert_non_null(first);
	assert_int_equal(*first, 0);
	arena_free(&a);
}

static void strings_are_copied_and_formatted(void **state)
{
	char long_text[10000];
	struct arena a = {0};
	char text[] = "text", *copy = arena_strdup(&a, text);

	text[0] = 'n';
	assert_string_equal(copy, "text");
	assert_string_equal(arena_printf(&a, "%s %d", copy, 7), "text 7");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(strlen(arena_printf(&a, "<%s>", long_text)), sizeof(long_text) + 1);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(a_list_grows_by_copy),
		cmocka_unit_test(strings_are_copied_and_formatted),
	};

	return RUN_TESTS(tests);
}
