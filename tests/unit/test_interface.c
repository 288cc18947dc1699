// SPDX-License-Identifier: Apache-2.0
/* Network interfaces on PCI; those on CCW are in test_ccw.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

#define BUS  "/devices/pci0000:00"
#define CARD BUS "/0000:00:02.0/0000:01:00.0"

static void plug_card(void)
{
	fake_bridge(&k, "sys" BUS, "0000:00:02.0", "0000:01");
	fake_function(&k, "sys" BUS "/0000:00:02.0", "0000:01:00.0", "1af4:1041", "0x020000\n");
	fake_bind(&k, "0000:01:00.0", "virtio-pci");
}

/* An interface @name of the device at @parent, which begins with a slash. */
static void plug_interface(const char *parent, const char *name)
{
	char target[160];

	fake_dir(&k, "sys%s/net/%s", parent, name);
	snprintf(target, sizeof(target), "../..%s/net/%s", parent, name);
	fake_link(&k, target, "sys/class/net/%s", name);
}

static void test_type_is_served(void **state)
{
	fake_assert_type("net", false, "");
}

static void test_interface_that_is_there_is_found(void **state)
{
	static const char *const paths[] = {"02/00", "pci0000:00/02/00", "0000:01:00.0"};
	static const char *const parents[] = {CARD "/virtio2", CARD, CARD "/usb1/1-1/1-1:1.0"};

	for (size_t p = 0; p < ARRAY_SIZE(parents); p++) {
		plug_card();
		plug_interface("/devices/virtual", "lo");
		plug_interface(parents[p], "eth7");
		for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
			assert_int_equal(fake_settle_id("net", paths[i]), 0);
			assert_string_equal(r[0].ifname, "eth7");
			assert_string_equal(r[0].guest, "0000:01:00.0");
			assert_string_equal(r[0].driver, "virtio-pci");
			assert_int_equal(r[0].node_type, 0);
			assert_string_equal(r[0].node, "");
		}
		assert_string_equal(k.log, "");
		fake_teardown(NULL);
		fake_setup(NULL);
	}
}

static void test_first_of_several_interfaces_by_name(void **state)
{
	plug_card();
	plug_interface(CARD, "eth3");
	plug_interface(CARD, "eth1");
	plug_interface(CARD, "eth2");
	assert_int_equal(fake_settle_id("net", "02/00"), 0);
	assert_string_equal(r[0].ifname, "eth1");
}

static void test_interfaces_of_others_are_not_taken(void **state)
{
	plug_card();
	plug_interface(BUS "/0000:00:02.0/0000:01:00.1", "eth0");
	plug_interface("/devices/pci0000:01" CARD, "eth1");
	assert_int_equal(fake_settle_id("net", "02/00"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for the network interface of 02/00");
	/* Neither are those of functions behind a bridge the bridge's. */
	plug_interface(CARD, "eth3");
	assert_int_equal(fake_settle_id("net", "02"), -ETIME);
	plug_interface(CARD "0", "eth2");
	assert_int_equal(fake_settle_id("net", "02/00"), 0);
	assert_string_equal(r[0].ifname, "eth3");
}

static void test_device_must_be_named(void **state)
{
	static const char *const bad[] = {"", "eth0", "02/", "0.0.12345", "0.4.1234", "1.2.3"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fake_settle_id("net", bad[i]), -EINVAL);
	assert_text(fault.text, "CCW id \"1.2.3\" is not 0.S.DDDD");
	assert_int_equal(fake_settle_id("net", ""), -EINVAL);
	assert_text(fault.text, "a net device needs its PCI path");
	assert_int_equal(fake_settle_id("net", "02.0/00.0/1f.8"), -EINVAL);
	assert_text(fault.text, "PCI path \"02.0/00.0/1f.8\"");
}

static void test_missing_card_is_explained(void **state)
{
	plug_card();
	assert_int_equal(fake_settle_id("net", "02/01"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for PCI function 0000:01:01.0");
	assert_string_equal(fault.found, "0000:01:00.0 in /sys" BUS "/0000:00:02.0");
	assert_int_equal(fake_settle_id("net", "02/00"), -ETIME);
	assert_text(fault.text, "0000:01:00.0 is there with virtio-pci");
	assert_string_equal(fault.expected, "a network interface at 0000:01:00.0");
}

static void test_expectations_hold_for_interfaces_too(void **state)
{
	struct device d = fake_device("net", "02/00", NULL, 0);
	const char *id = "8086:100e";

	plug_card();
	plug_interface(CARD "/virtio2", "eth0");
	d.expect_ids = &id;
	d.n_expect_ids = 1;
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "expected 8086:100e, found 1af4:1041");
	d.n_expect_ids = 0;
	d.expect_driver = "e1000";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "expected e1000, found virtio-pci");
}

static void test_card_cannot_be_given_to_vfio(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d[] = {
		fake_device("vfio-pci", "nic", &option, 1),
		fake_device("net", "02/00", NULL, 0),
	};

	plug_card();
	plug_interface(CARD "/virtio2", "eth0");
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), -EBUSY);
	assert_text(fault.text, "nic: 0000:01:00.0 cannot be bound to vfio-pci: 02/00 (net)");
}

