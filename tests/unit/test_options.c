// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/options/options.h"

static void splits_as_the_kernel_does(void **state)
{
	struct arena a = {0};
	struct options o;
	struct fault f;

	options_default(&o);
	assert_int_equal(
		options_parse(
			&a,
			"  quiet coldinit.manifest=virtiofs:T/m.json\tcoldinit.bundle=\"initrd:/a b\" \"coldinit.device=blk,id=02\" console=ttyS0 "
			"coldinit.device=vfio-pci,option=\"a=b c\"\n",
			&o, &f),
		0);
	assert_string_equal(o.manifest, "virtiofs:T/m.json");
	assert_string_equal(o.bundle, "initrd:/a b");
	assert_int_equal(o.n_devices, 2);
	assert_string_equal(o.devices[0], "blk,id=02");
	assert_string_equal(o.devices[1], "vfio-pci,option=\"a=b c");
	assert_false(o.full);
	arena_free(&a);
}

static void values_are_taken(void **state)
{
	struct arena a = {0};
	struct options o;
	struct fault f;

	options_default(&o);
	assert_int_equal(o.timeout_s, 3);
	assert_int_equal(o.log, LOG_LEVEL_INFO);
	assert_int_equal(o.on_failure, ON_FAILURE_POWEROFF);
	assert_int_equal(
		options_parse(
			&a,
			"coldinit.log=debug coldinit.timeout=17 coldinit.on_failure=reboot coldinit.report=vsock:2:1024 coldinit.report=debug-exit:0x501 coldinit.sha256="
			"0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF",
			&o, &f),
		0);
	assert_int_equal(o.log, LOG_LEVEL_DEBUG);
	assert_int_equal(o.timeout_s, 17);
	assert_int_equal(o.on_failure, ON_FAILURE_REBOOT);
	assert_int_equal(o.n_reports, 2);
	assert_int_equal(strlen(o.sha256), 64);
	arena_free(&a);
}

static void wrong_words_are_errors_that_help(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{"coldinit.devise=x",
		 "unknown parameter coldinit.devise on the kernel command line; did you mean coldinit.device?"},
		{"coldinit.", "unknown parameter coldinit."},
		{"coldinit.quite_something_else_altogether=1", "unknown parameter coldinit.quite"},
		{"coldinit.manifest=a coldinit.manifest=a", "coldinit.manifest= is given twice"},
		{"coldinit.manifest", "coldinit.manifest needs a value"},
		{"coldinit.manifest=", "coldinit.manifest needs a value"},
		{"coldinit.manifest=\"\"", "coldinit.manifest needs a value"},
		{"coldinit.log=loud",
		 "coldinit.log: \"loud\" is not one of err, warn, info, debug"},
		{"coldinit.on_failure=cry", "coldinit.on_failure: \"cry\" is not one of poweroff"},
		{"coldinit.timeout=3s",
		 "coldinit.timeout: seconds from 0 to 86400 expected, found \"3s\""},
		{"coldinit.timeout=99999999999999999999", "coldinit.timeout: seconds"},
		{"coldinit.timeout=-1", "coldinit.timeout: seconds"},
		{"coldinit.sha256=12", "coldinit.sha256: 64 hexadecimal digits expected"},
		{"coldinit.cdi_timeout=x", "coldinit.cdi_timeout: seconds"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct options o;
		struct fault f = {0};

		options_default(&o);
		assert_true(options_parse(&a, rows[i].line, &o, &f) < 0);
		f.text[strlen(rows[i].text)] = '\0';
		assert_string_equal(f.text, rows[i].text);
		arena_free(&a);
	}
}

static void what_follows_an_error_still_says_where_the_verdict_goes(void **state)
{
	struct arena a = {0};
	struct options o;
	struct fault f;

	options_default(&o);
	assert_true(
		options_parse(
			&a,
			"coldinit.nonsense=1 coldinit.on_failure=halt coldinit.report=vsock:2:9",
			&o, &f) < 0);
	assert_non_null(strstr(f.text, "nonsense"));
	assert_int_equal(o.on_failure, ON_FAILURE_HALT);
	assert_int_equal(o.n_reports, 1);
	arena_free(&a);
}

static void others_parameters_are_not_ours(void **state)
{
	struct arena a = {0};
	struct options o;
	struct fault f;

	options_default(&o);
	assert_int_equal(
		options_parse(&a, "coldinit=1 xcoldinit.y=1 vfio.coldinit.z root=/dev/sda -- a", &o,
			      &f),
		0);
	assert_null(o.manifest);
	arena_free(&a);
}

static void a_line_at_the_limit_was_probably_cut(void **state)
{
	static char line[2048];
	struct arena a = {0};
	struct options o;
	struct fault f;

	memset(line, 'x', 2047);
	options_default(&o);
	assert_int_equal(options_parse(&a, line, &o, &f), 0);
	assert_true(o.full);
	line[2046] = '\0';
	assert_int_equal(options_parse(&a, line, &o, &f), 0);
	assert_false(o.full);
	arena_free(&a);
}

static void too_many_devices_are_refused(void **state)
{
	static char line[400 * 20];
	struct arena a = {0};
	struct options o;
	struct fault f;

	for (size_t i = 0; i < 400; i++)
		memcpy(line + i * 19, "coldinit.device=b,a ", 20);
	for (size_t i = 1; i < 400; i++)
		line[i * 19 - 1] = ' ';
	options_default(&o);
	assert_int_equal(options_parse(&a, line, &o, &f), -E2BIG);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_as_the_kernel_does),
		cmocka_unit_test(values_are_taken),
		cmocka_unit_test(wrong_words_are_errors_that_help),
		cmocka_unit_test(what_follows_an_error_still_says_where_the_verdict_goes),
		cmocka_unit_test(others_parameters_are_not_ours),
		cmocka_unit_test(a_line_at_the_limit_was_probably_cut),
		cmocka_unit_test(too_many_devices_are_refused),
	};

	return RUN_TESTS(tests);
}
