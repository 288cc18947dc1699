// SPDX-License-Identifier: Apache-2.0
/* mmioblk and nvdimm: disks that are named by their node. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

#define MMIO "/devices/platform/LNRO0005:00/virtio0"
#define NFIT "/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0012:00/ndbus0/region0/namespace0.0"

static struct device named(const char *type, const char *vm_path)
{
	struct device d = fake_device(type, "disk0", NULL, 0);

	d.vm_path = vm_path;
	return d;
}

static int settle_disk(const char *type, const char *vm_path)
{
	struct device d = named(type, vm_path);

	return fake_settle(&k, &d, r, 1, &fault);
}

/* A disk below @parent (which begins with a slash), with a partition, and the class's links. */
static void plug(const char *parent, const char *disk, const char *driver)
{
	char target[160];

	fake_file(&k, "254:16\n", "sys%s/block/%s/dev", parent, disk);
	fake_file(&k, "254:17\n", "sys%s/block/%s/%s1/dev", parent, disk, disk);
	snprintf(target, sizeof(target), "/sys%s", parent);
	fake_link(&k, target, "sys%s/block/%s/device", parent, disk);
	snprintf(target, sizeof(target), "/sys/bus/any/drivers/%s", driver);
	fake_link(&k, target, "sys%s/driver", parent);
	snprintf(target, sizeof(target), "../..%s/block/%s", parent, disk);
	fake_link(&k, target, "sys/class/block/%s", disk);
	snprintf(target, sizeof(target), "../..%s/block/%s/%s1", parent, disk, disk);
	fake_link(&k, target, "sys/class/block/%s1", disk);
}

static void test_types_are_served(void **state)
{
	fake_assert_type("mmioblk", true, "");
	fake_assert_type("nvdimm", true, "");
}

static void test_disk_that_is_there_is_found(void **state)
{
	static const char *const types[] = {"mmioblk", "nvdimm"};

	plug(MMIO, "vdb", "virtio_blk");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		k.log[0] = '\0';
		assert_int_equal(settle_disk(types[i], "/dev/vdb"), 0);
		assert_int_equal(r[0].node_type, 'b');
		assert_int_equal(r[0].major, 254);
		assert_int_equal(r[0].minor, 16);
		assert_string_equal(r[0].node, "/dev/vdb");
		assert_string_equal(r[0].final_path, "");
		assert_string_equal(r[0].driver, "virtio_blk");
		assert_string_equal(r[0].guest, "");
		assert_string_equal(k.log, "mknod dev/vdb b 600 254:16\n");
	}
	/* An existing node may be a partition; only the uevents of partitions are ignored. */
	assert_int_equal(settle_disk("mmioblk", "/dev/vdb1"), 0);
	assert_int_equal(r[0].minor, 17);
}

static void test_vm_path_must_name_a_node(void **state)
{
	static const char *const bad[] = {
		"",
		"vda",
		"/dev",
		"/dev/",
		"/sys/vda",
		"/dev/../etc/passwd",
		"/dev/..",
		"/dev/a/../b",
		"/dev//vda",
		"/dev/vda/",
		"/dev/./vda",
		"/dev/a//b",
		"/dev/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	};
	static const char *const types[] = {"mmioblk", "nvdimm"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
			assert_int_equal(settle_disk(types[t], bad[i]), -EINVAL);
			assert_text(fault.text, "disk0: ");
			assert_text(fault.text, "vm_path");
		}
	}
	assert_string_equal(k.log, "");
}

static void test_node_that_sysfs_does_not_know_must_be_a_device(void **state)
{
	fake_file(&k, "", "dev/vda");
	assert_int_equal(settle_disk("mmioblk", "/dev/vda"), -ENODEV);
	assert_text(fault.text, "/dev/vda is neither a block nor a character device");
}

