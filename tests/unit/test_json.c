// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "spec/json.h"

static int check(const char *text, size_t len, struct fault *f)
{
	cJSON *root = NULL;
	int err = json_parse_text(text, len, &root, f);

	cJSON_Delete(root);
	return err;
}

static void texts_of_rfc_8259_are_accepted(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		" \t\r\n{ } \n",
		"0",
		"-0",
		"-0.0",
		"10",
		"1.5e+10",
		"1E-2",
		"1e400",
		"12345678901234567890123456789",
		"true",
		"false",
		"null",
		"\"\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uFFFF\"",
		"\"\\ud83d\\ude00\"",
		"\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \x7f\"",
		"[1,[2,{\"a\":[]}],\"b\"]",
		"[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],{},{},{}]",
		"{\"a\":{\"a\":1},\"b\":{\"a\":1},\"\":0}",
		/* with the byte order mark of some editors */
		"\xef\xbb\xbf{}",
		"\xef\xbb\xbf\r\n[]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cJSON *root = NULL;
		struct fault f = {0};

		print_message("# %s\n", texts[i]);
		assert_int_equal(check(texts[i], strlen(texts[i]), &f), 0);
		assert_int_equal(json_parse(texts[i], strlen(texts[i]), &root, &f), 0);
		cJSON_Delete(root);
	}
}

static const struct {
	const char *text, *fault;
} not_json[] = {
	{"", "line 1, column 1: expected a value, found the end of the text"},
	{" \n", "line 2, column 1: expected a value, found the end of the text"},
	{"{} x", "line 1, column 4: expected nothing after the value, found 'x'"},
	{"{}{}", "line 1, column 3: expected nothing after the value, found '{'"},
	{"{\"a\" 1}", "line 1, column 6: expected ':' after the key, found '1'"},
	{"{a:1}", "line 1, column 2: expected a key in quotes, found 'a'"},
	{"{\"a\":1,}", "line 1, column 8: expected a key in quotes, found '}'"},
	{"{\"a\":1 \"b\":2}", "line 1, column 8: expected ',' or '}', found '\"'"},
	{"{\"a\":}", "line 1, column 6: expected a value, found '}'"},
	{"{\"a\":1", "line 1, column 7: expected ',' or '}', found the end of the text"},
	{"[1,]", "line 1, column 4: expected a value, found ']'"},
	{"[1 2]", "line 1, column 4: expected ',' or ']', found '2'"},
	{"[1}", "line 1, column 3: expected ',' or ']', found '}'"},
	{"[\n 1,\n 01\n]", "line 3, column 3: a number must not begin with 0"},
	{"-", "line 1, column 2: expected a digit, found the end of the text"},
	{"-a", "line 1, column 2: expected a digit, found 'a'"},
	{"+1", "line 1, column 1: expected a value, found '+'"},
	{".5", "line 1, column 1: expected a value, found '.'"},
	{"1.", "line 1, column 3: expected a digit, found the end of the text"},
	{"1e", "line 1, column 3: expected a digit, found the end of the text"},
	{"[1e+]", "line 1, column 5: expected a digit, found ']'"},
	{"0x10", "line 1, column 2: expected nothing after the value, found 'x'"},
	{"NaN", "line 1, column 1: expected a value, found 'N'"},
	{"nul", "line 1, column 1: expected a value, found 'n'"},
	{"'a'", "line 1, column 1: expected a value, found '''"},
	{"// a\n1", "line 1, column 1: expected a value, found '/'"},
	/* a byte order mark is no blank, and no mark but the first is one */
	{"\xef\xbb\xbf", "line 1, column 2: expected a value, found the end of the text"},
	{"{}\xef\xbb\xbf",
	 "line 1, column 3: expected nothing after the value, found the byte 0xef"},
	{"\xef\xbb\xbf\xef\xbb\xbf{}", "line 1, column 2: expected a value, found the byte 0xef"},
	{"\xff\xfe{",
	 "line 1, column 1: expected a value, found the byte 0xff: is the file UTF-8 text?"},
	{"\x1f\x8b\x08",
	 "line 1, column 1: expected a value, found the byte 0x1f: is the file UTF-8 text?"},
	{"\"a",
	 "line 1, column 3: expected a '\"' that ends the string, found the end of the text"},
	{"\"a\nb\"",
	 "line 1, column 3: expected an escape for a control character, found the byte 0x0a"},
	{"\"\\x\"", "line 1, column 3: expected an escape such as \\n or \\u000a, found 'x'"},
	{"\"\\", "line 1, column 3: expected an escape such as \\n or \\u000a, found the end "
		 "of the text"},
	{"\"\\u12g4\"", "line 1, column 4: expected four hexadecimal digits after \\u"},
	{"\"\\u12", "line 1, column 4: expected four hexadecimal digits after \\u"},
	{"\"a\\u0000b\"", "line 1, column 5: \\u0000 is not allowed in a string"},
	{"\"\\ud800\"", "line 1, column 8: unpaired surrogate"},
	{"\"\\udc00\"", "line 1, column 8: unpaired surrogate"},
	{"\"\\ud800\\u0041\"", "line 1, column 14: unpaired surrogate"},
	{"\"\\ud800\\n\"", "line 1, column 8: unpaired surrogate"},
	{"\"\xc3\xa4\xff\"", "line 1, column 3: invalid UTF-8"},
	{"\"\xc0\x80\"", "line 1, column 2: invalid UTF-8"},
	{"\"\xed\xa0\x80\"", "line 1, column 2: invalid UTF-8"},
	{"\"\xe2\x82", "line 1, column 2: invalid UTF-8"},
};

