// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <stdio.h>

#include "init/lib/names.h"

static void the_nearest_directory_is_listed(void **state)
{
	static const struct {
		const char *path, *top, *text;
	} rows[] = {
		{"etc/absent", "", "x; /etc has a, b"},
		{"/etc/absent", "", "x; /etc has a, b"},
		{"etc/absent/deep/c", "", "x; /etc has a, b"},
		{"etc/a/below", "", "x; /etc has a, b"},
		{"absent", "", "x; / has empty, etc, many"},
		{"", "", "x; / has empty, etc, many"},
		{"absent/c", "/run/b", "x; /run/b has empty, etc, many"},
		{"etc/absent", "virtiofs:demo", "x; virtiofs:demo/etc has a, b"},
		{"empty/absent", "/run/b", "x; /run/b/empty is empty"},
		{"many/absent", "",
		 "x; /many has f00, f01, f02, f03, f04, f05, f06, f07, f08, f09, f10, f11, …"},
	};
	char dir[64], name[32];
	int root = temp_root(dir);
	struct fault fault;

	put_file(root, "etc/b", "");
	put_file(root, "etc/a", "");
	put_dir(root, "empty");
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "many/f%02d", i);
		put_file(root, name, "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fault_set(&fault, -1, "x");
		names_add(&fault, root, rows[i].path, rows[i].top);
		assert_string_equal(fault.text, rows[i].text);
	}
	temp_root_remove(dir, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_directory_is_listed),
	};

	return RUN_TESTS(tests);
}