static void test_missing_disk_fails_at_the_deadline_with_what_is_there(void **state)
{
	assert_int_equal(settle_disk("mmioblk", "/dev/vdc"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for disk /dev/vdc: /sys/class/block has nothing");
	plug(MMIO, "vdb", "virtio_blk");
	assert_int_equal(settle_disk("nvdimm", "/dev/pmem0"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for disk /dev/pmem0: /sys/class/block has vdb");
	assert_text(fault.found, "vdb1");
	assert_string_equal(fault.expected, "disk /dev/pmem0");
}

static void test_expected_driver_holds_for_disks_too(void **state)
{
	struct device d = named("nvdimm", "/dev/pmem0");

	plug(NFIT, "pmem0", "nd_pmem");
	d.expect_driver = "nd_pmem";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), 0);
	d.expect_driver = "virtio_pmem";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "/dev/pmem0: expected virtio_pmem, found nd_pmem");
}

static void test_ids_cannot_be_expected_of_what_is_not_on_pci(void **state)
{
	struct device d = named("mmioblk", "/dev/vda");
	const char *id = "1af4:1001";

	d.expect_ids = &id;
	d.n_expect_ids = 1;
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
	assert_text(fault.text, "expected ids are for PCI functions");
}

static void assert_wakes(const char *type, const char *vm_path, bool wakes, const char *action,
			 const char *devpath, const char *subsystem)
{
	struct device d = named(type, vm_path);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	plug(NFIT, "pmem0", "nd_pmem");
	fake_event(s, action, devpath, subsystem, 10);
	assert_int_equal(settle_pending(s), wakes ? 0 : 1);
	fake_stop(&k);
	fake_start(&k);
}

static void test_only_the_disk_of_that_name_wakes_it(void **state)
{
	static const struct {
		const char *type;
		bool wakes;
		const char *action, *devpath, *subsystem;
	} rows[] = {
		{"mmioblk", true, "add", MMIO "/block/pmem0", "block"},
		{"mmioblk", true, "add", NFIT "/block/pmem0", "block"},
		{"mmioblk", true, "add", "/devices/virtual/block/pmem0", "block"},
		{"mmioblk", false, "add", MMIO "/block/pmem0/pmem0p1", "block"},
		{"mmioblk", false, "add", MMIO "/block/pmem1/pmem0", "block"},
		{"mmioblk", false, "add", MMIO "/block/pmem", "block"},
		{"mmioblk", false, "add", MMIO "/block/pmem00", "block"},
		{"mmioblk", false, "add", MMIO "/block/xpmem0", "block"},
		{"mmioblk", false, "add", MMIO "/xblock/pmem0", "block"},
		{"mmioblk", false, "add", MMIO "/pmem0", "block"},
		{"mmioblk", false, "remove", MMIO "/block/pmem0", "block"},
		{"mmioblk", false, "change", MMIO "/block/pmem0", "block"},
		{"mmioblk", false, "add", MMIO "/block/pmem0", "net"},
		{"nvdimm", true, "add", NFIT "/block/pmem0", "block"},
		{"nvdimm", false, "add", NFIT "/block/pmem0/pmem0p1", "block"},
		/* virtio-pmem, on PCI and on MMIO */
		{"nvdimm", true, "add",
		 "/devices/pci0000:00/0000:00:05.0/virtio2/ndbus0/region0/namespace0.0/block/pmem0",
		 "block"},
		{"nvdimm", true, "add", MMIO "/ndbus0/region0/namespace0.0/block/pmem0", "block"},
		{"nvdimm", false, "add", MMIO "/ndbus0/region0/namespace0.0/block/pmem1", "block"},
		{"nvdimm", false, "remove", NFIT "/block/pmem0", "block"},
		{"nvdimm", false, "add", NFIT "/block/pmem0", "nd"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_wakes(rows[i].type, "/dev/pmem0", rows[i].wakes, rows[i].action,
			     rows[i].devpath, rows[i].subsystem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_types_are_served),
		FAKE_TEST(test_disk_that_is_there_is_found),
		FAKE_TEST(test_vm_path_must_name_a_node),
		FAKE_TEST(test_node_that_sysfs_does_not_know_must_be_a_device),
		FAKE_TEST(test_missing_disk_fails_at_the_deadline_with_what_is_there),
		FAKE_TEST(test_expected_driver_holds_for_disks_too),
		FAKE_TEST(test_ids_cannot_be_expected_of_what_is_not_on_pci),
		FAKE_TEST(test_only_the_disk_of_that_name_wakes_it),
	};

	return RUN_TESTS(tests);
}
