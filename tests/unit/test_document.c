// SPDX-License-Identifier: Apache-2.0
/* The kinds of files that `coldinit check` knows. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/lib/compiler.h"
#include "spec/document.h"

static void documents_are_recognised_by_their_keys(void **state)
{
	static const struct {
		const char *text;
		enum document_kind kind;
	} rows[] = {
		{"{\"version\":1}", DOCUMENT_MANIFEST},
		{"{\"devices\":[]}", DOCUMENT_MANIFEST},
		{"{\"hostname\":\"a\",\"storages\":[]}", DOCUMENT_MANIFEST},
		{"{\"ociVersion\":\"1.0.0\",\"version\":1}", DOCUMENT_CONFIG},
		{"{\"process\":{},\"hostname\":\"a\"}", DOCUMENT_CONFIG},
		{"{\"annotations\":{},\"linux\":{}}", DOCUMENT_CONFIG},
		{"{\"cdiVersion\":\"0.5.0\",\"devices\":[]}", DOCUMENT_CDI},
		{"{\"kind\":\"a/b\",\"devices\":[]}", DOCUMENT_CDI},
		{"---\ncdiVersion: 0.5.0\nkind: a/b\n", DOCUMENT_CDI_YAML},
		{"# comment\nkind: a/b\ndevices: []\n", DOCUMENT_CDI_YAML},
		{"{kind: a/b, devices: []}\n", DOCUMENT_CDI_YAML},
		{"\xef\xbb\xbfkind: a/b\ndevices: []\n", DOCUMENT_CDI_YAML},
		{"\xef\xbb\xbf{\"kind\":\"a/b\"}", DOCUMENT_CDI},
		{"\xef\xbb\xbf{\"version\":1}", DOCUMENT_MANIFEST},
		{"{\"architecture\":\"amd64\",\"config\":{\"Cmd\":[]},\"rootfs\":{}}",
		 DOCUMENT_IMAGE_CONFIG},
		{"{\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\"}}", DOCUMENT_IMAGE_CONFIG},
		{"{\"schemaVersion\":2,\"config\":{},\"layers\":[]}", DOCUMENT_IMAGE_MANIFEST},
		{"{\"schemaVersion\":2,\"manifests\":[]}", DOCUMENT_IMAGE_MANIFEST},
		{"[{\"Config\":\"a.json\",\"Layers\":[]}]", DOCUMENT_IMAGE_MANIFEST},
		{"{\"apiVersion\":\"v1\"}", DOCUMENT_OTHER},
		{"{}", DOCUMENT_OTHER},
		{"[]", DOCUMENT_OTHER},
		{"1", DOCUMENT_OTHER},
		{"apiVersion: v1\n", DOCUMENT_OTHER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum document_kind kind = DOCUMENT_OTHER;
		struct fault f = {0};

		if (document_recognise(rows[i].text, strlen(rows[i].text), &kind, &f) ||
		    kind != rows[i].kind)
			fail_msg("%s: kind %u %s", rows[i].text, kind, f.text);
	}
}

static void a_syntax_error_has_its_place(void **state)
{
	enum document_kind kind = DOCUMENT_CDI;
	struct fault f;

	assert_int_equal(document_recognise("{\n 1}", 5, &kind, &f), -EINVAL);
	assert_text(f.text, "line 2, column 2: ");
	assert_int_equal(document_recognise("{version: 1}", 12, &kind, &f), -EINVAL);
	assert_text(f.text, "line 1, column 2: ");
	assert_int_equal(document_recognise("// mine\n{}", 10, &kind, &f), -EINVAL);
	assert_text(f.text, "line 1, column 1: expected a value, found '/'");
	assert_int_equal(document_recognise("a: &x b\n", 8, &kind, &f), -EINVAL);
	assert_text(f.text, "line 1: ");
	assert_int_equal(kind, DOCUMENT_CDI);
}

/* Only CDI has YAML. */
static void a_manifest_in_yaml_is_named(void **state)
{
	static const char *const rows[][2] = {
		{"version: 1\ndevices: []\n", "this is YAML; a manifest is JSON"},
		{"# mine\nstorages: []\n", "this is YAML; a manifest is JSON"},
		{"ociVersion: 1.0.0\n", "this is YAML; a config.json is JSON"},
	};
	enum document_kind kind = DOCUMENT_CDI;
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(document_recognise(rows[i][0], strlen(rows[i][0]), &kind, &f),
				 -EINVAL);
		assert_string_equal(f.text, rows[i][1]);
	}
}

static void all_faults_of_a_spec_file_are_reported(void **state)
{
	static const char text[] =
		"cdiVersion: 0.5.0\nkind: a.b/c\ncolour: red\ndevices:\n- name: a\n"
		"  containerEdits: {env: [A], deviceNodes: [{path: /dev/null, typo: c}]}\n";
	struct fault f;
	size_t n = 7;

	assert_int_equal(document_check_cdi(text, strlen(text), true, &n, &f), -EINVAL);
	assert_string_equal(
		f.text,
		"/colour: unknown key; /devices/0/containerEdits/env/0: expected NAME=VALUE, found \"A\"; /devices/0/containerEdits/deviceNodes/0/typo: unknown key; did you mean \"type\"?");
	assert_int_equal(n, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_recognised_by_their_keys),
		cmocka_unit_test(a_syntax_error_has_its_place),
		cmocka_unit_test(a_manifest_in_yaml_is_named),
		cmocka_unit_test(all_faults_of_a_spec_file_are_reported),
	};

	return RUN_TESTS(tests);
}
