// SPDX-License-Identifier: Apache-2.0
/* virtio-blk on PCI. */
#include <errno.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

#define DISK "sys/devices/pci0000:00/0000:00:0a.0"

static void plug_disk(void)
{
	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "1af4:1042", "0x010000\n");
	fake_bind(&k, "0000:00:0a.0", "virtio-pci");
	fake_disk(&k, DISK, "virtio4", "vda");
}

static void test_type_is_served(void **state)
{
	fake_assert_type("blk", true, "");
}

static void test_disk_that_is_there_is_found(void **state)
{
	static const char *const paths[] = {"0a", "0a.0", "pci0000:00/0a", "0000:00:0a.0"};

	plug_disk();
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_int_equal(fake_settle_id("blk", paths[i]), 0);
		assert_true(r[0].ready);
		assert_int_equal(r[0].node_type, 'b');
		assert_int_equal(r[0].major, 254);
		assert_int_equal(r[0].minor, 0);
		assert_string_equal(r[0].node, "/dev/vda");
		assert_string_equal(r[0].final_path, "");
		assert_string_equal(r[0].guest, "0000:00:0a.0");
		assert_string_equal(r[0].driver, "virtio-pci");
		assert_false(r[0].vfio);
		assert_int_equal(r[0].n_pci, 0);
	}
}

static void test_node_is_made_if_it_is_missing(void **state)
{
	plug_disk();
	assert_int_equal(fake_settle_id("blk", "0a"), 0);
	assert_string_equal(k.log, "mknod dev/vda b 600 254:0\n");
	k.mknod_error = -EACCES;
	assert_int_equal(fake_settle_id("blk", "0a"), -EACCES);
	assert_text(fault.text, "cannot make the node /dev/vda (b 254:0)");
}

static void test_disk_needs_a_path(void **state)
{
	assert_int_equal(fake_settle_id("blk", ""), -EINVAL);
	assert_text(fault.text, "device 0 (blk): a blk device needs its PCI path");
	assert_int_equal(fake_settle_id("blk", "vda"), -EINVAL);
	assert_text(fault.text, "PCI path \"vda\"");
}

static void test_other_vendors_are_refused_at_once(void **state)
{
	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "144d:a808", "0x010802\n");
	assert_int_equal(fake_settle_id("blk", "0a"), -ENODEV);
	assert_text(fault.text, "0000:00:0a.0 is no virtio device, but 144d:a808");
	assert_true(r[0].us < 3000000);
}

static void test_expectations_hold_for_disks_too(void **state)
{
	const char *id = "1af4:1001";
	struct device d = fake_device("blk", "0a", NULL, 0);

	plug_disk();
	d.expect_ids = &id;
	d.n_expect_ids = 1;
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "expected 1af4:1001, found 1af4:1042");
	d.n_expect_ids = 0;
	d.expect_driver = "virtio_pci";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "expected virtio_pci, found virtio-pci");
}

