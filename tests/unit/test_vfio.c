// SPDX-License-Identifier: Apache-2.0
/* vfio-pci and vfio-pci-gk: options, binding, expectations. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dev/vfio.h"
#include "tests/unit/support/fake_kernel.h"

#define PROBE_GPU                                                     \
	"sys/bus/pci/devices/0000:01:00.0/driver_override=vfio-pci\n" \
	"sys/bus/pci/drivers_probe=0000:01:00.0\n"
#define NODE_3 "mknod dev/vfio/3 c 600 244:3\n"

static void test_types_are_served(void **state)
{
	fake_assert_type("vfio-pci", true, "vfio-pci vfio_iommu_type1");
	fake_assert_type("vfio-pci-gk", true, "");
}

static void test_malformed_options_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"0000:65:00.0",
		"0000:65:00.0=02/00=",
		"=02/00",
		"=",
		"65:00.0=02/00",
		"0000:65:00=02/00",
		"0000:65:20.0=02/00",
		"0000:65:00.8=02/00",
		"0000:65:00.0 =02/00",
		"0000:65:00.0=/",
		"0000:65:00.0=02/",
		"0000:65:00.0=/02",
		"0000:65:00.0=02//00",
		"0000:65:00.0=20",
		"0000:65:00.0=02/20",
		"0000:65:00.0=1f.8",
		"0000:65:00.0=0x02",
		"0000:65:00.0= 02",
		"0000:65:00.0=pci0000:00",
		"0000:65:00.0=pci0000:00/",
		"0000:65:00.0=pci0000/02",
		"0000:65:00.0=pcix:00/02",
		"0000:65:00.0=0000:01:00",
		"0000:65:00.0=0000:01:00.0/02",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(fake_settle_option("vfio-pci", bad[i]), -EINVAL);
		assert_text(fault.text, "gpu0: malformed VFIO PCI option \"");
		assert_text(fault.text, bad[i]);
		assert_int_equal(fake_settle_option("vfio-pci-gk", bad[i]), -EINVAL);
	}
	assert_string_equal(k.log, "");
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00=03"), -EINVAL);
	assert_text(fault.text, "one equals sign");
}

static void test_option_is_split_at_its_equals_sign(void **state)
{
	struct vfio_option o;

	assert_int_equal(vfio_option_parse("0000:65:00.1=02/00", &o, &fault), 0);
	assert_string_equal(pci_address_text(&o.host).s, "0000:65:00.1");
	assert_string_equal(o.path_text, "02/00");
	assert_int_equal(o.path.n, 2);
}

static void test_no_vfio_group_without_a_guest_path(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", NULL, 0);

	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0="), -EINVAL);
	assert_text(fault.text, "no VFIO group");
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
	assert_text(fault.text, "no VFIO group");
}

static void test_gk_without_a_guest_path_has_no_mapping(void **state)
{
	assert_int_equal(fake_settle_option("vfio-pci-gk", "0000:65:00.0="), 0);
	assert_true(r[0].ready);
	assert_int_equal(r[0].n_pci, 0);
	assert_int_equal(r[0].node_type, 0);
	assert_string_equal(r[0].node, "");
}

static void test_empty_guest_path_is_left_out_of_several(void **state)
{
	const char *options[] = {"0000:65:00.1=", "0000:65:00.0=02/00"};
	struct device d = fake_device("vfio-pci", "gpu0", options, 2);

	fake_gpu(&k);
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), 0);
	assert_int_equal(r[0].n_pci, 1);
	assert_string_equal(pci_address_text(&r[0].pci[0].host).s, "0000:65:00.0");
}

static void test_cold_plugged_function_is_bound_and_reported(void **state)
{
	fake_gpu(&k);
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), 0);
	assert_string_equal(k.log, PROBE_GPU NODE_3);
	assert_true(r[0].ready);
	assert_true(r[0].vfio);
	assert_int_equal(r[0].node_type, 'c');
	assert_int_equal(r[0].major, 244);
	assert_int_equal(r[0].minor, 3);
	assert_string_equal(r[0].node, "/dev/vfio/3");
	assert_string_equal(r[0].final_path, "/dev/vfio/3");
	assert_string_equal(r[0].driver, "vfio-pci");
	assert_string_equal(r[0].group, "3");
	assert_string_equal(r[0].guest, "0000:01:00.0");
	assert_int_equal(r[0].n_pci, 1);
	assert_string_equal(pci_address_text(&r[0].pci[0].host).s, "0000:65:00.0");
	assert_string_equal(pci_address_text(&r[0].pci[0].guest).s, "0000:01:00.0");
}

static void test_all_three_spellings_find_the_function(void **state)
{
	static const char *const options[] = {
		"0000:65:00.0=02/00",
		"0000:65:00.0=02.0/00.0",
		"0000:65:00.0=pci0000:00/02/00",
		"0000:65:00.0=pci0000:00/02.0/00.0",
		"0000:65:00.0=0000:01:00.0",
	};

	fake_gpu(&k);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		assert_int_equal(fake_settle_option("vfio-pci", options[i]), 0);
		assert_string_equal(r[0].guest, "0000:01:00.0");
	}
}

static void test_gk_leaves_the_function_to_the_guest_kernel(void **state)
{
	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nvidia");
	assert_int_equal(fake_settle_option("vfio-pci-gk", "0000:65:00.0=02/00"), 0);
	assert_string_equal(k.log, "");
	assert_true(r[0].vfio);
	assert_int_equal(r[0].node_type, 0);
	assert_string_equal(r[0].final_path, "");
	assert_string_equal(r[0].driver, "nvidia");
	assert_string_equal(r[0].group, "");
	assert_string_equal(pci_address_text(&r[0].pci[0].guest).s, "0000:01:00.0");
}

static void test_override_of_an_unbound_function_probes(void **state)
{
	fake_gpu(&k);
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), 0);
	assert_text(k.log, PROBE_GPU);
	assert_int_equal(k.helpers, 0);
}

static void test_override_of_a_function_already_bound_does_no_more(void **state)
{
	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "vfio-pci");
	fake_vfio_node(&k, "3");
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), 0);
	assert_string_equal(k.log,
			    "sys/bus/pci/devices/0000:01:00.0/driver_override=vfio-pci\n" NODE_3);
}

static void test_override_of_a_foreign_driver_unbinds_by_helper(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nouveau");
	k.stuck = true;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	assert_string_equal(k.log, "sys/bus/pci/devices/0000:01:00.0/driver_override=vfio-pci\n"
				   "helper sys/bus/pci/drivers/nouveau/unbind=0000:01:00.0\n");
	/* A rescan starts no second helper. */
	settle_rescan(s, 10);
	assert_int_equal(k.helpers, 1);
	fake_helpers_end(&k, s, 20);
	assert_int_equal(settle_pending(s), 0);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(r[0].driver, "vfio-pci");
	assert_string_equal(k.log, "sys/bus/pci/devices/0000:01:00.0/driver_override=vfio-pci\n"
				   "helper sys/bus/pci/drivers/nouveau/unbind=0000:01:00.0\n"
				   "sys/bus/pci/drivers_probe=0000:01:00.0\n" NODE_3);
}

