// SPDX-License-Identifier: Apache-2.0
/* Disks on virtio-scsi. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

#define HOST "/devices/pci0000:00/0000:00:08.0/virtio3/host0"
#define DISK HOST "/target0:0:1/0:0:1:2"

static void plug_host(unsigned number)
{
	fake_file(&k, "", "sys/class/scsi_host/host%u/scan", number);
}

static void plug_disk(void)
{
	fake_file(&k, "8:16\n", "sys" DISK "/block/sdb/dev");
	fake_file(&k, "8:17\n", "sys" DISK "/block/sdb/sdb1/dev");
	fake_link(&k, "/sys/bus/scsi/drivers/sd", "sys" DISK "/driver");
	fake_link(&k, "../../.." DISK, "sys/bus/scsi/devices/0:0:1:2");
}

/* Host 0 has the disk once it is made to scan. */
static void host0_looks(struct fake_kernel *fake, const char *path, const char *text)
{
	(void)fake;
	if (!strcmp(path, "sys/class/scsi_host/host0/scan") && !strcmp(text, "0 1 2"))
		plug_disk();
}

static void test_type_is_served(void **state)
{
	fake_assert_type("scsi", true, "");
}

static void test_address_is_two_numbers(void **state)
{
	static const char *const bad[] = {
		"",
		"1",
		":",
		"1:",
		":2",
		"1:2:3",
		"a:2",
		"1:0x2",
		" 1:2",
		"1:2 ",
		"-1:2",
		"0:0:1:2",
		"4294967296:0",
		"0:18446744073709551616",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(fake_settle_id("scsi", bad[i]), -EINVAL);
		assert_text(fault.text, "is not ID:LUN");
	}
}

static void test_disk_that_is_there_is_found(void **state)
{
	plug_host(0);
	plug_disk();
	assert_int_equal(fake_settle_id("scsi", "1:2"), 0);
	assert_string_equal(r[0].node, "/dev/sdb");
	assert_int_equal(r[0].node_type, 'b');
	assert_int_equal(r[0].major, 8);
	assert_int_equal(r[0].minor, 16);
	assert_string_equal(r[0].driver, "sd");
	assert_string_equal(r[0].guest, "0:0:1:2");
	assert_string_equal(k.log, "mknod dev/sdb b 600 8:16\n");
}

static void test_host_is_made_to_scan_by_a_helper(void **state)
{
	struct device d = fake_device("scsi", "01:002", NULL, 0);
	struct settle *s;

	plug_host(0);
	k.stuck = true;
	k.written = host0_looks;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_string_equal(k.log, "helper sys/class/scsi_host/host0/scan=0 1 2\n");
	assert_int_equal(settle_pending(s), 1);
	settle_rescan(s, 5); /* no host scans twice */
	assert_int_equal(k.helpers, 1);
	fake_helpers_end(&k, s, 10);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(r[0].node, "/dev/sdb");
}

static void test_disk_may_come_before_the_helper_ends(void **state)
{
	struct device d = fake_device("scsi", "1:2", NULL, 0);
	struct settle *s;

	plug_host(0);
	k.stuck = true;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	plug_disk();
	fake_event(s, "add", DISK "/block/sdb", "block", 10);
	assert_int_equal(settle_end(s, &fault), 0);
	fake_helpers_end(&k, s, 20);
	assert_int_equal(settle_end(s, &fault), 0);
}

static void test_every_host_scans_once_in_order(void **state)
{
	struct device d = fake_device("scsi", "1:2", NULL, 0);
	struct settle *s;

	plug_host(10);
	plug_host(2);
	plug_host(7);
	plug_host(0);
	fake_dir(&k, "sys/class/scsi_host/hostx");
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	for (int i = 0; i < 6; i++)
		fake_helpers_end(&k, s, 10);
	assert_string_equal(k.log, "helper sys/class/scsi_host/host0/scan=0 1 2\n"
				   "helper sys/class/scsi_host/host2/scan=0 1 2\n"
				   "helper sys/class/scsi_host/host7/scan=0 1 2\n"
				   "helper sys/class/scsi_host/host10/scan=0 1 2\n");
	assert_int_equal(settle_pending(s), 1);
	/* A host that is plugged in later scans then. */
	plug_host(11);
	fake_event(s, "add", "/devices/x/host11/scsi_host/host11", "scsi_host", 20);
	assert_text(k.log, "helper sys/class/scsi_host/host11/scan=0 1 2\n");
	assert_int_equal(k.helpers, 5);
}

