// SPDX-License-Identifier: Apache-2.0
/* All devices together: validation, timeouts, lost events, devices that are not required. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/clock.h"
#include "init/lib/str.h"
#include "tests/unit/support/fake_kernel.h"

#define MANY 96

static void test_no_devices_are_ready_at_once(void **state)
{
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, NULL, NULL, 0, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 0);
	assert_true(settle_deadline(s) == CLOCK_NEVER);
	assert_int_equal(settle_end(s, &fault), 0);
}

static void test_type_must_be_given(void **state)
{
	struct device d = fake_device("", "gpu0", &gpu_option, 1);

	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
	assert_text(fault.text, "gpu0: the device has no type");
}

static void test_unknown_type_lists_the_known_ones(void **state)
{
	struct device d = fake_device("vfio-usb", "gpu0", &gpu_option, 1);
	char text[512];

	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
	snprintf(text, sizeof(text), "gpu0: unknown device type \"vfio-usb\"; known: %s",
		 handler_types());
	assert_string_equal(fault.text, text);
	snprintf(text, sizeof(text), "one of %s", handler_types());
	assert_string_equal(fault.expected, text);
	assert_string_equal(fault.found, "vfio-usb");
}

static void test_device_without_an_id_is_called_by_its_number(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("vfio-pci", "", &none_option, 1),
	};

	fake_gpu(&k);
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), -ETIME);
	assert_text(fault.text, "device 1 (vfio-pci): waited");
}

static void test_nothing_is_touched_if_any_words_are_wrong(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("vfio-usb", "gpu1", &gpu_option, 1),
	};
	struct settle *s = (void *)&fault;

	fake_gpu(&k);
	assert_int_equal(settle_begin(&s, &k.env, d, r, 2, 0, &fault), -EINVAL);
	assert_string_equal(k.log, "");
	assert_ptr_equal(s, &fault); /* untouched */
}

static void test_wrong_words_of_a_device_that_is_not_required_are_a_warning(void **state)
{
	struct device d[] = {
		fake_device("vfio-usb", "gpu1", &gpu_option, 1),
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
	};

	d[0].required = false;
	fake_gpu(&k);
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), 0);
	assert_false(r[0].ready);
	assert_text(r[0].error, "gpu1: unknown device type");
	assert_true(r[1].ready);
}

static void test_missing_device_that_is_not_required_is_a_warning(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "none", &none_option, 1),
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
	};

	d[0].required = false;
	fake_gpu(&k);
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), 0);
	assert_false(r[0].ready);
	assert_text(r[0].error, "none: waited 3000 ms");
	assert_true(r[0].us >= 3000000);
	assert_true(r[1].ready);
	assert_null(r[1].error);
}

static void test_each_device_has_a_deadline_of_its_own(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "a", &none_option, 1),
		fake_device("vfio-pci", "b", &none_option, 1),
	};
	const uint64_t now = 5000000;
	struct settle *s;

	d[0].required = d[1].required = false;
	d[1].timeout_ms = 250;
	assert_int_equal(settle_begin(&s, &k.env, d, r, 2, now, &fault), 0);
	assert_true(settle_deadline(s) == now + 250000);
	settle_expire(s, now + 249999);
	assert_int_equal(settle_pending(s), 2);
	settle_expire(s, now + 250000);
	assert_int_equal(settle_pending(s), 1);
	assert_text(r[1].error, "b: waited 250 ms for bridge 0000:00:03.0");
	assert_true(r[1].us >= 250000 && r[1].us < 3000000);
	assert_true(settle_deadline(s) == now + 3000000);
	assert_int_equal(settle_end(s, &fault), -EBUSY);
	settle_expire(s, now + 3000000);
	assert_int_equal(settle_pending(s), 0);
	assert_true(settle_deadline(s) == CLOCK_NEVER);
	assert_int_equal(settle_end(s, &fault), 0);
}

