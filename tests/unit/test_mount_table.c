// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <string.h>

#include "init/end/mount_table.h"
#include "init/lib/str.h"

static void the_last_mount_comes_first(void **state)
{
	char table[] = "rootfs / rootfs rw 0 0\n"
		       "proc /proc proc rw,nosuid 0 0\n"
		       "/dev/vda /run/coldinit/bundle ext4 rw 0 0\n";

	assert_string_equal(mount_table_pop(table), "/run/coldinit/bundle");
	assert_string_equal(mount_table_pop(table), "/proc");
	assert_string_equal(mount_table_pop(table), "/");
	assert_null(mount_table_pop(table));
	assert_null(mount_table_pop(table));
}

/* The kernel's escapes (fs/seq_file.c, mangle_path()), and what is none. */
static void targets_are_decoded(void **state)
{
	static const struct {
		const char *line, *target;
	} rows[] = {
		{"a /my\\040share b\n", "/my share"},
		{"a /\\011\\012\\134 b\n", "/\t\n\\"},
		{"a /\\134040 b\n", "/\\040"}, /* decoded once */
		{"a /\\04 b\n", "/\\04"},
		{"a /\\\n", NULL},
		{"a /\\08x b\n", "/\\08x"},
		{"a /\\777 b\n", "/\\777"}, /* no byte */
		{"a /x\\ b\n", "/x\\"},
		{"a  b\n", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char table[64];
		const char *target;

		assert_int_equal(str_copy(table, sizeof(table), rows[i].line), 0);
		target = mount_table_pop(table);
		if (rows[i].target)
			assert_string_equal(target, rows[i].target);
		else
			assert_null(target);
	}
}

/* A name with a newline is not taken for two lines, now or when the next line is taken. */
static void a_newline_in_a_target_ends_no_line(void **state)
{
	char table[] = "a /first b 0 0\na /x\\040y\\012z b 0 0\n";

	assert_string_equal(mount_table_pop(table), "/x y\nz");
	assert_string_equal(mount_table_pop(table), "/first");
	assert_null(mount_table_pop(table));
}

static void lines_without_a_target_are_passed_over(void **state)
{
	char table[] = "a /one b\n\nnothing\ntwo /words\n \nlast /two b\n/no /newline b";

	assert_string_equal(mount_table_pop(table), "/two");
	assert_string_equal(mount_table_pop(table), "/one");
	assert_null(mount_table_pop(table));
}

static void an_empty_table_has_no_line(void **state)
{
	char empty[] = "", newline[] = "\n";

	assert_null(mount_table_pop(empty));
	assert_null(mount_table_pop(newline));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_mount_comes_first),
		cmocka_unit_test(targets_are_decoded),
		cmocka_unit_test(a_newline_in_a_target_ends_no_line),
		cmocka_unit_test(lines_without_a_target_are_passed_over),
		cmocka_unit_test(an_empty_table_has_no_line),
	};

	return RUN_TESTS(tests);
}
