// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "spec/json.h"
#include "spec/json_diff.h"
#include "tests/unit/test.h"

/* Remove the blanks between the tokens of a patch; no string in these tests has blanks. */
static void squeeze(char *s)
{
	char *out = s;

	for (; *s; s++)
		if (*s != ' ' && *s != '\t' && *s != '\n')
			*out++ = *s;
	*out = '\0';
}

static const struct {
	const char *rule, *from, *to, *patch;
} rows[] = {
	{"nothing changes", "{\"a\": [1, {\"b\": null}]}", "{\"a\": [1, {\"b\": null}]}", "[]"},
	{"the order of keys does not count", "{\"a\": 1, \"b\": 2}", "{\"b\": 2, \"a\": 1}", "[]"},
	{"a key is added", "{}", "{\"a\": [1]}",
	 "[{\"op\":\"add\",\"path\":\"/a\",\"value\":[1]}]"},
	{"a key is removed", "{\"a\": 1, \"b\": 2}", "{\"b\": 2}",
	 "[{\"op\":\"remove\",\"path\":\"/a\"}]"},
	{"a value changes", "{\"a\": {\"b\": 1}}", "{\"a\": {\"b\": 2}}",
	 "[{\"op\":\"replace\",\"path\":\"/a/b\",\"value\":2}]"},
	{"a type changes", "{\"a\": 1}", "{\"a\": \"1\"}",
	 "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":\"1\"}]"},
	{"an object is not an array", "{\"a\": {}}", "{\"a\": []}",
	 "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":[]}]"},
	{"true is not false", "[true]", "[false]",
	 "[{\"op\":\"replace\",\"path\":\"/0\",\"value\":false}]"},
	{"the whole document", "1", "2", "[{\"op\":\"replace\",\"path\":\"\",\"value\":2}]"},
	{"an element is added at the end", "[1]", "[1, 2]",
	 "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2}]"},
	{"an element is added at the beginning", "[2, 3]", "[1, 2, 3]",
	 "[{\"op\":\"add\",\"path\":\"/0\",\"value\":1}]"},
	{"one of equal elements is removed", "[1, 1, 1]", "[1, 1]",
	 "[{\"op\":\"remove\",\"path\":\"/2\"}]"},
	{"two elements are removed in the middle", "[1, 2, 3, 4]", "[1, 4]",
	 "[{\"op\":\"remove\",\"path\":\"/1\"},{\"op\":\"remove\",\"path\":\"/1\"}]"},
	{"two elements are added in the middle", "[1, 4]", "[1, 2, 3, 4]",
	 "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2},{\"op\":\"add\",\"path\":\"/2\",\"value\":3}]"},
	{"an element changes within", "[{\"a\": 1, \"b\": 2}, 3]", "[{\"a\": 9, \"b\": 2}, 3]",
	 "[{\"op\":\"replace\",\"path\":\"/0/a\",\"value\":9}]"},
	{"pointers are escaped", "{\"a/b~c\": 1, \"\": 1}", "{\"a/b~c\": 2, \"\": 2}",
	 "[{\"op\":\"replace\",\"path\":\"/a~1b~0c\",\"value\":2},{\"op\":\"replace\",\"path\":\"/\",\"value\":2}]"},
	{"large numbers keep their digits", "{\"a\": 9223372036854775807}",
	 "{\"a\": 9223372036854775806}",
	 "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":9223372036854775806}]"},
};

static void patches_have_only_what_changes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fault fault;
		char *patch = NULL;

		print_message("# %s\n", rows[i].rule);
		assert_int_equal(json_diff(rows[i].from, rows[i].to, &patch, &fault), 0);
		squeeze(patch);
		assert_string_equal(patch, rows[i].patch);
		free(patch);
	}
}

static void other_texts_than_json_are_refused(void **state)
{
	struct fault fault;
	char *patch = NULL;

	assert_true(json_diff("{", "{}", &patch, &fault) < 0);
	assert_true(json_diff("{}", "[1,]", &patch, &fault) < 0);
	assert_null(patch);
}

/* --- any two documents --------------------------------------------------------------------- */

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