static void test_deadline_looks_once_more(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	int log = fake_log();
	char text[1024];
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_gpu(&k); /* and its uevent is lost */
	settle_expire(s, 3000000);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_true(r[0].ready);
	fake_log_end(log, text, sizeof(text));
	assert_text(
		text,
		"devices: gpu0: found only at the end of its timeout of 3000 ms: the uevent for bridge 0000:00:02.0");
}

static void test_lost_events_are_made_up_for_by_a_rescan(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	settle_rescan(s, 10);
	assert_int_equal(settle_pending(s), 1);
	fake_gpu(&k);
	settle_rescan(s, 20);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_true(r[0].ready);
}

/* All devices share one fault; each keeps its text, and the first that is required its facts. */
static void test_each_failure_keeps_its_text(void **state)
{
	struct device d[] = {
		fake_device("vfio-usb", "a", &gpu_option, 1),
		fake_device("vfio-pci", "b", &none_option, 1),
		fake_device("vfio-pci", "c", NULL, 0),
	};

	d[0].required = d[2].required = false;
	assert_int_equal(fake_settle(&k, d, r, 3, &fault), -ETIME);
	assert_text(r[0].error, "a: unknown device type \"vfio-usb\"");
	assert_text(r[1].error, "b: waited 3000 ms for bridge 0000:00:03.0");
	assert_text(r[2].error, "c: no VFIO group");
	assert_string_equal(fault.text, r[1].error);
	assert_string_equal(fault.expected, "a PCI function at 0000:00:03.0");
}

static void test_failure_has_no_facts_of_another(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "other", &none_option, 1),
		fake_device("vfio-pci-gk", "gpu0", &gpu_option, 1),
	};

	d[0].required = false;
	d[1].expect_driver = "nvidia";
	fake_gpu(&k);
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), -ETIME);
	assert_text(r[0].error, "0000:00:02.0; is it plugged in");
	assert_string_equal(fault.text,
			    "gpu0: waited 3000 ms for driver nvidia to bind to 0000:01:00.0");
	assert_string_equal(fault.expected, "driver nvidia to bind to 0000:01:00.0");
	assert_string_equal(fault.found, "");
}

static void test_first_failure_of_a_required_device_ends_the_wait(void **state)
{
	const char *broken = "0000:65:00.0=02/00/00";
	struct device d[] = {
		fake_device("vfio-pci", "waits", &none_option, 1),
		fake_device("vfio-pci", "broken", &broken, 1),
	};
	struct settle *s;

	fake_gpu(&k); /* an endpoint where the path wants a bridge */
	assert_int_equal(settle_begin(&s, &k.env, d, r, 2, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 0);
	assert_int_equal(settle_end(s, &fault), -ENODEV);
	assert_text(fault.text, "broken: 0000:01:00.0 (element 1");
	assert_text(fault.text, "is no bridge");
	assert_string_equal(fault.found, "class 0x030200 at 0000:01:00.0");
	assert_text(r[1].error, "broken: 0000:01:00.0 (element 1");
	assert_string_equal(r[0].error, "waits: given up, as broken failed");
}

static void test_one_host_address_has_one_guest_address(void **state)
{
	const char *both[] = {"0000:65:00.0=02/00", "0000:65:00.0=02/01"};
	const char *other = "0000:65:00.0=02/01";
	struct device one = fake_device("vfio-pci-gk", "gpu0", both, 2);
	struct device two[] = {
		fake_device("vfio-pci-gk", "gpu0", &gpu_option, 1),
		fake_device("vfio-pci-gk", "gpu1", &other, 1),
	};

	fake_gpu(&k);
	fake_function(&k, FAKE_RP, "0000:01:01.0", "10de:2330", "0x030200\n");
	assert_int_equal(fake_settle(&k, &one, r, 1, &fault), -EINVAL);
	assert_text(fault.text, "conflicting guest addresses for host device 0000:65:00.0");
	assert_int_equal(fake_settle(&k, two, r, 2, &fault), -EINVAL);
	assert_text(
		fault.text,
		"gpu1: conflicting guest addresses for host device 0000:65:00.0: 0000:01:01.0 here, 0000:01:00.0 of gpu0");
	/* The same pair twice is not a conflict. */
	two[1].options = &gpu_option;
	assert_int_equal(fake_settle(&k, two, r, 2, &fault), 0);
}

/* What a device waits for is logged once, although sysfs is read several times. */
static void test_log_says_what_is_waited_for_and_how_long(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("vfio-pci", "gpu1", &none_option, 1),
	};
	int log = fake_log();
	char text[4096];
	struct settle *s;

	d[1].required = false;
	assert_int_equal(settle_begin(&s, &k.env, d, r, 2, 0, &fault), 0);
	settle_rescan(s, 10);
	fake_gpu(&k);
	settle_rescan(s, 20);
	settle_expire(s, settle_deadline(s));
	fake_log_end(log, text, sizeof(text));
	assert_int_equal(settle_end(s, &fault), 0);
	assert_text(text, "devices: gpu0: waiting for bridge 0000:00:02.0 ");
	assert_null(strstr(strstr(text, "gpu0: waiting for") + 1, "gpu0: waiting for"));
	assert_text(text, "devices: gpu1: waiting for bridge 0000:00:03.0 ");
	assert_text(text, "devices: gpu0: ready after ");
	assert_text(text, "devices: gpu1: waited 3000 ms for bridge 0000:00:03.0 ");
}