static void test_function_without_a_disk_is_explained(void **state)
{
	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "1af4:1041", "0x020000\n");
	assert_int_equal(fake_settle_id("blk", "0a"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for virtio on 0000:00:0a.0");
	assert_text(fault.text, "0000:00:0a.0 is there with no driver");
	fake_bind(&k, "0000:00:0a.0", "virtio-pci");
	fake_dir(&k, DISK "/virtio1/net/eth0");
	assert_int_equal(fake_settle_id("blk", "0a"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for the disk of 0000:00:0a.0");
}

static void test_missing_function_is_explained(void **state)
{
	plug_disk();
	assert_int_equal(fake_settle_id("blk", "0b"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for PCI function 0000:00:0b.0");
	assert_string_equal(fault.found, "0000:00:0a.0 in /sys/devices/pci0000:00");
}

/* Does this uevent wake the device? The function exists, its disk appears with the event. */
static void assert_wakes(const char *path, bool wakes, const char *action, const char *devpath,
			 const char *subsystem)
{
	const char *id = path;
	struct device d = fake_device("blk", id, NULL, 0);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	fake_disk(&k, DISK, "virtio4", "vda");
	fake_event(s, action, devpath, subsystem, 10);
	assert_int_equal(settle_pending(s), wakes ? 0 : 1);
	fake_remove(&k, DISK "/virtio4/block/vda/vda1/dev");
	fake_remove(&k, DISK "/virtio4/block/vda/vda1");
	fake_remove(&k, DISK "/virtio4/block/vda/dev");
	fake_remove(&k, DISK "/virtio4/block/vda");
	fake_remove(&k, DISK "/virtio4/block");
	fake_remove(&k, DISK "/virtio4");
}

#define EVENT "/devices/pci0000:00/0000:00:0a.0"

static void test_only_its_own_whole_disk_wakes_it(void **state)
{
	static const struct {
		bool wakes;
		const char *action, *devpath, *subsystem;
	} rows[] = {
		{true, "add", EVENT "/virtio4/block/vda", "block"},
		{false, "add", EVENT "/virtio4/block/vda/vda1", "block"},
		{false, "remove", EVENT "/virtio4/block/vda", "block"},
		{false, "change", EVENT "/virtio4/block/vda", "block"},
		{false, "add", EVENT "/virtio4/block/vda", "net"},
		{false, "add", EVENT "/virtio4/block/", "block"},
		{false, "add", EVENT "/virtio4/block", "block"},
		{false, "add", EVENT "/virtio4", "block"},
		{false, "add", EVENT "/virtio/block/vda", "block"},
		{false, "add", EVENT "/virtio4x/block/vda", "block"},
		{false, "add", EVENT "/xvirtio4/block/vda", "block"},
		{false, "add", EVENT, "block"},
		{false, "add", EVENT "0/virtio4/block/vda", "block"},
		{false, "add", EVENT "/0000:01:00.0/virtio4/block/vda", "block"},
		{false, "add", "/devices/pci0000:00/0000:00:0a.1/virtio4/block/vda", "block"},
		{false, "add", "/devices/pci0000:01/0000:00:0a.0/virtio4/block/vda", "block"},
		{false, "add", "/devices/pci0000:00/0000:00:01.0/0000:00:0a.0/virtio4/block/vda",
		 "block"},
		{false, "add", "/x" EVENT "/virtio4/block/vda", "block"},
		{false, "add", "/devices/virtual/block/loop0", "block"},
	};

	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "1af4:1042", "0x010000\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_wakes("0a", rows[i].wakes, rows[i].action, rows[i].devpath,
			     rows[i].subsystem);
}

/* Kata's test_get_device_name: a disk behind a bridge that exists, and one that appears later. */
static void test_get_device_name(void **state)
{
	struct device d = fake_device("blk", "0a/0b", NULL, 0);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_bridge(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "0000:03");
	fake_function(&k, DISK, "0000:03:0b.0", "1af4:1042", "0x010000\n");
	fake_disk(&k, DISK "/0000:03:0b.0", "virtio4", "vda");
	fake_event(s, "add", EVENT "/0000:03:0b.0/virtio4/block/vda/vda1", "block", 10);
	assert_int_equal(settle_pending(s), 1);
	fake_event(s, "add", EVENT "/0000:03:0b.0/virtio4/block/vda", "block", 20);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(r[0].node, "/dev/vda");
	assert_int_equal(fake_settle_id("blk", "0a/0b"), 0);
	assert_string_equal(r[0].node, "/dev/vda");
}

static void test_disk_cannot_be_given_to_vfio(void **state)
{
	const char *option = "0000:65:00.0=0a";
	struct device d[] = {
		fake_device("blk", "0a", NULL, 0),
		fake_device("vfio-pci", "disk", &option, 1),
	};

	plug_disk();
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), -EBUSY);
	assert_text(fault.text, "disk: 0000:00:0a.0 cannot be bound to vfio-pci: 0a (blk)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_type_is_served),
		FAKE_TEST(test_disk_that_is_there_is_found),
		FAKE_TEST(test_node_is_made_if_it_is_missing),
		FAKE_TEST(test_disk_needs_a_path),
		FAKE_TEST(test_other_vendors_are_refused_at_once),
		FAKE_TEST(test_expectations_hold_for_disks_too),
		FAKE_TEST(test_function_without_a_disk_is_explained),
		FAKE_TEST(test_missing_function_is_explained),
		FAKE_TEST(test_only_its_own_whole_disk_wakes_it),
		FAKE_TEST(test_get_device_name),
		FAKE_TEST(test_disk_cannot_be_given_to_vfio),
	};

	return RUN_TESTS(tests);
}