static void test_cold_function_that_stays_unbound_fails_at_once(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nouveau");
	k.refuse = "0000:01:00.0";
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_helpers_end(&k, s, 10);
	assert_int_equal(settle_pending(s), 0);
	assert_int_equal(settle_end(s, &fault), -ENODEV);
	assert_text(fault.text, "vfio-pci did not bind to 0000:01:00.0");
}

/* Linux 6.1 on arm64 returns the error of vfio-pci's probe. */
static void test_error_of_the_probe_gets_the_same_hint(void **state)
{
	static const struct {
		bool iommu;
		const char *says;
	} rows[] = {
		{false, "; it has no IOMMU group: is the guest's vIOMMU on"},
		{true, "; it refused the device: see the kernel's log"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_stop(&k);
		fake_start(&k);
		fake_gpu(&k);
		if (!rows[i].iommu)
			fake_remove(&k, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
		k.probe_error = -EINVAL;
		assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EINVAL);
		assert_text(
			fault.text,
			"cannot write 0000:01:00.0 to /sys/bus/pci/drivers_probe: Invalid argument");
		assert_text(fault.text, rows[i].says);
		assert_string_equal(fault.found, "no driver");
	}
}

static void test_unbind_uevent_goes_on_before_the_helper_is_reaped(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nouveau");
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	fake_event(s, "unbind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.1", "pci", 5);
	fake_event(s, "bind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 5);
	assert_int_equal(settle_pending(s), 1);
	/* The driver's link is gone, but the driver may still be at work. */
	settle_rescan(s, 6);
	assert_int_equal(settle_pending(s), 1);
	fake_event(s, "unbind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.0", "pci", 10);
	assert_int_equal(settle_pending(s), 0);
	fake_helpers_end(&k, s, 20);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_true(r[0].ready);
}

static void test_unbind_that_never_ends_fails_at_the_deadline(void **state)
{
	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nouveau");
	k.stuck = true;
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for driver nouveau to let go of 0000:01:00.0");
	assert_int_equal(k.helpers, 1);
}

static void test_unbind_that_fails_is_reported_with_its_reason(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);
	struct settle *s;

	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "nouveau");
	k.helper_error = -EPERM;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_helpers_end(&k, s, 20);
	assert_int_equal(settle_end(s, &fault), -EPERM);
	assert_text(fault.text, "stays bound to nouveau");
	assert_text(fault.text, strerror(EPERM));
	assert_string_equal(fault.found, "driver nouveau");
}

