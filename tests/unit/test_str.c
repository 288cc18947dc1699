// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/lib/str.h"

static void numbers_take_all_of_the_text(void **state)
{
	static const struct {
		const char *text;
		unsigned base;
		uint64_t max;
		int err;
		uint64_t value;
	} rows[] = {
		{"0", 10, 0, 0, 0},
		{"18446744073709551615", 10, UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", 10, UINT64_MAX, -ERANGE, 0},
		{"256", 10, 255, -ERANGE, 0},
		{"ff", 16, 255, 0, 255},
		{"fF", 10, 255, -EINVAL, 0},
		{"8", 8, 255, -EINVAL, 0},
		{"", 10, 255, -EINVAL, 0},
		{"-1", 10, 255, -EINVAL, 0},
		{"+1", 10, 255, -EINVAL, 0},
		{" 1", 10, 255, -EINVAL, 0},
		{"1 ", 10, 255, -EINVAL, 0},
		{"0x1", 16, 255, -EINVAL, 0},
		{"999999999999999999999999z", 10, UINT64_MAX, -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 0;

		assert_int_equal(str_number(rows[i].text, strlen(rows[i].text), rows[i].base,
					    rows[i].max, &v),
				 rows[i].err);
		assert_int_equal(v, rows[i].value);
	}
}

static void copies_fail_rather_than_cut(void **state)
{
	char buf[4] = "old";

	assert_int_equal(str_copy(buf, sizeof(buf), "long"), -ENAMETOOLONG);
	assert_string_equal(buf, "old");
	assert_int_equal(str_copy(buf, sizeof(buf), "fit"), 0);
	assert_string_equal(buf, "fit");
	assert_int_equal(str_printf(buf, sizeof(buf), "%d", 1234), -ENAMETOOLONG);
	assert_string_equal(buf, "");
	assert_int_equal(str_printf(buf, sizeof(buf), "%d", 123), 0);
	assert_string_equal(buf, "123");
}

static void what_is_appended_shows_that_it_was_cut(void **state)
{
	char buf[8] = "";

	str_append(buf, sizeof(buf), "%s", "one");
	str_append(buf, sizeof(buf), "%d", 1234);
	assert_string_equal(buf, "one1234");
	str_append(buf, sizeof(buf), "%s", "");
	assert_string_equal(buf, "one1234");
	str_append(buf, sizeof(buf), "x");
	assert_string_equal(buf, "one1...");
	str_append(buf, sizeof(buf), "more");
	assert_string_equal(buf, "one1...");
}

static void utf8_is_rfc_3629(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"", true},
		{"plain", true},
		{"\xc3\xa9", true},
		{"\xe2\x82\xac", true},
		{"\xf0\x9f\x98\x80", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\xc0\x80", false},
		{"\xc1\xbf", false},
		{"\xe0\x9f\xbf", false},
		{"\xed\xa0\x80", false},
		{"\xf0\x8f\xbf\xbf", false},
		{"\xf4\x90\x80\x80", false},
		{"\xf5\x80\x80\x80", false},
		{"\x80", false},
		{"\xc3", false},
		{"\xe2\x82", false},
		{"\xe2\x28\xa1", false},
		{"a\xff", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(str_is_utf8(rows[i].text, strlen(rows[i].text)), rows[i].good);
}

static void nearest_suggests_only_what_is_near(void **state)
{
	static const char *const names[] = {"coldinit.device", "coldinit.manifest", "coldinit.log",
					    NULL};

	assert_string_equal(str_nearest("coldinit.devise", names), "coldinit.device");
	assert_string_equal(str_nearest("coldinit.manifst", names), "coldinit.manifest");
	assert_string_equal(str_nearest("coldinit.logg", names), "coldinit.log");
	assert_null(str_nearest("quite something else", names));
	assert_null(str_nearest("", names));
}

static void base64_is_rfc_4648(void **state)
{
	static const struct {
		const char *text;
		ssize_t len;
		const char *bytes;
	} rows[] = {
		{"", 0, ""},
		{"Zg==", 1, "f"},
		{"Zm8=", 2, "fo"},
		{"Zm9v", 3, "foo"},
		{"Zm9vYmFy", 6, "foobar"},
		{"+/+/", 3, "\xfb\xff\xbf"},
		{"Zg=", -EINVAL, ""},
		{"Zg", 1, "f"},
		{"Z===", -EINVAL, ""},
		{"Zm8", 2, "fo"},
		{"Zm9vYg", 4, "foob"},
		{"Z", -EINVAL, ""},
		{"Zm9vY", -EINVAL, ""},
		{"Zg===", -EINVAL, ""},
		{"=", -EINVAL, ""},
		{"====", -EINVAL, ""},
		{"Zm9v\n", -EINVAL, ""},
		{"Zm=v", -EINVAL, ""},
		{"-_-_", 3, "\xfb\xff\xbf"},
		{"Zm8*", -EINVAL, ""},
	};
	char out[8];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(str_base64(rows[i].text, strlen(rows[i].text), out, sizeof(out)),
				 rows[i].len);
		if (rows[i].len > 0)
			assert_memory_equal(out, rows[i].bytes, (size_t)rows[i].len);
	}
	assert_int_equal(str_base64("Zm9vYmFyYmF6", 12, out, sizeof(out)), -EMSGSIZE);
}

static void beginnings_and_ends_are_compared_whole(void **state)
{
	static const struct {
		const char *s, *part;
		bool begins, ends;
	} rows[] = {
		{"", "", true, true},		{"abc", "", true, true},
		{"abc", "abc", true, true},	{"abc", "ab", true, false},
		{"abc", "bc", false, true},	{"abc", "abcd", false, false},
		{"", "a", false, false},	{"abc", "b", false, false},
		{"aba", "a", true, true},	{"abc", "ac", false, false},
		{"\xe4x", "\xe4", true, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(str_starts(rows[i].s, rows[i].part), rows[i].begins);
		assert_int_equal(str_ends(rows[i].s, rows[i].part), rows[i].ends);
	}
}

static void words_have_an_index(void **state)
{
	static const char *const words[] = {"poweroff", "reboot", "", NULL};

	assert_int_equal(str_index("poweroff", words), 0);
	assert_int_equal(str_index("reboot", words), 1);
	assert_int_equal(str_index("", words), 2);
	assert_int_equal(str_index("boot", words), -1);
	assert_int_equal(str_index("reboots", words), -1);
}

static void a_text_has_words(void **state)
{
	static const char words[] = "poweroff reboot off";

	assert_true(str_has_word(words, "poweroff"));
	assert_true(str_has_word(words, "reboot"));
	assert_true(str_has_word(words, "off"));
	assert_false(str_has_word(words, "power"));
	assert_false(str_has_word(words, "boot"));
	assert_false(str_has_word(words, "reboots"));
	assert_false(str_has_word(words, "reboot off"));
	assert_false(str_has_word(words, ""));
	assert_false(str_has_word("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_take_all_of_the_text),
		cmocka_unit_test(copies_fail_rather_than_cut),
		cmocka_unit_test(what_is_appended_shows_that_it_was_cut),
		cmocka_unit_test(utf8_is_rfc_3629),
		cmocka_unit_test(nearest_suggests_only_what_is_near),
		cmocka_unit_test(base64_is_rfc_4648),
		cmocka_unit_test(beginnings_and_ends_are_compared_whole),
		cmocka_unit_test(words_have_an_index),
		cmocka_unit_test(a_text_has_words),
	};

	return RUN_TESTS(tests);
}