static void other_texts_are_refused_with_the_place(void **state)
{

	for (size_t i = 0; i < ARRAY_SIZE(not_json); i++) {
		cJSON *root = (cJSON *)&not_json;
		struct fault f = {0};

		assert_int_equal(json_parse(not_json[i].text, strlen(not_json[i].text), &root, &f),
				 -EINVAL);
		assert_string_equal(f.text, not_json[i].fault);
		assert_ptr_equal(root, &not_json);
	}
}

static void a_nul_byte_is_refused_everywhere(void **state)
{
	static const char *const places[] = {"?{}", "{?}", "{\"a?\":1}", "[1?]", "[1,?2]", "{}?"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char text[16] = "";
		size_t len = strlen(places[i]);
		struct fault f = {0};

		memcpy(text, places[i], len);
		*strchr(text, '?') = '\0';
		assert_int_equal(check(text, len, &f), -EINVAL);
		assert_non_null(strstr(f.text, "found the byte 0x00"));
	}
}

static void control_characters_need_an_escape(void **state)
{
	for (int c = 1; c < 0x80; c++) {
		const char text[] = {'"', (char)c, '"'};
		bool good = c >= 0x20 && c != '"' && c != '\\';
		struct fault f;

		assert_int_equal(check(text, sizeof(text), &f), good ? 0 : -EINVAL);
	}
}

static void the_text_needs_no_nul_at_its_end(void **state)
{
	/* On the heap, so that the sanitizer sees a read behind the end. */
	static const char *const texts[] = {"1", "[1,-2.5e3]", "\"a\"", "{\"a\":12}", "1e", "\"\\"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		size_t len = strlen(texts[i]);
		char *text = malloc(len);
		cJSON *root = NULL;
		struct fault f;

		memcpy(text, texts[i], len);
		assert_int_equal(json_parse(text, len, &root, &f), i < 4 ? 0 : -EINVAL);
		cJSON_Delete(root);
		free(text);
	}
}

/* @n times @open, @middle, then @n times @close */
static char *nest(size_t n, const char *open, const char *middle, char close)
{
	size_t len = strlen(open);
	char *text = calloc(1, n * (len + 1) + strlen(middle) + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, open, len);
	memcpy(text + n * len, middle, strlen(middle));
	memset(text + n * len + strlen(middle), close, n);
	return text;
}