static void test_probe_that_binds_nothing_is_an_error(void **state)
{
	fake_gpu(&k);
	k.refuse = "0000:01:00.0";
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), -ENODEV);
	assert_text(fault.text, "vfio-pci did not bind to 0000:01:00.0");
	assert_string_equal(fault.expected, "driver vfio-pci on 0000:01:00.0");
	assert_string_equal(fault.found, "no driver");
	assert_string_equal(k.log, PROBE_GPU);
}

static void test_probe_that_binds_nothing_names_the_missing_module(void **state)
{
	fake_gpu(&k);
	fake_remove(&k, "sys/bus/pci/drivers/vfio-pci/unbind");
	fake_remove(&k, "sys/bus/pci/drivers/vfio-pci");
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), -ENODEV);
	assert_text(fault.text, "the kernel has no such driver");
}

static void test_probe_that_binds_nothing_names_the_missing_iommu(void **state)
{
	fake_gpu(&k);
	fake_remove(&k, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), -ENODEV);
	assert_text(fault.text, "has no IOMMU group");
	assert_text(fault.text, "intel_iommu=on");
}

static void test_probe_that_binds_another_driver_is_an_error(void **state)
{
	fake_gpu(&k);
	k.rebind = "nouveau";
	assert_int_equal(fake_settle_option("vfio-pci", "0000:65:00.0=02/00"), -EBUSY);
	assert_text(fault.text, "stays bound to nouveau instead of vfio-pci");
}

static void test_expected_ids_are_checked_before_anything_is_touched(void **state)
{
	const char *option = "0000:65:00.0=02/00", *ids[] = {"1234:11e8", "10DE:2331"};
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);

	fake_gpu(&k);
	d.expect_ids = ids;
	d.n_expect_ids = 2;
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "expected 1234:11e8 or another, found 10de:2330");
	assert_text(fault.expected, "1234:11e8");
	assert_text(fault.found, "10de:2330");
	assert_string_equal(k.log, "");
	ids[1] = "10DE:2330";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), 0);
}

static void test_expected_ids_must_be_ids(void **state)
{
	static const char *const bad[] = {"",	       "10de",	    "10de:233", "10de:23300",
					  "10de-2330", "10dg:2330", "0x10:2330"};
	const char *option = "0000:65:00.0=02/00", *id;
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);

	fake_gpu(&k);
	d.expect_ids = &id;
	d.n_expect_ids = 1;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		id = bad[i];
		assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
		assert_text(fault.text, "is not VENDOR:DEVICE");
	}
	assert_string_equal(k.log, "");
}