static void test_only_its_own_interface_wakes_it(void **state)
{
	static const struct {
		bool plugged, wakes; /* plugged: the card exists before the interface */
		const char *action, *devpath, *subsystem, *interface;
	} rows[] = {
		{true, true, "add", CARD "/virtio2/net/eth0", "net", "eth0"},
		{true, true, "add", CARD "/net/eth0", "net", "eth0"},
		{true, false, "add", CARD "/virtio2/net/eth0", "net", ""},
		{true, false, "remove", CARD "/virtio2/net/eth0", "net", "eth0"},
		{true, false, "change", CARD "/virtio2/net/eth0", "net", "eth0"},
		{true, false, "move", CARD "/virtio2/net/eth0", "net", "eth0"},
		{true, false, "add", CARD "/virtio2/net/eth0/queues/rx-0", "queues", "eth0"},
		{true, false, "add", CARD "0/virtio2/net/eth0", "net", "eth0"},
		{true, false, "add", BUS "/0000:00:02.0/0000:01:00.1/net/eth0", "net", "eth0"},
		{true, false, "add", CARD "/0000:02:00.0/net/eth0", "net", "eth0"},
		{true, false, "add", "/devices/pci0000:20/0000:20:02.0/0000:01:00.0/net/eth0",
		 "net", "eth0"},
		{true, false, "add", "/x" CARD "/net/eth0", "net", "eth0"},
		{true, false, "add", "/devices/virtual/net/dummy0", "net", "dummy0"},
		{false, true, "add", CARD "/virtio2/net/eth0", "net", "eth0"},
		{false, false, "add", CARD "/virtio2/net/eth0", "block", "eth0"},
		{false, false, "remove", CARD "/virtio2/net/eth0", "net", "eth0"},
	};
	struct device d = fake_device("net", "02/00", NULL, 0);
	struct settle *s;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct uevent ev = {rows[i].action,
				    rows[i].devpath,
				    rows[i].subsystem,
				    "",
				    "",
				    rows[i].interface,
				    "",
				    1};

		if (rows[i].plugged)
			plug_card();
		assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
		assert_int_equal(settle_pending(s), 1);
		if (!rows[i].plugged)
			plug_card();
		plug_interface(CARD "/virtio2", "eth0");
		settle_uevent(s, &ev, 10);
		assert_int_equal(settle_pending(s), rows[i].wakes ? 0 : 1);
		fake_teardown(NULL);
		fake_setup(NULL);
	}
}

/* An interface with a hardware address, and a device if @parent is not virtual. */
static void plug_address(const char *parent, const char *name, const char *address)
{
	plug_interface(parent, name);
	fake_file(&k, address, "sys%s/net/%s/address", parent, name);
	if (!strstr(parent, "virtual"))
		fake_link(&k, "../..", "sys%s/net/%s/device", parent, name);
}

static int settle_named(const char *id, const char *vm_path)
{
	struct device d = fake_device("net", id, NULL, 0);

	d.vm_path = vm_path;
	return fake_settle(&k, &d, r, 1, &fault);
}

static void test_by_hardware_address(void **state)
{
	plug_address("/devices/virtual", "lo", "00:00:00:00:00:00\n");
	assert_int_equal(settle_named("52:54:00:AA:bb:01", ""), -ETIME);
	assert_string_equal(
		fault.text,
		"52:54:00:AA:bb:01: waited 3000 ms for the network interface with hardware address 52:54:00:aa:bb:01: the interfaces are lo "
		"(00:00:00:00:00:00); is the network card plugged in, and its module "
		"loaded?");
	plug_card();
	plug_address(CARD "/virtio2", "eth0", "52:54:00:aa:bb:02\n");
	plug_address(CARD "/virtio2", "eth1", "52:54:00:aa:bb:01\n");
	plug_address("/devices/virtual", "ib0", "80:00:02:08:fe:80:00:00:00:00:00:00\n");
	assert_int_equal(settle_named("52:54:00:AA:bb:01", ""), 0);
	assert_string_equal(r[0].ifname, "eth1");
	/* Failover: the interface above the others has the same address and the first name. */
	plug_address("/devices/virtual", "eth0a", "52:54:00:aa:bb:01\n");
	assert_int_equal(settle_named("52:54:00:aa:bb:01", ""), 0);
	assert_string_equal(r[0].ifname, "eth0a");
}