static void depth_is_bounded(void **state)
{
	static const struct {
		size_t depth;
		const char *open, *middle;
		char close;
		bool good;
	} rows[] = {
		{JSON_DEPTH_MAX, "[", "", ']', true},
		{JSON_DEPTH_MAX + 1, "[", "", ']', false},
		{JSON_DEPTH_MAX, "{\"a\":", "1", '}', true},
		{JSON_DEPTH_MAX + 1, "{\"a\":", "1", '}', false},
		{1000000, "[", "", ']', false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = nest(rows[i].depth, rows[i].open, rows[i].middle, rows[i].close);
		cJSON *root = NULL;
		struct fault f;

		assert_int_equal(json_parse(text, strlen(text), &root, &f),
				 rows[i].good ? 0 : -EINVAL);
		if (!rows[i].good)
			assert_non_null(strstr(f.text, "nested too deeply"));
		cJSON_Delete(root);
		free(text);
	}
}

static void the_number_of_values_is_bounded(void **state)
{
	size_t len = 2 * JSON_VALUES_MAX;
	char *text = malloc(len + 1);
	struct fault f;

	text[0] = '[';
	for (size_t i = 1; i < len; i += 2)
		memcpy(text + i, "0,", 2);
	/* The array itself is a value too. */
	text[len - 2] = ']';
	assert_int_equal(check(text, len - 1, &f), 0);
	memcpy(text + len - 2, ",0]", 3);
	assert_int_equal(check(text, len + 1, &f), -EINVAL);
	assert_non_null(strstr(f.text, "too many values"));
	free(text);
}

static void strings_are_read_without_their_escapes(void **state)
{
	static const struct {
		const char *text, *string;
	} rows[] = {
		{"\"\"", ""},
		{"\"plain \x7f\"", "plain \x7f"},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"a\\nb\\\\n\\\"c\"", "a\nb\\n\"c"},
		{"\"\xc3\xa4\\t\xf0\x9f\x98\x80\"", "\xc3\xa4\t\xf0\x9f\x98\x80"},
		{"\"\\u0001\\u0041\\u007f\"", "\x01"
					      "A\x7f"},
		{"\"\\u0080\\u07ff\"", "\xc2\x80\xdf\xbf"},
		{"\"\\u0800\\ud7ff\\uE000\\uFfFf\"",
		 "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"},
		{"\"\\ud800\\udc00\\uD83D\\uDE00\\udbff\\udfff\"",
		 "\xf0\x90\x80\x80\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cJSON *root = NULL, *object = NULL;
		struct fault f;
		char text[128];

		assert_int_equal(json_parse(rows[i].text, strlen(rows[i].text), &root, &f), 0);
		assert_string_equal(json_text(root), rows[i].string);
		cJSON_Delete(root);
		/* as a key */
		snprintf(text, sizeof(text), "{%s:1}", rows[i].text);
		assert_int_equal(json_parse(text, strlen(text), &object, &f), 0);
		assert_string_equal(object->child->string, rows[i].string);
		cJSON_Delete(object);
	}
}

static void numbers_keep_their_text(void **state)
{
	static const char text[] =
		"{\"1\":9223372036854775807,\"-2\":[-9223372036854775808,0.10,1e400,\"\\\\\\\"3\",-0,18446744073709551615,1E+2],\"a\\\\\":"
		"123456789012345678901234567890}";
	cJSON *root = NULL, *copy;
	struct fault f;
	char *out;

	assert_int_equal(json_parse(text, strlen(text), &root, &f), 0);
	copy = cJSON_Duplicate(root, true);
	out = cJSON_PrintUnformatted(copy);
	assert_string_equal(out, text);
	cJSON_free(out);
	cJSON_Delete(copy);
	cJSON_Delete(root);
}

static void duplicate_keys_are_refused(void **state)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {
		{"{\"a\":1,\"a\":1}", "/a: duplicate key"},
		{"{\"a\":1,\"b\":2,\"\\u0061\":1}", "/a: duplicate key"},
		{"{\"x/y\":[0,{\"~\":1,\"A\":0,\"~\":2}]}", "/x~1y/1/~0: duplicate key"},
		{"[{},{\"\":1,\"\":1}]", "/1/: duplicate key"},
		/* as many as are compared in pairs, and one more */
		{"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"a\":1}",
		 "/a: duplicate key"},
		{"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"b\":1}",
		 "/b: duplicate key"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cJSON *root = NULL;
		struct fault f;

		assert_int_equal(json_parse(rows[i].text, strlen(rows[i].text), &root, &f),
				 -EINVAL);
		assert_string_equal(f.text, rows[i].fault);
		assert_null(root);
	}
}

/* Comparing all pairs would take minutes. */
static void many_keys_are_checked_quickly(void **state)
{
	const size_t n = JSON_VALUES_MAX - 1;
	char *text = malloc(n * 16 + 2), *p = text;
	clock_t start = clock();
	cJSON *root = NULL;
	struct fault f;

	for (size_t i = 0; i < n; i++)
		p += snprintf(p, 16, "%c\"k%zu\":0", i ? ',' : '{', i == n - 1 ? 7 : i);
	*p++ = '}';
	assert_int_equal(json_parse(text, (size_t)(p - text), &root, &f), -EINVAL);
	assert_string_equal(f.text, "/k7: duplicate key");
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	free(text);
}

static void integers_are_read_exactly(void **state)
{
	static const struct {
		const char *text;
		int err;
		int64_t value;
	} rows[] = {
		{"0", 0, 0},
		{"-0", 0, 0},
		{"42", 0, 42},
		{"9007199254740993", 0, 9007199254740993},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775808", 0, INT64_MIN},
		{"9223372036854775808", -ERANGE, 0},
		{"-9223372036854775809", -ERANGE, 0},
		{"1.0", -EINVAL, 0},
		{"1e3", -EINVAL, 0},
		{"\"1\"", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t v = 77;
		cJSON *root = NULL;
		struct fault f;

		assert_int_equal(json_parse(rows[i].text, strlen(rows[i].text), &root, &f), 0);
		assert_int_equal(json_int64(root, &v), rows[i].err);
		assert_true(v == (rows[i].err ? 77 : rows[i].value));
		cJSON_Delete(root);
	}
}

static void members_are_set_and_replaced(void **state)
{
	static const char text[] = "{\"a\":1,\"d\":{\"e\":[2]},\"n\":null,\"b\":\"x\"}";
	cJSON *root = NULL;
	struct fault f;
	char *out;

	assert_int_equal(json_parse(text, strlen(text), &root, &f), 0);
	assert_int_equal(json_set_number(root, "a", INT64_MIN), 0);
	assert_int_equal(json_set_string(root, "b", "longer than before \"\n"), 0);
	assert_int_equal(json_set_number(root, "c", 0), 0);
	assert_int_equal(json_set_string(root, "d", ""), 0);
	assert_int_equal(json_set_number(root, "n", 1234567890), 0);
	out = cJSON_PrintUnformatted(root);
	assert_string_equal(
		out,
		"{\"a\":-9223372036854775808,\"d\":\"\",\"n\":1234567890,\"b\":\"longer than before \\\"\\n\",\"c\":0}");
	cJSON_free(out);
	cJSON_Delete(root);
}

static void empty_values(void **state)
{
	static const struct {
		const char *text;
		bool nothing;
	} rows[] = {
		{"null", true},	      {"false", true},
		{"0", true},	      {"\"\"", true},
		{"[]", true},	      {"{}", true},
		{"true", false},      {"{\"a\":{\"b\":0},\"c\":[],\"d\":null}", true},
		{"1", false},	      {"0.5", false},
		{"\"a\"", false},     {"[0]", false},
		{"[null]", false},    {"{\"a\":{\"b\":0},\"c\":{\"d\":\"x\"}}", false},
		{"{\"a\":1}", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cJSON *root = NULL;
		struct fault f;

		assert_int_equal(json_parse(rows[i].text, strlen(rows[i].text), &root, &f), 0);
		assert_int_equal(json_is_empty(root), rows[i].nothing);
		cJSON_Delete(root);
	}
}

static unsigned allocations_left;

static void *failing_malloc(size_t size)
{
	return allocations_left && allocations_left-- ? malloc(size) : NULL;
}

static void without_memory_a_member_keeps_its_key_and_value(void **state)
{
	cJSON_Hooks failing = {failing_malloc, free};
	cJSON *root = cJSON_Parse("{\"a\":\"old\",\"b\":\"other\"}");
	int err = -ENOMEM;

	for (unsigned n = 0; err; n++) {
		assert_true(n < 100);
		allocations_left = n;
		cJSON_InitHooks(&failing);
		err = json_set_string(root, "a", "new");
		cJSON_InitHooks(NULL);
		assert_int_equal(cJSON_GetArraySize(root), 2);
		assert_string_equal(root->child->string, "a");
		assert_string_equal(root->child->valuestring, err ? "old" : "new");
	}
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_rfc_8259_are_accepted),
		cmocka_unit_test(other_texts_are_refused_with_the_place),
		cmocka_unit_test(a_nul_byte_is_refused_everywhere),
		cmocka_unit_test(control_characters_need_an_escape),
		cmocka_unit_test(the_text_needs_no_nul_at_its_end),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(the_number_of_values_is_bounded),
		cmocka_unit_test(strings_are_read_without_their_escapes),
		cmocka_unit_test(numbers_keep_their_text),
		cmocka_unit_test(duplicate_keys_are_refused),
		cmocka_unit_test(many_keys_are_checked_quickly),
		cmocka_unit_test(integers_are_read_exactly),
		cmocka_unit_test(members_are_set_and_replaced),
		cmocka_unit_test(empty_values),
		cmocka_unit_test(without_memory_a_member_keeps_its_key_and_value),
	};

	return RUN_TESTS(tests);
}