static void test_host_that_refuses_to_look_does_not_stop_the_others(void **state)
{
	struct device d = fake_device("scsi", "1:2", NULL, 0);
	struct settle *s;

	plug_host(0);
	plug_host(1);
	k.helper_error = -EINVAL;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_helpers_end(&k, s, 10);
	assert_text(k.log, "host1/scan=0 1 2");
	assert_int_equal(settle_pending(s), 1);
}

static void test_missing_host_is_named(void **state)
{
	struct device d = fake_device("scsi", "1:2", NULL, 0);
	struct settle *s;

	assert_int_equal(fake_settle_id("scsi", "1:2"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for a SCSI host (driver virtio_scsi)");
	/* A host may come. */
	k.written = host0_looks;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	plug_host(0);
	fake_event(s, "add", HOST "/scsi_host/host0", "scsi_host", 20);
	fake_helpers_end(&k, s, 30);
	assert_int_equal(settle_end(s, &fault), 0);
}

static void test_missing_disk_fails_with_what_is_there(void **state)
{
	struct device d = fake_device("scsi", "1:3", NULL, 0);
	struct settle *s;

	plug_host(0);
	plug_disk();
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_helpers_end(&k, s, 30);
	settle_expire(s, 3000000);
	assert_int_equal(settle_end(s, &fault), -ETIME);
	assert_text(fault.text,
		    "waited 3000 ms for SCSI disk 0:0:1:3: /sys/bus/scsi/devices has 0:0:1:2");
	assert_string_equal(fault.found, "0:0:1:2 in /sys/bus/scsi/devices");
}

static void test_helper_that_never_ends_fails_at_the_deadline(void **state)
{
	plug_host(0);
	k.stuck = true;
	assert_int_equal(fake_settle_id("scsi", "1:2"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for host0 to look for SCSI disk 0:0:1:2");
}

static void test_only_its_own_whole_disk_wakes_it(void **state)
{
	static const struct {
		bool wakes;
		const char *action, *devpath, *subsystem;
	} rows[] = {
		{true, "add", DISK "/block/sdb", "block"},
		{true, "add", "/devices/elsewhere/0:0:1:2/block/sdb", "block"},
		{false, "add", DISK "/block/sdb/sdb1", "block"},
		{false, "add", DISK "/block/", "block"},
		{false, "add", DISK, "block"},
		{false, "remove", DISK "/block/sdb", "block"},
		{false, "change", DISK "/block/sdb", "block"},
		{false, "add", DISK "/block/sdb", "scsi_disk"},
		{false, "add", DISK "0/block/sdb", "block"},
		{false, "add", HOST "/target0:0:1/0:0:1:1/block/sdb", "block"},
		{false, "add", HOST "/target0:0:1/10:0:1:2/block/sdb", "block"},
		{false, "add", HOST "/target1:0:1/1:0:1:2/block/sdb", "block"},
		{false, "remove", HOST "/scsi_host/host0", "scsi_host"},
	};
	struct device d = fake_device("scsi", "1:2", NULL, 0);
	struct settle *s;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
		assert_int_equal(settle_pending(s), 1);
		plug_disk();
		fake_event(s, rows[i].action, rows[i].devpath, rows[i].subsystem, 10);
		assert_int_equal(settle_pending(s), rows[i].wakes ? 0 : 1);
		fake_stop(&k);
		fake_start(&k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_type_is_served),
		FAKE_TEST(test_address_is_two_numbers),
		FAKE_TEST(test_disk_that_is_there_is_found),
		FAKE_TEST(test_host_is_made_to_scan_by_a_helper),
		FAKE_TEST(test_disk_may_come_before_the_helper_ends),
		FAKE_TEST(test_every_host_scans_once_in_order),
		FAKE_TEST(test_host_that_refuses_to_look_does_not_stop_the_others),
		FAKE_TEST(test_missing_host_is_named),
		FAKE_TEST(test_missing_disk_fails_with_what_is_there),
		FAKE_TEST(test_helper_that_never_ends_fails_at_the_deadline),
		FAKE_TEST(test_only_its_own_whole_disk_wakes_it),
	};

	return RUN_TESTS(tests);
}
