// SPDX-License-Identifier: Apache-2.0
/* CDI's options on the kernel command line. */
#include "tests/unit/test.h"

#include <string.h>

#include "init/options/options.h"

static const struct {
	const char *line;
	unsigned timeout_s;
	bool visible, declared;
} good[] = {
	{"", 100, false, false},
	{"coldinit.cdi_timeout=0", 0, false, false},
	{"coldinit.visible_cdi_devices", 100, true, false},
	{"coldinit.visible_cdi_devices=on", 100, true, false},
	{"coldinit.visible_cdi_devices=off", 100, false, false},
	{"coldinit.cdi_numbers=declared", 100, false, true},
	{"coldinit.cdi_numbers=live coldinit.cdi_timeout=7", 7, false, false},
};

static void options_are_read(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct arena a = {0};
		struct options o;
		struct fault f;

		options_default(&o);
		if (options_parse(&a, good[i].line, &o, &f))
			fail_msg("%s: %s", good[i].line, f.text);
		assert_int_equal(o.cdi_timeout_s, good[i].timeout_s);
		assert_int_equal(o.visible_cdi_devices, good[i].visible);
		assert_int_equal(o.cdi_declared_numbers, good[i].declared);
		arena_free(&a);
	}
}

static void invalid_options_are_errors(void **state)
{
	static const char *const rows[][2] = {
		{"coldinit.cdi_timeout=-1", "coldinit.cdi_timeout: seconds from 0 to 86400"},
		{"coldinit.cdi_timeout", "coldinit.cdi_timeout needs a value"},
		{"coldinit.visible_cdi_devices=yes",
		 "coldinit.visible_cdi_devices: \"yes\" is not one of off, on"},
		{"coldinit.visible_cdi_devices=", "coldinit.visible_cdi_devices needs a value"},
		{"coldinit.visible_cdi_devices coldinit.visible_cdi_devices",
		 "coldinit.visible_cdi_devices= is given twice"},
		{"coldinit.cdi_numbers=mine", "coldinit.cdi_numbers: \"mine\" is not one of live"},
		{"coldinit.cdi_number=live",
		 "unknown parameter coldinit.cdi_number on the kernel command line; did you mean coldinit.cdi_numbers?"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct options o;
		struct fault f = {0};

		options_default(&o);
		assert_true(options_parse(&a, rows[i][0], &o, &f) < 0);
		if (strncmp(f.text, rows[i][1], strlen(rows[i][1])) != 0)
			fail_msg("%s: %s", rows[i][0], f.text);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(invalid_options_are_errors),
	};

	return RUN_TESTS(tests);
}