/* A document with few different keys and values, so that two documents have much in common. */
static void make(char *out, size_t size, unsigned depth)
{
	static const char *const values[] = {"1", "22", "null", "true", "\"x\"", "\"~/\""};
	static const char *const keys[] = {"a", "b~", "/c", ""};
	char part[4][512];
	size_t n = chance(4);
	bool object = chance(2);

	if (!depth || chance(3) == 0) {
		snprintf(out, size, "%s", values[chance(ARRAY_SIZE(values))]);
		return;
	}
	for (size_t i = 0; i < n; i++)
		make(part[i], sizeof(part[i]), depth - 1);
	snprintf(out, size, "%c", object ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(out);

		if (object)
			snprintf(out + len, size - len, "%s\"%s\":%s", i ? "," : "", keys[i],
				 part[i]);
		else
			snprintf(out + len, size - len, "%s%s", i ? "," : "", part[i]);
	}
	snprintf(out + strlen(out), size - strlen(out), "%c", object ? '}' : ']');
}

/* Put the last component of a pointer, unescaped, into @key. Return: the item above it. */
static cJSON *above(cJSON *root, const char *pointer, char key[64])
{
	cJSON *parent = NULL, *at = root;

	while (*pointer) {
		size_t n = 0;

		for (pointer++; *pointer && *pointer != '/'; pointer++) {
			key[n++] = *pointer;
			if (*pointer == '~')
				key[n - 1] = *++pointer == '0' ? '~' : '/';
		}
		key[n] = '\0';
		parent = at;
		at = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, (int)strtol(key, NULL, 10))
				       : cJSON_GetObjectItemCaseSensitive(at, key);
	}
	return parent;
}

static void apply_one(cJSON **root, const cJSON *row)
{
	const char *op = cJSON_GetObjectItem(row, "op")->valuestring;
	const char *path = cJSON_GetObjectItem(row, "path")->valuestring;
	cJSON *value = cJSON_Duplicate(cJSON_GetObjectItem(row, "value"), true);
	char key[64];
	cJSON *parent = above(*root, path, key);
	int index = (int)strtol(key, NULL, 10);

	if (!parent) {
		assert_string_equal(op, "replace");
		cJSON_Delete(*root);
		*root = value;
		return;
	}
	if (cJSON_IsArray(parent)) {
		assert_true(index <= cJSON_GetArraySize(parent));
		if (strcmp(op, "add"))
			cJSON_DeleteItemFromArray(parent, index);
		if (value) {
			value->prev = value; /* cJSON 1.7.15 reads the wrong item's */
			assert_true(cJSON_InsertItemInArray(parent, index, value));
		}
	} else {
		assert_true(cJSON_HasObjectItem(parent, key) == (strcmp(op, "add") != 0));
		cJSON_DeleteItemFromObjectCaseSensitive(parent, key);
		if (value)
			cJSON_AddItemToObject(parent, key, value);
	}
}

static void patches_lead_from_any_document_to_any_other(void **state)
{
	char from[4096], to[4096];

	for (seed = 1; seed < 4000; seed++) {
		uint32_t keep = seed;
		char *patch = NULL, *rest = NULL;
		struct fault fault;
		cJSON *doc, *rows_of_patch, *row;

		make(from, sizeof(from), 3);
		make(to, sizeof(to), 3);
		assert_int_equal(json_diff(from, to, &patch, &fault), 0);
		assert_int_equal(json_parse(from, strlen(from), &doc, &fault), 0);
		assert_int_equal(json_parse(patch, strlen(patch), &rows_of_patch, &fault), 0);
		cJSON_ArrayForEach(row, rows_of_patch) apply_one(&doc, row);
		free(patch);
		patch = cJSON_Print(doc);
		assert_int_equal(json_diff(patch, to, &rest, &fault), 0);
		assert_string_equal(rest, "[]");
		free(patch);
		free(rest);
		cJSON_Delete(doc);
		cJSON_Delete(rows_of_patch);
		seed = keep;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patches_have_only_what_changes),
		cmocka_unit_test(other_texts_than_json_are_refused),
		cmocka_unit_test(patches_lead_from_any_document_to_any_other),
	};

	return RUN_TESTS(tests);
}
