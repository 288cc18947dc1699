// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/container/environment_private.h"

static void home_is_the_users_line_in_passwd(void **state)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
				     "# a comment\n"
				     "\n"
				     "short:x:1001\n"
				     "nohome:x:1002:1002\n"
				     "empty:x:1003:1003:::\n"
				     "relative:x:1004:1004::home/r:/bin/sh\n"
				     "bad:x:-5:0::/bad:/bin/sh\n"
				     "twice:x:1005:1::/first:/bin/sh\n"
				     "twice:x:1005:1::/second:/bin/sh\n"
				     "big:x:4294967295:1::/big:/x\n"
				     "over:x:4294967296:1::/over:/x\n"
				     "1006:1006:1006:1006::/six\n"
				     "last:x:1007:1::/last";
	static const struct {
		uint32_t uid;
		const char *home;
	} rows[] = {
		{0, "/root"},	 {1001, NULL},	   {1002, NULL},	 {1003, NULL},
		{1004, NULL},	 {1005, "/first"}, {UINT32_MAX, "/big"}, {1006, "/six"},
		{1007, "/last"}, {1008, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char home[16] = "untouched";
		int err = environment_home(passwd, rows[i].uid, home, sizeof(home));

		assert_int_equal(err, rows[i].home ? 0 : -ENOENT);
		assert_string_equal(home, rows[i].home ? rows[i].home : "untouched");
	}
}

static void a_home_that_does_not_fit_is_an_error(void **state)
{
	char home[6];

	assert_int_equal(environment_home("r:x:0:0::/roots:/sh", 0, home, sizeof(home)),
			 -ENAMETOOLONG);
	assert_int_equal(environment_home("", 0, home, sizeof(home)), -ENOENT);
	assert_int_equal(environment_home("r:x:0:0::/root:/sh", 0, home, sizeof(home)), 0);
}

static void check_build(const char *const *env, const char *const *expected)
{
	struct arena a = {0};
	const char **out = environment_build(&a, env, "/h");

	assert_non_null(out);
	for (; *expected; expected++, out++) {
		assert_non_null(*out);
		assert_string_equal(*out, *expected);
	}
	assert_null(*out);
	arena_free(&a);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void the_last_of_one_name_counts_and_home_is_added(void **state)
{
	check_build((const char *const[]){NULL}, LIST("HOME=/h"));
	check_build(LIST("A=1", "B=2", "A=3"), LIST("A=3", "B=2", "HOME=/h"));
	check_build(LIST("A=1", "AB=1", "A", "B=2", "A=2", "A=3"),
		    LIST("A=3", "AB=1", "B=2", "HOME=/h"));
	check_build(LIST("HOME=/mine", "A=1"), LIST("HOME=/mine", "A=1"));
	check_build(LIST("HOME=/1", "HOME=/2"), LIST("HOME=/2"));
	check_build(LIST("HOMER=/1", "AB=1", "A=2"), LIST("HOMER=/1", "AB=1", "A=2", "HOME=/h"));
	check_build(LIST("NOVALUE", "A=", "", "="), LIST("A=", "=", "HOME=/h"));
}

static void a_variable_is_found_by_its_whole_name(void **state)
{
	const char *const *env = LIST("PATHS=no", "PATH", "PATH=/bin", "EMPTY=");

	assert_string_equal(environment_get(env, "PATH"), "/bin");
	assert_string_equal(environment_get(env, "EMPTY"), "");
	assert_null(environment_get(env, "PAT"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home_is_the_users_line_in_passwd),
		cmocka_unit_test(a_home_that_does_not_fit_is_an_error),
		cmocka_unit_test(the_last_of_one_name_counts_and_home_is_added),
		cmocka_unit_test(a_variable_is_found_by_its_whole_name),
	};

	return RUN_TESTS(tests);
}
