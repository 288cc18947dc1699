// SPDX-License-Identifier: Apache-2.0
/* The table of handlers. The tests of each type check the properties of its handler. */
#include <stdio.h>
#include <string.h>

#include "dev/handler.h"
#include "tests/unit/test.h"

static void test_there_are_handlers_and_each_is_whole(void **state)
{
	const struct handler *h;
	size_t n = 0;

	for (; (h = handler_nth(n)); n++) {
		assert_non_null(h->types[0]);
		assert_non_null(h->modules);
		assert_non_null(h->prepare);
		assert_non_null(h->advance);
	}
	assert_true(n > 1);
	assert_null(handler_nth(n + 1));
	assert_null(handler_nth(SIZE_MAX));
}

/* With two handlers of one type only the first would be found. */
static void test_each_type_finds_its_handler(void **state)
{
	const struct handler *h;

	for (size_t i = 0; (h = handler_nth(i)); i++)
		for (const char *const *t = h->types; *t; t++)
			assert_ptr_equal(handler_find(*t), h);
}

static void test_other_types_are_not_served(void **state)
{
	static const char *const types[] = {"",	    "vfio",  "vfio-pci-", "VFIO-PCI", "vfio-pci ",
					    "blk,", "block", "vfio-ap-",  "scsi\n",   "mmioblk0"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		assert_null(handler_find(types[i]));
}

/* tests/trees/unknown-type has the list as the binary prints it. */
static void test_types_are_listed_in_their_order(void **state)
{
	char all[512] = "";
	const struct handler *h;
	size_t n = 0;

	for (size_t i = 0; (h = handler_nth(i)); i++)
		for (const char *const *t = h->types; *t; t++)
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", n ? ", " : "", *t);
	for (int again = 0; again < 2; again++)
		assert_string_equal(handler_types(), all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_are_handlers_and_each_is_whole),
		cmocka_unit_test(test_each_type_finds_its_handler),
		cmocka_unit_test(test_other_types_are_not_served),
		cmocka_unit_test(test_types_are_listed_in_their_order),
	};

	return RUN_TESTS(tests);
}
