// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dev/handler.h"

/* What each type needs: does the container get a node, and which modules come first. */
static const struct {
	const char *type;
	bool node;
	const char *modules[4];
} rows[] = {
	{"blk", true, {"virtio_pci", "virtio_blk"}},
	{"mmioblk", true, {"virtio_mmio", "virtio_blk"}},
	{"blk-ccw", true, {"virtio_blk"}},
	{"scsi", true, {"virtio_pci", "virtio_scsi", "sd_mod"}},
	{"nvdimm", true, {"nfit", "nd_pmem"}},
	{"vfio-pci", true, {"vfio-pci", "vfio_iommu_type1"}},
	{"vfio-pci-gk", false, {NULL}},
	{"vfio-ap", true, {"ap", "zcrypt", "zcrypt_cex4"}},
	{"vfio-ap-cold", true, {"ap", "zcrypt", "zcrypt_cex4"}},
	{"net", false, {"virtio_pci", "virtio_net"}},
};

static void test_known_types_are_served(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct handler *h = handler_find(rows[i].type);

		assert_non_null(h);
		assert_int_equal(h->node, rows[i].node);
		assert_non_null(h->prepare);
		assert_non_null(h->advance);
	}
}

static void test_modules_of_a_type(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const *modules = handler_find(rows[i].type)->modules;
		size_t n = 0;

		for (; modules[n]; n++) {
			assert_non_null(rows[i].modules[n]);
			assert_string_equal(modules[n], rows[i].modules[n]);
		}
		assert_null(rows[i].modules[n]);
	}
}

static void test_other_types_are_not(void **state)
{
	static const char *const types[] = {"",	    "vfio",  "vfio-pci-", "VFIO-PCI", "vfio-pci ",
					    "blk,", "block", "vfio-ap-",  "scsi\n",   "mmioblk0"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		assert_null(handler_find(types[i]));
}

static void test_types_are_listed(void **state)
{
	for (int again = 0; again < 2; again++)
		assert_string_equal(
			handler_types(),
			"blk, mmioblk, blk-ccw, scsi, nvdimm, vfio-pci, vfio-pci-gk, vfio-ap, vfio-ap-cold, net");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_types_are_served),
		cmocka_unit_test(test_modules_of_a_type),
		cmocka_unit_test(test_other_types_are_not),
		cmocka_unit_test(test_types_are_listed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
