// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/lib/fault.h"

static void each_fact_replaces_the_one_before(void **state)
{
	struct fault f;

	assert_int_equal(fault_set(&f, -ENOENT, "no file: %m"), -ENOENT);
	assert_string_equal(f.text, "no file: No such file or directory");
	assert_string_equal(f.expected, "");
	fault_expected(&f, "%d", 1);
	fault_found(&f, "%d", 2);
	assert_int_equal(fault_facts(&f, -EINVAL, "a%d", "b"), -EINVAL);
	assert_string_equal(f.expected, "a%d");
	assert_string_equal(f.found, "b");
	fault_add(&f, "; %s", "more");
	assert_string_equal(f.text, "no file: No such file or directory; more");
	assert_int_equal(fault_oom(&f), -ENOMEM);
	assert_string_equal(f.text, "out of memory");
	assert_string_equal(f.found, "");
}

static void faults_are_visibly_cut(void **state)
{
	static char long_text[3000];
	struct fault f;

	memset(long_text, 'x', sizeof(long_text) - 1);
	assert_int_equal(fault_set(&f, -EINVAL, "%s", long_text), -EINVAL);
	assert_string_equal(f.text + sizeof(f.text) - 5, "x...");
	assert_int_equal(fault_set(&f, -ENOENT, "no file"), -ENOENT);
	assert_int_equal(fault_prefix(&f, -ENOENT, "module %s", "vfio"), -ENOENT);
	assert_string_equal(f.text, "module vfio: no file");
	fault_member(&f, "%s", "0000:00:01.0");
	fault_member(&f, "%s", "0000:00:01.1");
	assert_string_equal(f.members, "0000:00:01.0 0000:00:01.1");
	for (int i = 0; i < 100; i++)
		fault_member(&f, "%s", "0000:00:01.1");
	assert_string_equal(f.members + sizeof(f.members) - 4, "...");
	assert_int_equal(fault_prefix(&f, -1, "%s", long_text), -1);
	assert_string_equal(f.text + sizeof(f.text) - 4, "...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fact_replaces_the_one_before),
		cmocka_unit_test(faults_are_visibly_cut),
	};

	return RUN_TESTS(tests);
}
