// SPDX-License-Identifier: Apache-2.0
/* vfio-pci and vfio-pci-gk: functions that appear late, or never. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

static void test_missing_function_fails_at_the_deadline_with_what_is_there(void **state)
{
	fake_gpu(&k);
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/01"), -ETIME);
	assert_text(fault.text, "gpu0: waited 3000 ms for PCI function 0000:01:01.0");
	assert_text(fault.text, "guest path 02/01");
	assert_text(fault.text, "has 0000:01:00.0; is it plugged in");
	assert_string_equal(fault.expected, "a PCI function at 0000:01:01.0");
	assert_string_equal(fault.found, "0000:01:00.0 in /" FAKE_RP);
	assert_false(r[0].ready);
	assert_true(r[0].us >= 3000000);
	assert_string_equal(k.log, "");
}

static void test_missing_bridge_fails_at_the_deadline_with_what_is_there(void **state)
{
	fake_gpu(&k);
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=05/00"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for bridge 0000:00:05.0 (element 0");
	assert_string_equal(fault.found, "0000:00:02.0 in /sys/devices/pci0000:00");
}

static void test_missing_guest_address_names_its_bus(void **state)
{
	fake_gpu(&k);
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=0000:01:03.0"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for PCI function 0000:01:03.0");
	assert_text(fault.found, "0000:01:00.0");
	assert_no_text(fault.found, "0000:00:02.0");
}

static void test_hot_added_function_is_bound_at_its_uevent(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	fake_bridge(&k, "sys/devices/pci0000:00", "0000:00:02.0", "0000:01");
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	fake_gpu(&k);
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.1", "pci", 100);
	fake_event(s, "remove", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 100);
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "net", 100);
	assert_int_equal(settle_pending(s), 1);
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 2000);
	assert_int_equal(settle_pending(s), 0);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_true(r[0].us >= 2000);
	assert_string_equal(r[0].node, "/dev/vfio/3");
}

static void test_hot_added_bridge_is_waited_for_too(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_bridge(&k, "sys/devices/pci0000:00", "0000:00:02.0", "0000:01");
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0", "pci", 100);
	assert_int_equal(settle_pending(s), 1);
	fake_gpu(&k);
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 200);
	assert_int_equal(settle_end(s, &fault), 0);
}

static void test_hot_added_function_may_be_bound_later_by_the_kernel(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_gpu(&k);
	k.refuse = "0000:01:00.0";
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 100);
	assert_int_equal(settle_pending(s), 1);
	fake_bind(&k, "0000:01:00.0", "vfio-pci");
	fake_vfio_node(&k, "3");
	fake_event(s, "bind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 200);
	assert_int_equal(settle_end(s, &fault), 0);
}

static void test_hot_added_function_that_stays_unbound_is_explained(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_gpu(&k);
	k.refuse = "0000:01:00.0";
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 100);
	settle_expire(s, 3000000);
	assert_int_equal(settle_end(s, &fault), -ETIME);
	assert_text(fault.text, "waited 3000 ms for vfio-pci to bind to 0000:01:00.0");
	assert_text(fault.text, "it refused the device");
}

static void test_hot_added_function_with_a_driver_is_unbound_and_probed(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_gpu(&k);
	k.rebind = "nouveau"; /* the kernel was faster than the override */
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 100);
	assert_int_equal(k.helpers, 1);
	k.rebind = NULL;
	fake_helpers_end(&k, s, 200);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(r[0].driver, "vfio-pci");
}

/* Each round looks at what is there now, not at the directory of the function before. */
static void test_function_that_is_plugged_in_again_is_another_one(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;

	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nouveau");
	k.stuck = true;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	assert_int_equal(renameat(k.env.root, FAKE_RP "/0000:01:00.0", k.env.root, "old"), 0);
	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "vfio-pci");
	fake_vfio_node(&k, "3");
	fake_event(s, "unbind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 9);
	assert_int_equal(settle_pending(s), 0);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(r[0].node, "/dev/vfio/3");
}

static void test_nothing_is_touched_until_all_functions_are_there(void **state)
{
	const char *options[] = {"0000:65:00.0=02/00", "0000:65:00.1=02/00.1"};
	struct device d = fake_device("vfio-pci", "gpu0", options, 2);
	struct settle *s;

	fake_gpu(&k);
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_string_equal(k.log, "");
	fake_function(&k, FAKE_RP, "0000:01:00.1", "10de:22ba", "0x040300\n");
	fake_group(&k, "0000:01:00.1", "3");
	fake_event(s, "add", "/devices/pci0000:00/0000:00:02.0/0000:01:00.1", "pci", 9);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_int_equal(r[0].n_pci, 2);
	assert_string_equal(pci_address_text(&r[0].pci[1].guest).s, "0000:01:00.1");
}

static void test_gk_waits_for_the_expected_driver(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci-gk", "gpu0", &option, 1);
	struct settle *s;

	fake_gpu(&k);
	d.expect_driver = "nvidia";
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	fake_bind(&k, "0000:01:00.0", "nvidia");
	fake_event(s, "bind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 9);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(r[0].driver, "nvidia");
	fake_bind(&k, "0000:01:00.0", "nouveau");
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "expected nvidia, found nouveau");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_missing_function_fails_at_the_deadline_with_what_is_there),
		FAKE_TEST(test_missing_bridge_fails_at_the_deadline_with_what_is_there),
		FAKE_TEST(test_missing_guest_address_names_its_bus),
		FAKE_TEST(test_hot_added_function_is_bound_at_its_uevent),
		FAKE_TEST(test_hot_added_bridge_is_waited_for_too),
		FAKE_TEST(test_hot_added_function_may_be_bound_later_by_the_kernel),
		FAKE_TEST(test_hot_added_function_that_stays_unbound_is_explained),
		FAKE_TEST(test_hot_added_function_with_a_driver_is_unbound_and_probed),
		FAKE_TEST(test_function_that_is_plugged_in_again_is_another_one),
		FAKE_TEST(test_nothing_is_touched_until_all_functions_are_there),
		FAKE_TEST(test_gk_waits_for_the_expected_driver),
	};

	return RUN_TESTS(tests);
}
