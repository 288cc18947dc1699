// SPDX-License-Identifier: Apache-2.0
/* YAML as a tree: results, and faults with their line. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spec/cdi/spec.h"

static const struct {
	const char *rule, *text, *json; /* json: or the fault */
	int err;
} rows[] = {
	{"block style", "---\na:\n    b: c\n    d:\n        - e\n        - f\n",
	 "{\"a\":{\"b\":\"c\",\"d\":[\"e\",\"f\"]}}", 0},
	{"flow style", "a: [ro, bind]\nb: {c: d}\n",
	 "{\"a\":[\"ro\",\"bind\"],\"b\":{\"c\":\"d\"}}", 0},
	{"null", "[~, null, Null, NULL, 'null', \"~\"]", "[null,null,null,null,\"null\",\"~\"]", 0},
	{"a missing value", "a:\nb: \n", "{\"a\":null,\"b\":null}", 0},
	{"texts", "- 'it''s'\n- \"a\\tb\\u00e4\"\n- |\n  two\n  lines\n- >\n  one\n  line\n",
	 "[\"it's\",\"a\\tb\xc3\xa4\",\"two\\nlines\\n\",\"one line\\n\"]", 0},
	{"numbers are texts", "[0666, 1.10, 0x1F]", "[\"0666\",\"1.10\",\"0x1F\"]", 0},
	{"keys are texts", "1: a\nnull: b\n'': c\n", "{\"1\":\"a\",\"null\":\"b\",\"\":\"c\"}", 0},
	{"only the first document is read", "a: b\n---\n*broken: [\n", "{\"a\":\"b\"}", 0},
	{"a directive", "%YAML 1.1\n---\na\n", "\"a\"", 0},
	{"comments", "# c\na: b # d\n", "{\"a\":\"b\"}", 0},
	{"a byte order mark",
	 "\xef\xbb\xbf"
	 "a: b\nc: d\n",
	 "{\"a\":\"b\",\"c\":\"d\"}", 0},
	{"a byte order mark and a line of three dashes",
	 "\xef\xbb\xbf---\n"
	 "a: b\n",
	 "{\"a\":\"b\"}", 0},
	{"a byte order mark and a directive",
	 "\xef\xbb\xbf%YAML 1.1\n---\n"
	 "a: b\n",
	 "{\"a\":\"b\"}", 0},
	{"a byte order mark only", "\xef\xbb\xbf", "no Spec data", -ENODATA},
	{"nothing", "", "no Spec data", -ENODATA},
	{"only a comment", "# nothing\n", "no Spec data", -ENODATA},
	{"an empty document", "---\n", "null", 0},
	{"anchors are refused", "a: b\nc: &x d\n",
	 "line 2: anchors (&name) are not allowed in a spec file", -EINVAL},
	{"anchors of lists", "a:\n  &x\n  - b\n",
	 "line 2: anchors (&name) are not allowed in a spec file", -EINVAL},
	{"anchors of mappings", "a: &x {b: c}\n",
	 "line 1: anchors (&name) are not allowed in a spec file", -EINVAL},
	{"anchors of keys", "&x a: b\n", "line 1: anchors (&name) are not allowed in a spec file",
	 -EINVAL},
	{"aliases are refused", "a: b\n\nc: *x\n",
	 "line 3: aliases (*name) are not allowed in a spec file", -EINVAL},
	{"aliases as keys", "*x : a\n", "line 1: aliases (*name) are not allowed in a spec file",
	 -EINVAL},
	{"merge keys are refused", "a: b\n<<: {c: d}\n",
	 "line 2: merge keys (<<) are not allowed in a spec file", -EINVAL},
	{"a quoted << is not a merge key", "'<<': a\n", "{\"<<\":\"a\"}", 0},
	{"tags are refused", "a: !!str 5\n", "line 1: tags (!name) are not allowed in a spec file",
	 -EINVAL},
	{"tags of lists", "a: !x [b]\n", "line 1: tags (!name) are not allowed in a spec file",
	 -EINVAL},
	{"a duplicate key", "a: 1\nb: 2\na: 3\n", "line 3: duplicate key \"a\", first on line 1",
	 -EINVAL},
	{"a duplicate key in quotes", "a: 1\n'a': 3\n",
	 "line 2: duplicate key \"a\", first on line 1", -EINVAL},
	{"one key in two objects", "- a: 1\n- a: 1\n", "[{\"a\":\"1\"},{\"a\":\"1\"}]", 0},
	{"a key that is a list", "[a]: b\n", "line 1: a key must be a string", -EINVAL},
	{"a NUL in a text", "a: b\nc: \"\\0\"\n", "line 2: a NUL is not allowed in a string",
	 -EINVAL},
	{"a NUL in a key", "\"a\\x00\": b\n", "line 1: a NUL is not allowed in a string", -EINVAL},
	{"not YAML", "a: b\n  c: d\n", "line 2: mapping values are not allowed in this context",
	 -EINVAL},
	{"a tab", "a:\n\t- b\n", "line 2: found character that cannot start any token", -EINVAL},
	{"a truncated text", "a: [b\n", "line 2: did not find expected ',' or ']'", -EINVAL},
	{"not UTF-8", "a: b\nc: \xff\n", "line 2: invalid UTF-8", -EINVAL},
	{"UTF-16",
	 "\xff\xfe"
	 "AAAA",
	 "line 1: invalid UTF-8", -EINVAL},
	{"a control character", "a: b\n\nc: \x01\n", "line 3: control characters are not allowed",
	 -EINVAL},
	{"a delete character", "a: \x7f\n", "line 1: control characters are not allowed", -EINVAL},
	{"a control character of two bytes", "a: \xc2\x9f\n",
	 "line 1: control characters are not allowed", -EINVAL},
	{"no character", "a: \xef\xbf\xbe\n", "line 1: control characters are not allowed",
	 -EINVAL},
	{"a line break of two bytes", "a: \"b\xc2\x85\xc2\xa0\"\n", "{\"a\":\"b \xc2\xa0\"}", 0},
	{"half a character at the end", "a: b\nc: \xc3", "line 2: invalid UTF-8", -EINVAL},
	{"a byte order mark",
	 "\xef\xbb\xbf"
	 "a: b\n",
	 "{\"a\":\"b\"}", 0},
	{"half a surrogate pair", "a: \"\\ud800\"\n", "line 1: found invalid Unicode character",
	 -EINVAL},
};