/* Kata's Interface with a devicePath and a hwAddr: the path counts while something is there. */
static void test_by_path_else_by_hardware_address(void **state)
{
	char text[512];
	int log;

	plug_address("/devices/virtual", "eth9", "52:54:00:aa:bb:09\n");
	assert_int_equal(settle_named("09/00", "52:54:00:aa:bb:08"), -ETIME);
	assert_text(fault.text, "52:54:00:aa:bb:08");
	assert_text(fault.text, "the interfaces are eth9 (52:54:00:aa:bb:09)");
	log = fake_log();
	assert_int_equal(settle_named("09/00", "52:54:00:aa:bb:09"), 0);
	fake_log_end(log, text, sizeof(text));
	assert_string_equal(r[0].ifname, "eth9");
	assert_text(text, "nothing is at 09/00: eth9 is used, as it has the hardware address "
			  "52:54:00:aa:bb:09");
	plug_card();
	plug_address(CARD "/virtio2", "eth0", "52:54:00:aa:bb:02\n");
	assert_int_equal(settle_named("02/00", "52:54:00:aa:bb:09"), 0);
	assert_string_equal(r[0].ifname, "eth0");
}

static void test_by_name_and_the_only_one(void **state)
{
	plug_address("/devices/virtual", "lo", "00:00:00:00:00:00\n");
	fake_file(&k, "", "sys/class/net/bonding_masters");
	assert_int_equal(settle_named("", "*"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for a network interface: the interfaces are lo (");
	plug_card();
	plug_address(CARD "/virtio2", "eth0", "52:54:00:aa:bb:02\n");
	assert_int_equal(settle_named("", "*"), 0);
	assert_string_equal(r[0].ifname, "eth0");
	plug_address(CARD "/virtio3", "eth1", "52:54:00:aa:bb:03\n");
	assert_int_equal(settle_named("", "*"), -ENOTUNIQ);
	assert_text(fault.text, "there are 2 network interfaces, and nothing says which one: ");
	assert_text(fault.text, "eth1 (52:54:00:aa:bb:03)");
	assert_int_equal(settle_named("", "eth1"), 0);
	assert_string_equal(r[0].ifname, "eth1");
	assert_int_equal(settle_named("", "eth2"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for the network interface eth2: the interfaces");
	assert_int_equal(settle_named("", "../eth1"), -EINVAL);
	assert_int_equal(settle_named("52:54:00:aa:bb", "eth1"), -EINVAL);
}

static void test_a_hardware_address_is_waited_for(void **state)
{
	struct device d = fake_device("net", "52:54:00:aa:bb:01", NULL, 0);
	struct uevent ev = {"add", "/devices/x/net/eth0", "net", "", "", "eth0", "", 1};
	struct settle *s;

	fake_dir(&k, "sys/class/net");
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	plug_address("/devices/x", "eth0", "52:54:00:aa:bb:02\n");
	settle_uevent(s, &ev, 10);
	assert_int_equal(settle_pending(s), 1);
	plug_address("/devices/y", "eth1", "52:54:00:aa:bb:01\n");
	settle_uevent(s, &ev, 20);
	assert_int_equal(settle_pending(s), 0);
	assert_string_equal(r[0].ifname, "eth1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_type_is_served),
		FAKE_TEST(test_interface_that_is_there_is_found),
		FAKE_TEST(test_first_of_several_interfaces_by_name),
		FAKE_TEST(test_interfaces_of_others_are_not_taken),
		FAKE_TEST(test_device_must_be_named),
		FAKE_TEST(test_missing_card_is_explained),
		FAKE_TEST(test_expectations_hold_for_interfaces_too),
		FAKE_TEST(test_card_cannot_be_given_to_vfio),
		FAKE_TEST(test_only_its_own_interface_wakes_it),
		FAKE_TEST(test_by_hardware_address),
		FAKE_TEST(test_by_path_else_by_hardware_address),
		FAKE_TEST(test_by_name_and_the_only_one),
		FAKE_TEST(test_a_hardware_address_is_waited_for),
	};

	return RUN_TESTS(tests);
}
