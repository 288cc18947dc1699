// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/support/spec_document.h"

static void a_document_is_printed_unchanged(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.0.2\",\"unknown\":{\"limit\":9223372036854775807,\"min\":-9223372036854775808,\"infinity\":18446744073709551615,\"tenth\":0.10,"
		"\"huge\":1e400,\"nul\":null},\"text\":\"\\u00e4\\ud83d\\ude00\\n\\\\\"}";
	struct oci_document *doc = document(text);
	char *out = oci_print(doc);

	assert_non_null(strstr(out, "9223372036854775807"));
	assert_non_null(strstr(out, "-9223372036854775808"));
	assert_non_null(strstr(out, "18446744073709551615"));
	assert_non_null(strstr(out, "0.10"));
	assert_non_null(strstr(out, "1e400"));
	assert_non_null(strstr(out, "\"\xc3\xa4\xf0\x9f\x98\x80\\n\\\\\""));
	assert_document(doc, out);
	free(out);
	oci_free(doc);
}

static void faults_say_where(void **state)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {
		{"", "line 1, column 1: expected a value, found the end of the text"},
		{"{\n\t\"process\": {,}\n}",
		 "line 2, column 14: expected a key in quotes, found ','"},
		{"[]", "top level: expected an object, found an array"},
		{"{\"linux\":{\"devices\":[{\"path\":1,\"path\":2}]}}",
		 "/linux/devices/0/path: duplicate key"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_document *doc = (struct oci_document *)&rows;
		struct fault f;

		assert_int_equal(oci_read(rows[i].text, strlen(rows[i].text), &doc, &f), -EINVAL);
		assert_string_equal(f.text, rows[i].fault);
		assert_ptr_equal(doc, &rows);
	}
}

static void a_config_of_more_than_4_mib_is_refused(void **state)
{
	char *text = malloc(OCI_CONFIG_MAX + 1);
	struct oci_document *doc = NULL;
	struct fault f;

	memset(text, ' ', OCI_CONFIG_MAX + 1);
	memcpy(text, "{}", 2);
	assert_int_equal(oci_read(text, OCI_CONFIG_MAX, &doc, &f), 0);
	oci_free_ptr(&doc);
	assert_null(doc);
	assert_int_equal(oci_read(text, OCI_CONFIG_MAX + 1, &doc, &f), -EFBIG);
	assert_null(doc);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_printed_unchanged),
		cmocka_unit_test(faults_say_where),
		cmocka_unit_test(a_config_of_more_than_4_mib_is_refused),
	};

	return RUN_TESTS(tests);
}
