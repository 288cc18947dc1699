// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/pci_address.h"
#include "tests/unit/test.h"

static void test_address_table(void **state)
{
	static const struct {
		const char *text, *printed;
	} rows[] = {
		{"0000:00:00.0", "0000:00:00.0"},
		{"0000:01:1f.7", "0000:01:1f.7"},
		{"FFFF:FF:1F.7", "ffff:ff:1f.7"},
		{"1:2:3.4", "0001:02:03.4"},
		{"10000:e1:00.0", "10000:e1:00.0"},
		{"ffffffff:00:00.0", "ffffffff:00:00.0"},
		{"", NULL},
		{"0000:00:00", NULL},
		{"00:00.0", NULL},
		{"0000:00:00.", NULL},
		{"0000:00:00.8", NULL},
		{"0000:00:00.00", NULL},
		{"0000:00:20.0", NULL},
		{"0000:00:000.0", NULL},
		{"0000:100:00.0", NULL},
		{"0000:000:00.0", NULL},
		{"100000000:00:00.0", NULL},
		{":00:00.0", NULL},
		{"0000::00.0", NULL},
		{"0000:00:.0", NULL},
		{"0000:00:00.0 ", NULL},
		{" 0000:00:00.0", NULL},
		{"0000:00:00.0:pcie001", NULL},
		{"0x00:00:00.0", NULL},
		{"000g:00:00.0", NULL},
		{"-001:00:00.0", NULL},
	};
	struct pci_address a;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(&a, 0x55, sizeof(a));
		if (rows[i].printed) {
			assert_int_equal(pci_address_parse(rows[i].text, strlen(rows[i].text), &a),
					 0);
			assert_string_equal(pci_address_text(&a).s, rows[i].printed);
		} else {
			assert_int_equal(pci_address_parse(rows[i].text, strlen(rows[i].text), &a),
					 -EINVAL);
			assert_int_equal(a.domain, 0x55555555);
		}
	}
}

static void test_only_the_given_length_is_read(void **state)
{
	struct pci_address a;

	assert_int_equal(pci_address_parse("0000:01:02.3junk", 12, &a), 0);
	assert_string_equal(pci_address_text(&a).s, "0000:01:02.3");
	assert_int_equal(pci_address_parse("0000:01:02.3", 10, &a), -EINVAL);
}

static void test_slot_leaves_domain_and_bus_alone(void **state)
{
	struct pci_address a = {.domain = 7, .bus = 8, .slot = 1, .function = 1};

	assert_int_equal(pci_address_parse_slot("1e.5", 4, &a), 0);
	assert_string_equal(pci_address_text(&a).s, "0007:08:1e.5");
	assert_int_equal(pci_address_parse_slot("3", 1, &a), 0);
	assert_string_equal(pci_address_text(&a).s, "0007:08:03.0");
	assert_int_equal(pci_address_parse_slot("20", 2, &a), -EINVAL);
	assert_string_equal(pci_address_text(&a).s, "0007:08:03.0");
}

static void test_equal_compares_every_field(void **state)
{
	const struct pci_address a = {1, 2, 3, 4};
	const struct pci_address others[] = {
		{0, 2, 3, 4}, {1, 0, 3, 4}, {1, 2, 0, 4}, {1, 2, 3, 0}};

	assert_true(pci_address_equal(&a, &a));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(pci_address_equal(&a, &others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_table),
		cmocka_unit_test(test_only_the_given_length_is_read),
		cmocka_unit_test(test_slot_leaves_domain_and_bus_alone),
		cmocka_unit_test(test_equal_compares_every_field),
	};

	return RUN_TESTS(tests);
}
