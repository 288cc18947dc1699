// SPDX-License-Identifier: Apache-2.0
/* Tables of fields: what json_read_object() does with each kind of row. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "spec/json_read.h"

struct thing {
	const char *name;
	const char **words;
	size_t n_words;
	const char **uncounted;
	bool on;
};

static int choose(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"no", "yes", NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(bool *)out = i;
	return 0;
}

static const struct json_field fields[] = {
	JSON_FIELD("a_name", json_read_string, .offset = offsetof(struct thing, name),
		   .required = true, .protojson = true),
	JSON_LIST("words", struct thing, words, json_read_string, .max = 2),
	JSON_FIELD("uncounted", json_read_path, .offset = offsetof(struct thing, uncounted),
		   .size = sizeof(char *)),
	JSON_FIELD("on", choose, .offset = offsetof(struct thing, on)),
};

static int read_thing(struct arena *a, const char *text, const struct json_reader *flags,
		      struct thing *t, struct fault *f)
{
	struct json_reader r = *flags;
	cJSON *root = NULL;
	int err;

	assert_int_equal(json_parse(text, strlen(text), &root, f), 0);
	r.root = root;
	r.arena = a;
	r.fault = f;
	err = json_read_object(&r, root, fields, t);
	cJSON_Delete(root);
	return err;
}

static void members_and_lists_are_read(void **state)
{
	static const char text[] =
		"{\"aName\":\"n\",\"words\":[\"x\",\"y\"],\"uncounted\":[\"/p\"],\"on\":\"yes\"}";
	struct thing t = {.n_words = 7};
	struct arena a = {0};
	struct fault f;

	assert_int_equal(read_thing(&a, text, &(struct json_reader){0}, &t, &f), 0);
	assert_string_equal(t.name, "n");
	assert_int_equal(t.n_words, 2);
	assert_string_equal(t.words[0], "x");
	assert_string_equal(t.words[1], "y");
	assert_null(t.words[2]);
	assert_string_equal(t.uncounted[0], "/p");
	assert_null(t.uncounted[1]);
	assert_true(t.on);
	arena_free(&a);
}

static void an_empty_list_has_an_element_behind_it(void **state)
{
	struct thing t = {.n_words = 7};
	struct arena a = {0};
	struct fault f;

	assert_int_equal(
		read_thing(&a, "{\"a_name\":\"\",\"words\":[]}", &(struct json_reader){0}, &t, &f),
		0);
	assert_int_equal(t.n_words, 0);
	assert_non_null(t.words);
	assert_null(t.words[0]);
	arena_free(&a);
}

static struct json_notes notes = {.lenient = true}, strict;

static const struct {
	const char *text, *fault; /* NULL: accepted */
	struct json_reader flags;
} rows[] = {
	{"[]", "top level: expected an object, found an array", {0}},
	{"{}", "top level: the key \"a_name\" is missing", {0}},
	{"{\"a_name\":\"\",\"aName\":\"\"}",
	 "/aName: the key \"a_name\" is given in two spellings",
	 {0}},
	{"{\"AName\":\"\"}", "/AName: unknown key", {0}},
	{"{\"a_name\":\"\",\"wordS\":[]}", "/wordS: unknown key; did you mean \"words\"?", {0}},
	{"{\"a_name\":\"\",\"words\":[\"\",\"\",\"\"]}",
	 "/words: 3 elements, at most 2 are accepted",
	 {0}},
	{"{\"a_name\":\"\",\"words\":[\"\",1]}",
	 "/words/1: expected a string, found the number 1",
	 {0}},
	{"{\"a_name\":\"\",\"uncounted\":[\"p\"]}",
	 "/uncounted/0: expected an absolute path, found \"p\"",
	 {0}},
	{"{\"a_name\":\"\",\"on\":\"\"}", "/on: expected one of \"no\", \"yes\", found \"\"", {0}},
	/* null and unknown keys */
	{"{\"a_name\":\"\",\"on\":null}", "/on: expected one of \"no\", \"yes\", found null", {0}},
	{"{\"a_name\":\"\",\"on\":null}", NULL, {.nulls = true}},
	{"{\"a_name\":\"\",\"on\":null}", NULL, {.notes = &notes}},
	{"{\"a_name\":null}", "top level: the key \"a_name\" is missing", {.nulls = true}},
	{"{\"a_name\":\"\",\"q\":null}", "/q: unknown key", {.nulls = true}},
	{"{\"a_name\":\"\",\"q\":{\"r\":[]}}", NULL, {.notes = &notes}},
	{"{\"a_name\":\"\",\"q\":{\"r\":[0]}}", "/q: unknown key", {0}},
	{"{\"a_name\":\"\",\"q\":{\"r\":[0]}}", NULL, {.notes = &notes}},
	/* with notes the walk goes on after a fault */
	{"{\"on\":\"\",\"words\":[1,\"\"],\"a_name\":\"\"}",
	 "/on: expected one of \"no\", \"yes\", found \"\"; /words/0: expected a string, found the number 1",
	 {.notes = &notes}},
	{"{\"a_name\":\"\",\"q\":1,\"on\":null}",
	 "/q: unknown key; /on: expected one of \"no\", \"yes\", found null",
	 {.notes = &strict}},
	{"{\"on\":\"\",\"words\":[1,\"\"],\"a_name\":\"\"}",
	 "/on: expected one of \"no\", \"yes\", found \"\"",
	 {0}},
};

static void faults_and_flags(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct thing t = {.words = NULL, .n_words = 7};
		struct arena a = {0};
		struct fault f = {0};
		int err;

		notes.faults = strict.faults = 0;
		err = read_thing(&a, rows[i].text, &rows[i].flags, &t, &f);

		print_message("# %s\n", rows[i].text);
		assert_string_equal(f.text, rows[i].fault ? rows[i].fault : "");
		assert_int_equal(err, rows[i].fault ? -EINVAL : 0);
		assert_null(t.words);
		assert_int_equal(t.n_words, 7);
		arena_free(&a);
	}
}

static void integers_of_64_bits(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} numbers[] = {
		{"0", true, 0},	   {"18446744073709551615", true, UINT64_MAX},
		{"-1", false, 0},  {"18446744073709551616", false, 0},
		{"1.0", false, 0}, {"\"1\"", false, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct fault f = {0};
		struct json_reader r = {.fault = &f};
		uint64_t v = 77;
		cJSON *root = NULL;

		assert_int_equal(json_parse(numbers[i].text, strlen(numbers[i].text), &root, &f),
				 0);
		r.root = root;
		assert_int_equal(json_read_uint64(&r, root, &v), numbers[i].good ? 0 : -EINVAL);
		assert_true(v == (numbers[i].good ? numbers[i].value : 77));
		cJSON_Delete(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_and_lists_are_read),
		cmocka_unit_test(an_empty_list_has_an_element_behind_it),
		cmocka_unit_test(faults_and_flags),
		cmocka_unit_test(integers_of_64_bits),
	};

	return RUN_TESTS(tests);
}
