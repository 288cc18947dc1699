// SPDX-License-Identifier: Apache-2.0
/* The progress of sync(2), from /proc/meminfo. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>

#include "init/end/writeback.h"

static void both_values_count(void **state)
{
	uint64_t kib = 7;

	assert_int_equal(writeback_left("MemTotal:  9 kB\nDirty:      12 kB\nWriteback:   3 kB\n"
					"WritebackTmp:  100 kB\n",
					&kib),
			 0);
	assert_int_equal(kib, 15);
	assert_int_equal(writeback_left("MemTotal: 9 kB\nDirty: 1 kB\nWritebackTmp: 2 kB\n", &kib),
			 -EPROTO);
	assert_int_equal(writeback_left("", &kib), -EPROTO);
	assert_int_equal(kib, 15);
}

static void left(int root, unsigned kib)
{
	char text[100];

	snprintf(text, sizeof(text), "MemTotal: 9 kB\nDirty: %u kB\nWriteback: 0 kB\n", kib);
	put_file(root, "proc/meminfo", text);
}

static void only_progress_renews_a_limit(void **state)
{
	char path[64];
	int root = temp_root(path);
	unsigned kib = 100 * WRITEBACK_STEP_KIB, steps = 0;

	assert_false(writeback_progresses()); /* nothing is open */
	left(root, kib);
	writeback_hold(root);
	assert_false(writeback_progresses());
	assert_false(writeback_progresses());
	left(root, kib -= WRITEBACK_STEP_KIB - 1);
	assert_false(writeback_progresses());
	left(root, kib += 5000);
	assert_false(writeback_progresses());
	do
		left(root, kib -= WRITEBACK_STEP_KIB);
	while (writeback_progresses() && ++steps);
	assert_int_equal(steps, WRITEBACK_STEPS);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_values_count),
		cmocka_unit_test(only_progress_renews_a_limit),
	};

	return RUN_TESTS(tests);
}
