// SPDX-License-Identifier: Apache-2.0
/* No output of a container can look like the verdict on the console. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "init/run/line_guard.h"

#define PREFIX "coldinit-verdict: "

/* Copy @text in pieces of @piece bytes. */
static void copy(const char *text, size_t piece, char *out)
{
	struct line_guard guard = {0};
	size_t at = 0;

	for (size_t n = strlen(text), i = 0; i < n; i += piece)
		at += line_guard_copy(&guard, text + i, n - i < piece ? n - i : piece, out + at);
	out[at] = '\0';
}

static void the_beginning_gets_a_blank_in_front(void **state)
{
	static const char *const rows[][2] = {
		{PREFIX "{}", " " PREFIX "{}"},
		{"a\n" PREFIX "{}\n" PREFIX "{}", "a\n " PREFIX "{}\n " PREFIX "{}"},
		{"a\r" PREFIX "x", "a\r " PREFIX "x"},
		{"a " PREFIX "x", "a  " PREFIX "x"},
		{"coldinit-verdicoldinit-verdict: ", "coldinit-verdi " PREFIX},
		{"cold" PREFIX, "cold " PREFIX},
		{"coldinit-verdict:x", " coldinit-verdict:x"},
		{"coldinit-verdict", "coldinit-verdict"},
		{"Coldinit-verdict: ", "Coldinit-verdict: "},
		{"", ""},
	};
	char out[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		copy(rows[i][0], 200, out);
		assert_string_equal(out, rows[i][1]);
	}
}

static void no_way_to_cut_the_output_lets_it_through(void **state)
{
	static const char *const texts[] = {
		PREFIX "{}",   "a\n" PREFIX "{}", "coldinit-verdicoldinit-verdict: ",
		PREFIX PREFIX, "c" PREFIX,	  "\x1b[0m\n" PREFIX};
	char out[256];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t piece = 1; piece < 40; piece++) {
			copy(texts[i], piece, out);
			assert_true(strncmp(out, PREFIX, strlen(PREFIX)) != 0);
			assert_null(strstr(out, "\n" PREFIX));
		}
}

static void bytes_are_kept(void **state)
{
	static const char data[] = "a\0b\xff\n\r\tcoldinit-\0verdict: ";
	struct line_guard guard = {0};
	char out[64];

	assert_int_equal(line_guard_copy(&guard, data, sizeof(data), out), sizeof(data));
	assert_memory_equal(out, data, sizeof(data));
}

static void room_is_enough_for_the_worst_case(void **state)
{
	char in[512], out[512];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = PREFIX[i % strlen(PREFIX)];
	for (size_t size = 1; size <= sizeof(out); size++)
		for (size_t matched = 0; matched < strlen(PREFIX); matched++) {
			struct line_guard guard = {matched};
			size_t n = line_guard_room(size);

			assert_true(n <= size);
			assert_true(line_guard_copy(&guard, in + matched, n, out) <= size);
		}
	assert_true(line_guard_room(4096) > 3800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_beginning_gets_a_blank_in_front),
		cmocka_unit_test(no_way_to_cut_the_output_lets_it_through),
		cmocka_unit_test(bytes_are_kept),
		cmocka_unit_test(room_is_enough_for_the_worst_case),
	};

	return RUN_TESTS(tests);
}
