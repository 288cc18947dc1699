// SPDX-License-Identifier: Apache-2.0
/* Disks and network interfaces on the channel subsystem of s390x. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/ccw.h"
#include "tests/unit/support/fake_kernel.h"

#define DEVICE "/devices/css0/0.0.0007/0.0.1234"

static int setup(void **state)
{
	fake_setup(state);
	fake_dir(&k, "sys/bus/ccw/devices");
	return 0;
}

static void plug_device(void)
{
	fake_link(&k, "../../.." DEVICE, "sys/bus/ccw/devices/0.0.1234");
	fake_link(&k, "/sys/bus/ccw/drivers/virtio_ccw", "sys" DEVICE "/driver");
}

static void plug_disk(void)
{
	plug_device();
	fake_disk(&k, "sys" DEVICE, "virtio0", "vda");
}

static void plug_interface(void)
{
	plug_device();
	fake_dir(&k, "sys" DEVICE "/virtio1/net/eth0");
	fake_link(&k, "../.." DEVICE "/virtio1/net/eth0", "sys/class/net/eth0");
}

static void test_type_is_served(void **state)
{
	fake_assert_type("blk-ccw", true, "");
}

static void test_ids(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
	} rows[] = {
		{"0.0.1234", "0.0.1234"},
		{"0.3.ffff", "0.3.ffff"},
		{"0.1.ABCD", "0.1.abcd"},
		{"0.0.0", "0.0.0000"},
		{"0.2.1f", "0.2.001f"},
		{"", NULL},
		{"0", NULL},
		{"0.0", NULL},
		{"0.0.", NULL},
		{"0..1234", NULL},
		{"0.4.1234", NULL},
		{"0.00.1234", NULL},
		{"1.0.1234", NULL},
		{"fe.0.1234", NULL},
		{"00.0.1234", NULL},
		{"0.0.12345", NULL},
		{"0.0.123g", NULL},
		{"0.0.0x12", NULL},
		{"0.0.1234.0", NULL},
		{"0.0.1234 ", NULL},
		{" 0.0.1234", NULL},
		{"0.-1.1234", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ccw_id id = {9, 9};

		if (rows[i].printed) {
			assert_int_equal(ccw_parse(rows[i].text, &id), 0);
			assert_string_equal(ccw_text(&id).s, rows[i].printed);
			continue;
		}
		assert_int_equal(ccw_parse(rows[i].text, &id), -EINVAL);
		assert_int_equal(id.ssid, 9);
		assert_int_equal(id.devno, 9);
		assert_int_equal(fake_settle_id("blk-ccw", rows[i].text), -EINVAL);
		assert_text(fault.text, "is not 0.S.DDDD");
	}
}

static void test_disk_that_is_there_is_found(void **state)
{
	plug_disk();
	assert_int_equal(fake_settle_id("blk-ccw", "0.0.1234"), 0);
	assert_int_equal(r[0].node_type, 'b');
	assert_int_equal(r[0].major, 254);
	assert_int_equal(r[0].minor, 0);
	assert_string_equal(r[0].node, "/dev/vda");
	assert_string_equal(r[0].guest, "0.0.1234");
	assert_string_equal(r[0].driver, "virtio_ccw");
	assert_string_equal(k.log, "mknod dev/vda b 600 254:0\n");
}

static void test_interface_that_is_there_is_found(void **state)
{
	plug_interface();
	assert_int_equal(fake_settle_id("net", "0.0.1234"), 0);
	assert_string_equal(r[0].ifname, "eth0");
	assert_string_equal(r[0].guest, "0.0.1234");
	assert_string_equal(r[0].driver, "virtio_ccw");
	assert_int_equal(r[0].node_type, 0);
}

/* The tree decides, not the machine that the test runs on. */
static void test_without_the_bus_only_s390x_is_said_at_once(void **state)
{
	static const char *const types[] = {"blk-ccw", "net"};

	fake_remove(&k, "sys/bus/ccw/devices");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(fake_settle_id(types[i], "0.0.1234"), -ENODEV);
		assert_text(fault.text, "CCW devices are only on s390x");
		assert_string_equal(fault.found, "no CCW bus");
		assert_true(r[0].us < 3000000);
	}
}