static void documents(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cJSON *tree = NULL;
		struct fault f = {0};
		int err = cdi_yaml_parse(rows[i].text, strlen(rows[i].text), &tree, &f);
		char *text = err ? strdup(f.text) : cJSON_PrintUnformatted(tree);
		size_t n = err ? strlen(rows[i].json) : strlen(text) + 1;

		if (err != rows[i].err || strncmp(text, rows[i].json, n) != 0)
			fail_msg("%s: %d, %s", rows[i].rule, err, text);
		assert_int_equal(err != 0, tree == NULL);
		free(text);
		cJSON_Delete(tree);
	}
}

static void only_scalars_without_quotes_are_plain(void **state)
{
	static const char text[] = "[a, 'a', \"a\"]";
	cJSON *tree = NULL;
	struct fault f;

	assert_int_equal(cdi_yaml_parse(text, strlen(text), &tree, &f), 0);
	assert_true(tree->child->type & CDI_PLAIN);
	assert_false(tree->child->next->type & CDI_PLAIN);
	assert_false(tree->child->next->next->type & CDI_PLAIN);
	cJSON_Delete(tree);
}

static void a_nul_in_the_file_is_named_with_its_line(void **state)
{
	static const char text[] = "a: b\nc: d\0e\n";
	cJSON *tree = NULL;
	struct fault f;

	assert_int_equal(cdi_yaml_parse(text, sizeof(text) - 1, &tree, &f), -EINVAL);
	assert_string_equal(f.text, "line 2: a NUL is not allowed: is the file UTF-8 text?");
	assert_null(tree);
}

/* @n times @open, then @n times @close */
static char *repeat(size_t n, const char *open, const char *close)
{
	size_t a = strlen(open), b = strlen(close);
	char *text = malloc(n * (a + b) + 1), *s = text;

	for (size_t i = 0; i < n; i++, s += a)
		memcpy(s, open, a);
	for (size_t i = 0; i < n; i++, s += b)
		memcpy(s, close, b);
	*s = '\0';
	return text;
}

static void depth_has_a_limit(void **state)
{
	struct fault f;

	for (size_t n = JSON_DEPTH_MAX; n <= JSON_DEPTH_MAX + 1; n++) {
		char *text = repeat(n, "[", "]");
		cJSON *tree = NULL;
		int err = cdi_yaml_parse(text, strlen(text), &tree, &f);

		assert_int_equal(err, n > JSON_DEPTH_MAX ? -EINVAL : 0);
		if (err)
			assert_string_equal(f.text,
					    "line 1: lists and mappings are nested too deeply");
		cJSON_Delete(tree);
		free(text);
	}
}

static void the_number_of_values_has_a_limit(void **state)
{
	char *text = repeat(JSON_VALUES_MAX, "- a\n", "");
	cJSON *tree = NULL;
	struct fault f;

	assert_int_equal(cdi_yaml_parse(text, strlen(text), &tree, &f), -EINVAL);
	assert_string_equal(f.text, "line 262144: too many values");
	free(text);
}

/* Comparing all pairs would take minutes. */
static void many_keys_are_checked_quickly(void **state)
{
	const size_t n = 100000;
	char *text = malloc(n * 16), *s = text;
	cJSON *tree = NULL;
	struct fault f;

	for (size_t i = 0; i < n; i++)
		s += snprintf(s, 16, "k%zu: v\n", i);
	assert_int_equal(cdi_yaml_parse(text, (size_t)(s - text), &tree, &f), 0);
	cJSON_Delete(tree);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents),
		cmocka_unit_test(only_scalars_without_quotes_are_plain),
		cmocka_unit_test(a_nul_in_the_file_is_named_with_its_line),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(the_number_of_values_has_a_limit),
		cmocka_unit_test(many_keys_are_checked_quickly),
	};

	return RUN_TESTS(tests);
}