#define READY 16

/* Devices that are ready in one round share lines, as many as have room in one. */
static void test_devices_that_are_ready_share_lines(void **state)
{
	static char options[READY][64], names[READY][16], text[8192];
	static const char *option[READY];
	static struct device d[READY];
	size_t lines = 0, found = 0;
	struct settle *s;
	char name[32];
	int log;

	for (int i = 0; i < READY; i++) {
		snprintf(name, sizeof(name), "0000:00:%02x.0", i);
		snprintf(options[i], sizeof(options[i]), "0000:65:%02x.0=%s", i, name);
		snprintf(names[i], sizeof(names[i]), "gpu%d", i);
		option[i] = options[i];
		d[i] = fake_device("vfio-pci-gk", names[i], &option[i], 1);
		fake_function(&k, "sys/devices/pci0000:00", name, "10de:2330", "0x030200\n");
		fake_bind(&k, name, "nvidia");
	}
	log = fake_log();
	assert_int_equal(settle_begin(&s, &k.env, d, r, READY, 0, &fault), 0);
	fake_log_end(log, text, sizeof(text));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
		assert_text(line, "coldinit: devices: gpu");
		assert_true(strlen(line) < 976);
		for (char *at = line; (at = strstr(at, "gpu")); found++) {
			snprintf(name, sizeof(name), "gpu%zu: ready after ", found);
			assert_true(str_starts(at, name));
			at = strstr(at, " us: ") + strlen(" us: ");
			snprintf(name, sizeof(name), "0000:00:%02zx.0 driver=nvidia ", found);
			assert_true(str_starts(at, name));
		}
	}
	assert_int_equal(found, READY);
	assert_in_range(lines, 2, 4);
}

static void test_child_of_nobody_changes_nothing(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	settle_child(s, 4242, 0, 10);
	assert_int_equal(settle_pending(s), 1);
}

static void test_helper_killed_by_a_signal_is_an_error(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;

	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nouveau");
	k.stuck = true;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	settle_child(s, 1000, 9, 10);
	assert_int_equal(settle_end(s, &fault), -EINTR);
	assert_text(fault.text, strerror(EINTR));
}

static void test_long_names_are_cut_in_messages_only(void **state)
{
	static char id[5000];
	struct device d = fake_device("vfio-pci", id, &none_option, 1);

	memset(id, 'x', sizeof(id) - 1);
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ETIME);
	assert_text(fault.text, "xxxx: waited 3000 ms");
}

