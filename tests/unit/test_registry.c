// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dev/handler.h"

static void test_known_types_are_served(void **state)
{
	static const struct {
		const char *type;
		bool node;
	} rows[] = {{"blk", true}, {"vfio-pci", true}, {"vfio-pci-gk", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct handler *h = handler_find(rows[i].type);

		assert_non_null(h);
		assert_string_equal(h->types[0], rows[i].type);
		assert_int_equal(h->node, rows[i].node);
		assert_non_null(h->modules);
		assert_non_null(h->prepare);
		assert_non_null(h->advance);
	}
}

static void test_other_types_are_not(void **state)
{
	static const char *const types[] = {"",		"vfio",	     "vfio-pci-",
					    "VFIO-PCI", "vfio-pci ", "blk,"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		assert_null(handler_find(types[i]));
}

static void test_types_are_listed(void **state)
{
	(void)state;
	assert_string_equal(handler_types(), "blk, vfio-pci, vfio-pci-gk");
	assert_string_equal(handler_types(), "blk, vfio-pci, vfio-pci-gk");
}

static void test_modules_of_a_type(void **state)
{
	const struct handler *h = handler_find("vfio-pci");

	(void)state;
	assert_string_equal(h->modules[0], "vfio-pci");
	assert_string_equal(h->modules[1], "vfio_iommu_type1");
	assert_null(h->modules[2]);
	assert_null(handler_find("vfio-pci-gk")->modules[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_types_are_served),
		cmocka_unit_test(test_other_types_are_not),
		cmocka_unit_test(test_types_are_listed),
		cmocka_unit_test(test_modules_of_a_type),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