static void test_missing_device_fails_at_the_deadline_with_what_is_there(void **state)
{
	plug_disk();
	assert_int_equal(fake_settle_id("blk-ccw", "0.0.1235"), -ETIME);
	assert_text(fault.text,
		    "waited 3000 ms for virtio on 0.0.1235: /sys/bus/ccw/devices has 0.0.1234");
	assert_int_equal(fake_settle_id("net", "0.0.1235"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for CCW device 0.0.1235");
	assert_int_equal(fake_settle_id("net", "0.0.1234"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for the network interface of 0.0.1234");
}

static void test_ids_of_pci_cannot_be_expected(void **state)
{
	static const char *const types[] = {"blk-ccw", "net"};
	const char *id = "1af4:1001";

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct device d = fake_device(types[i], "0.0.1234", NULL, 0);

		d.expect_ids = &id;
		d.n_expect_ids = 1;
		assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
		assert_text(fault.text, "expected ids are for PCI functions");
	}
}

static void test_only_its_own_disk_or_interface_wakes_it(void **state)
{
	static const struct {
		const char *type;
		bool wakes;
		const char *action, *devpath, *subsystem;
	} rows[] = {
		{"blk-ccw", true, "add", DEVICE "/virtio0/block/vda", "block"},
		{"blk-ccw", true, "add", "/devices/css0/0.3.f/0.0.1234/virtio12/block/vda",
		 "block"},
		{"blk-ccw", false, "add", DEVICE "/virtio0/block/vda/vda1", "block"},
		{"blk-ccw", false, "remove", DEVICE "/virtio0/block/vda", "block"},
		{"blk-ccw", false, "add", DEVICE "/virtio0/block/vda", "net"},
		{"blk-ccw", false, "add", DEVICE "/virtio0/block/", "block"},
		{"blk-ccw", false, "add", DEVICE "/virtio/block/vda", "block"},
		{"blk-ccw", false, "add", DEVICE "/block/vda", "block"},
		{"blk-ccw", false, "add", DEVICE, "block"},
		{"blk-ccw", false, "add", "/devices/css0/0.0.0007/0.0.12345/virtio0/block/vda",
		 "block"},
		{"blk-ccw", false, "add", "/devices/css0/0.0.0007/0.1.1234/virtio0/block/vda",
		 "block"},
		{"blk-ccw", false, "add", "/devices/css0/0.4.0007/0.0.1234/virtio0/block/vda",
		 "block"},
		{"blk-ccw", false, "add", "/devices/css0/0.0.00007/0.0.1234/virtio0/block/vda",
		 "block"},
		{"blk-ccw", false, "add", "/devices/css0/0.0.1234/virtio0/block/vda", "block"},
		{"blk-ccw", false, "add", "/devices/css1/0.0.0007/0.0.1234/virtio0/block/vda",
		 "block"},
		{"blk-ccw", false, "add", "/x" DEVICE "/virtio0/block/vda", "block"},
		{"blk-ccw", false, "add",
		 "/devices/css0/0.0.0007/0.0.0001/0.0.1234/virtio0/block/vda", "block"},
		{"net", true, "add", DEVICE "/virtio1/net/eth0", "net"},
		{"net", false, "add", DEVICE "/virtio1/net/eth0", "queues"},
		{"net", false, "remove", DEVICE "/virtio1/net/eth0", "net"},
		{"net", false, "add", "/devices/css0/0.0.0007/0.0.12345/virtio1/net/eth0", "net"},
	};
	struct settle *s;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct device d = fake_device(rows[i].type, "0.0.1234", NULL, 0);
		struct uevent ev = {
			rows[i].action, rows[i].devpath, rows[i].subsystem, "", "", "eth0", "", 1};

		assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
		assert_int_equal(settle_pending(s), 1);
		if (!strcmp(rows[i].type, "net"))
			plug_interface();
		else
			plug_disk();
		settle_uevent(s, &ev, 10);
		assert_int_equal(settle_pending(s), rows[i].wakes ? 0 : 1);
		fake_teardown(NULL);
		setup(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)
		TEST(test_type_is_served),
		TEST(test_ids),
		TEST(test_disk_that_is_there_is_found),
		TEST(test_interface_that_is_there_is_found),
		TEST(test_without_the_bus_only_s390x_is_said_at_once),
		TEST(test_missing_device_fails_at_the_deadline_with_what_is_there),
		TEST(test_ids_of_pci_cannot_be_expected),
		TEST(test_only_its_own_disk_or_interface_wakes_it),
	};

	return RUN_TESTS(tests);
}