/* 96 devices behind 96 ports, hot-added one after another among 10,000 other events. */
static void test_many_devices_and_a_storm_of_events(void **state)
{
	static char options[MANY][64], text[MANY][128];
	static const char *option[MANY];
	static struct device d[MANY];
	char port[32], guest[32], bus[16], dir[64];
	struct settle *s;

	for (int i = 0; i < MANY; i++) {
		snprintf(options[i], sizeof(options[i]), "0000:%02x:00.0=%02x.%x/00", i + 1,
			 i / 8 + 2, i % 8);
		option[i] = options[i];
		d[i] = fake_device("vfio-pci-gk", "", &option[i], 1);
		snprintf(port, sizeof(port), "0000:00:%02x.%x", i / 8 + 2, i % 8);
		snprintf(bus, sizeof(bus), "0000:%02x", i + 1);
		fake_bridge(&k, "sys/devices/pci0000:00", port, bus);
		snprintf(text[i], sizeof(text[i]), "/devices/pci0000:00/%s/%s:00.0", port, bus);
	}
	assert_int_equal(settle_begin(&s, &k.env, d, r, MANY, 0, &fault), 0);
	assert_int_equal(settle_pending(s), MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(dir, sizeof(dir), "sys/devices/pci0000:00/0000:00:%02x.%x", i / 8 + 2,
			 i % 8);
		snprintf(guest, sizeof(guest), "0000:%02x:00.0", i + 1);
		fake_function(&k, dir, guest, "10de:2330", "0x030200\n");
	}
	/* A device that reads sysfs after one of these events would be ready. */
	for (int i = 0; i < 10000; i++) {
		fake_event(s, "add", "/devices/virtual/block/loop0", "block", 1);
		fake_event(s, "add", "/devices/pci0000:00/0000:00:1f.3", "pci", 1);
	}
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(settle_pending(s), MANY - i);
		fake_event(s, "add", text[i], "pci", 2);
	}
	assert_int_equal(settle_end(s, &fault), 0);
}

static void test_fields_are_checked_without_a_system(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct device d[] = {
		{.id = "good", .type = "vfio-pci", .required = true},
		{.id = "a", .type = "nothing"},
		{.id = "", .type = ""},
	};
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(d); i++)
		d[i].vm_path = d[i].container_path = "";
	d[0].options = (const char *[]){"0000:65:00.0=02/00"};
	d[0].n_options = 1;
	assert_int_equal(settle_check(&a, NULL, 0, &f), 0);
	assert_int_equal(settle_check(&a, d, 1, &f), 0);
	assert_int_equal(settle_check(&a, d, 3, &f), -EINVAL);
	assert_text(f.text, "a: unknown device type \"nothing\"; known: ");
	assert_text(strstr(f.text, "; device 2"), "; device 2 (): the device has no type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_no_devices_are_ready_at_once),
		FAKE_TEST(test_type_must_be_given),
		FAKE_TEST(test_unknown_type_lists_the_known_ones),
		FAKE_TEST(test_device_without_an_id_is_called_by_its_number),
		FAKE_TEST(test_nothing_is_touched_if_any_words_are_wrong),
		FAKE_TEST(test_wrong_words_of_a_device_that_is_not_required_are_a_warning),
		FAKE_TEST(test_missing_device_that_is_not_required_is_a_warning),
		FAKE_TEST(test_each_device_has_a_deadline_of_its_own),
		FAKE_TEST(test_deadline_looks_once_more),
		FAKE_TEST(test_lost_events_are_made_up_for_by_a_rescan),
		FAKE_TEST(test_each_failure_keeps_its_text),
		cmocka_unit_test(test_fields_are_checked_without_a_system),
		FAKE_TEST(test_failure_has_no_facts_of_another),
		FAKE_TEST(test_first_failure_of_a_required_device_ends_the_wait),
		FAKE_TEST(test_one_host_address_has_one_guest_address),
		FAKE_TEST(test_log_says_what_is_waited_for_and_how_long),
		FAKE_TEST(test_devices_that_are_ready_share_lines),
		FAKE_TEST(test_child_of_nobody_changes_nothing),
		FAKE_TEST(test_helper_killed_by_a_signal_is_an_error),
		FAKE_TEST(test_long_names_are_cut_in_messages_only),
		FAKE_TEST(test_many_devices_and_a_storm_of_events),
	};

	return RUN_TESTS(tests);
}