static void test_expected_driver_must_be_bound_in_the_end(void **state)
{
	const char *option = "0000:65:00.0=02/00";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);

	fake_gpu(&k);
	d.expect_driver = "vfio-pci";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), 0);
	d.expect_driver = "nvgrace-gpu-vfio-pci";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ENODEV);
	assert_text(fault.text, "expected nvgrace-gpu-vfio-pci, found vfio-pci");
}

static void test_one_function_cannot_be_asked_for_both_ways(void **state)
{
	const char *option = "0000:65:00.0=02/00", *plain = "0000:65:00.0=0000:01:00.0";
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &option, 1),
		fake_device("vfio-pci-gk", "gpu1", &plain, 1),
	};

	fake_gpu(&k);
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), -EBUSY);
	assert_text(fault.text, "gpu0: 0000:01:00.0");
	assert_text(fault.text, "gpu1 (vfio-pci-gk)");
	assert_string_equal(k.log, "");
}

static void test_bridge_is_refused_and_keeps_its_driver(void **state)
{
	static const char *option = "0000:65:00.0=02";
	struct device d = fake_device("vfio-pci", "gpu0", &option, 1);

	fake_gpu(&k);
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
	assert_text(fault.text, "gpu0: 0000:00:02.0 is a bridge");
	assert_null(strstr(k.log, "unbind"));
}

static int settle_options(const char *type, const char **options, size_t n)
{
	struct device d = fake_device(type, "gpu0", options, n);

	return fake_settle(&k, &d, r, 1, &fault);
}

/* The directories are open from one step to the next, not longer. */
static void test_no_descriptor_stays_open(void **state)
{
	const char *options[] = {gpu_option, none_option};
	int before = dup(0);

	close(before);
	fake_gpu(&k);
	assert_int_equal(settle_options("vfio-pci", options, 2), -ETIME);
	assert_int_equal(settle_options("vfio-pci-gk", options, 2), -ETIME);
	assert_int_equal(settle_options("vfio-pci", options, 1), 0);
	assert_int_equal(dup(0), before);
	close(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_no_descriptor_stays_open),
		FAKE_TEST(test_types_are_served),
		FAKE_TEST(test_malformed_options_are_refused),
		FAKE_TEST(test_option_is_split_at_its_equals_sign),
		FAKE_TEST(test_no_vfio_group_without_a_guest_path),
		FAKE_TEST(test_gk_without_a_guest_path_has_no_mapping),
		FAKE_TEST(test_empty_guest_path_is_left_out_of_several),
		FAKE_TEST(test_cold_plugged_function_is_bound_and_reported),
		FAKE_TEST(test_all_three_spellings_find_the_function),
		FAKE_TEST(test_gk_leaves_the_function_to_the_guest_kernel),
		FAKE_TEST(test_override_of_an_unbound_function_probes),
		FAKE_TEST(test_override_of_a_function_already_bound_does_no_more),
		FAKE_TEST(test_override_of_a_foreign_driver_unbinds_by_helper),
		FAKE_TEST(test_cold_function_that_stays_unbound_fails_at_once),
		FAKE_TEST(test_error_of_the_probe_gets_the_same_hint),
		FAKE_TEST(test_unbind_uevent_goes_on_before_the_helper_is_reaped),
		FAKE_TEST(test_unbind_that_never_ends_fails_at_the_deadline),
		FAKE_TEST(test_unbind_that_fails_is_reported_with_its_reason),
		FAKE_TEST(test_probe_that_binds_nothing_is_an_error),
		FAKE_TEST(test_probe_that_binds_nothing_names_the_missing_module),
		FAKE_TEST(test_probe_that_binds_nothing_names_the_missing_iommu),
		FAKE_TEST(test_probe_that_binds_another_driver_is_an_error),
		FAKE_TEST(test_expected_ids_are_checked_before_anything_is_touched),
		FAKE_TEST(test_expected_ids_must_be_ids),
		FAKE_TEST(test_expected_driver_must_be_bound_in_the_end),
		FAKE_TEST(test_bridge_is_refused_and_keeps_its_driver),
		FAKE_TEST(test_one_function_cannot_be_asked_for_both_ways),
	};

	return RUN_TESTS(tests);
}
