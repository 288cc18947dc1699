// SPDX-License-Identifier: Apache-2.0
/* Errors about a path at which the device is not name the endpoints that are there. */
#include <errno.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

#define BUS "sys/devices/pci0000:00"

static const char *const expected[] = {"10de:2330"};

/* A network card on the root bus, an NVMe and two GPUs behind ports, one on another root. */
static void plug_all(void)
{
	fake_function(&k, BUS, "0000:00:01.0", "8086:10d3", "0x020000\n");
	fake_function(&k, BUS, "0000:00:1f.0", "8086:2918", "0x060100\n");
	fake_bridge(&k, BUS, "0000:00:05.0", "0000:01");
	fake_function(&k, BUS "/0000:00:05.0", "0000:01:00.0", "1b36:0010", "0x010802\n");
	fake_bridge(&k, BUS, "0000:00:06.1", "0000:02");
	fake_function(&k, BUS "/0000:00:06.1", "0000:02:00.1", "10de:2330", "0x030200\n");
	fake_bridge(&k, "sys/devices/pci0000:20", "0000:20:00.0", "0000:21");
	fake_function(&k, "sys/devices/pci0000:20/0000:20:00.0", "0000:21:02.0", "10de:2330",
		      "0x030200\n");
	fake_dir(&k, "sys/devices/pci0000:00/pci_bus/0000:00");
}

static int settle_device(const char *type, const char *path, bool expects)
{
	const char *option = path;
	struct device d = fake_device(type, "dev0", &option, !strchr(path, '=') ? 0 : 1);

	if (!strchr(path, '='))
		d.id = path;
	d.expect_ids = (const char **)expected;
	d.n_expect_ids = expects;
	return fake_settle(&k, &d, r, 1, &fault);
}

#define GPUS   "06.1/00.1 (10de:2330), pci0000:20/00/02 (10de:2330)"
#define OTHERS "01 (8086:10d3), 05/00 (1b36:0010)"

static void test_missing_function_lists_all_endpoints(void **state)
{
	static const struct {
		const char *type, *path;
	} rows[] = {
		{"vfio-pci", "0000:65:00.0=08/00"},
		{"vfio-pci-gk", "0000:65:00.0=08/00"},
		{"vfio-pci", "0000:65:00.0=0000:08:00.0"},
		{"blk", "08/00"},
		{"net", "08/00"},
	};

	plug_all();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(settle_device(rows[i].type, rows[i].path, false), -ETIME);
		assert_text(fault.text, "at that place? Endpoints of the guest: " OTHERS ", " GPUS);
	}
}

static void test_those_with_an_expected_id_come_first(void **state)
{
	plug_all();
	assert_int_equal(settle_device("vfio-pci", "0000:65:00.0=08/00", true), -ETIME);
	assert_text(fault.text, " Endpoints of the guest: " GPUS ", " OTHERS);
}

static void test_another_device_at_the_place_lists_them_too(void **state)
{
	plug_all();
	assert_int_equal(settle_device("vfio-pci-gk", "0000:65:00.0=01", true), -ENODEV);
	assert_text(fault.text,
		    "another device is at 0000:00:01.0: expected 10de:2330, found "
		    "8086:10d3; is the path right? Endpoints of the guest: " GPUS ", " OTHERS);
	assert_int_equal(settle_device("blk", "01", false), -ENODEV);
	assert_text(fault.text, "0000:00:01.0 is no virtio device, but 8086:10d3");
	assert_text(fault.text, " Endpoints of the guest: " OTHERS);
}

static void test_guest_without_endpoints_says_so(void **state)
{
	fake_bridge(&k, BUS, "0000:00:05.0", "0000:01");
	assert_int_equal(settle_device("vfio-pci", "0000:65:00.0=08/00", true), -ETIME);
	assert_text(fault.text, " Endpoints of the guest: nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_missing_function_lists_all_endpoints),
		FAKE_TEST(test_those_with_an_expected_id_come_first),
		FAKE_TEST(test_another_device_at_the_place_lists_them_too),
		FAKE_TEST(test_guest_without_endpoints_says_so),
	};

	return RUN_TESTS(tests);
}
