// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/tail.h"

static void a_tail_is_the_end_as_one_line(void **state)
{
	struct tail tail = {0};
	char text[1500];
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_false(tail_read(&tail, ends[0])); /* nothing yet */
	assert_int_equal(write(ends[1], "one\ntwo\x7f", 8), 8);
	assert_true(tail_read(&tail, ends[0]));
	assert_string_equal(tail.text, "one two ");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 'y';
	assert_int_equal(write(ends[1], text, sizeof(text)), sizeof(text));
	close(ends[1]);
	while (tail_read(&tail, ends[0]))
		;
	assert_int_equal(strlen(tail.text), tail.used);
	assert_in_range(tail.used, sizeof(tail.text) / 2 - 1, sizeof(tail.text) - 1);
	assert_string_equal(tail.text + tail.used - 2, "xy");
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tail_is_the_end_as_one_line),
	};

	return RUN_TESTS(tests);
}
