// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spec/manifest.h"

static void every_key_is_read(void **state)
{
	static const char word[] =
		"vfio-pci,id=gpu0,vm_path=/v,container_path=/dev/vfio/65,option=0000:65:00.0=02/00,option=0000:65:00.1=02/00.1,"
		"timeout_ms=250,companions=ignore,required=false";
	struct arena a = {0};
	struct device d;
	struct fault f;

	assert_int_equal(device_word_parse(&a, word, &d, &f), 0);
	assert_string_equal(d.type, "vfio-pci");
	assert_string_equal(d.id, "gpu0");
	assert_string_equal(d.vm_path, "/v");
	assert_string_equal(d.container_path, "/dev/vfio/65");
	assert_int_equal(d.n_options, 2);
	assert_string_equal(d.options[0], "0000:65:00.0=02/00");
	assert_string_equal(d.options[1], "0000:65:00.1=02/00.1");
	assert_int_equal(d.timeout_ms, 250);
	assert_int_equal(d.companions, COMPANIONS_IGNORE);
	assert_false(d.required);
	arena_free(&a);
}

static void the_defaults_are_the_manifests(void **state)
{
	struct arena a = {0};
	struct manifest m;
	struct device d;
	struct fault f;
	static const char text[] = "{\"version\":1,\"devices\":[{\"type\":\"blk\",\"id\":\"02\"}]}";

	assert_int_equal(device_word_parse(&a, "blk,id=02", &d, &f), 0);
	assert_int_equal(manifest_parse(&a, text, strlen(text), &m, &f), 0);
	assert_string_equal(d.vm_path, m.devices[0].vm_path);
	assert_string_equal(d.container_path, m.devices[0].container_path);
	assert_string_equal(d.expect_driver, m.devices[0].expect_driver);
	assert_string_equal(d.cdi, m.devices[0].cdi);
	assert_int_equal(d.companions, m.devices[0].companions);
	assert_int_equal(d.required, m.devices[0].required);
	assert_int_equal(d.timeout_ms, m.devices[0].timeout_ms);
	assert_int_equal(d.n_expect_ids, 0);
	assert_int_equal(d.n_options, 0);
	arena_free(&a);
}

static void faults_say_what_is_wrong(void **state)
{
	static const struct {
		const char *word, *fault;
	} rows[] = {
		{"", "the device has no type"},
		{",id=02", "the device has no type"},
		{"id=02", "expected the device's type first, found \"id=02\""},
		{"blk",
		 "the blk device has no id, no vm_path and no options: one of them must identify it"},
		{"blk,id", "\"id\" is not key=value"},
		{"blk,", "\"\" is not key=value"},
		{"blk,id=02,", "\"\" is not key=value"},
		{"blk,idd=02", "unknown key \"idd\"; did you mean \"id\"?"},
		{"blk,qqqqqqqqq=02", "unknown key \"qqqqqqqqq\""},
		{"blk,id=02,id=02", "id is given twice"},
		{"blk,id=02,required=1", "required=1: expected true or false"},
		{"blk,id=02,companions=x", "companions=x: expected bind, check or ignore"},
		{"blk,id=02,timeout_ms=-1",
		 "timeout_ms=-1: expected milliseconds from 0 to 3600000"},
		{"blk,id=02,timeout_ms=3600001",
		 "timeout_ms=3600001: expected milliseconds from 0 to 3600000"},
		{"blk,id=02,container_path=x",
		 "container_path \"x\" is not an absolute path without \"..\""},
		{"blk,id=02,container_path=/..",
		 "container_path \"/..\" is not an absolute path without \"..\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct device d, before;
		struct arena a = {0};
		struct fault f = {0};

		memset(&d, 0x55, sizeof(d));
		memcpy(&before, &d, sizeof(d));
		assert_int_equal(device_word_parse(&a, rows[i].word, &d, &f), -EINVAL);
		assert_string_equal(f.text, rows[i].fault);
		assert_memory_equal(&d, &before, sizeof(d));
		arena_free(&a);
	}
}

static void options_are_bounded(void **state)
{
	char word[257 * 9 + 8] = "vfio-pci";
	size_t n = strlen(word);
	struct arena a = {0};
	struct device d;
	struct fault f;

	for (int i = 0; i < 256; i++)
		n += (size_t)snprintf(word + n, sizeof(word) - n, ",option=");
	assert_int_equal(device_word_parse(&a, word, &d, &f), 0);
	assert_int_equal(d.n_options, 256);
	snprintf(word + n, sizeof(word) - n, ",option=");
	assert_int_equal(device_word_parse(&a, word, &d, &f), -EINVAL);
	assert_string_equal(f.text, "more than 256 options");
	arena_free(&a);
}

static void dots_in_names_are_accepted(void **state)
{
	static const char *const paths[] = {"/", "/...", "/..a/b", "/a..", "//a/./b"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct arena a = {0};
		struct device d;
		struct fault f;
		char word[64];

		snprintf(word, sizeof(word), "blk,id=02,container_path=%s", paths[i]);
		assert_int_equal(device_word_parse(&a, word, &d, &f), 0);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(the_defaults_are_the_manifests),
		cmocka_unit_test(faults_say_what_is_wrong),
		cmocka_unit_test(options_are_bounded),
		cmocka_unit_test(dots_in_names_are_accepted),
	};

	return RUN_TESTS(tests);
}
