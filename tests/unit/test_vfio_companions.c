// SPDX-License-Identifier: Apache-2.0
/* The other functions of an IOMMU group: the companions policy. */
#include <errno.h>
#include <string.h>

#include "init/lib/root.h"
#include "tests/unit/support/fake_kernel.h"

static void test_companion_of_another_device_is_waited_for_not_taken(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("vfio-pci", "audio0", &audio_option, 1),
	};
	struct settle *s;

	d[0].companions = COMPANIONS_CHECK;
	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	k.stuck = true;
	assert_int_equal(settle_begin(&s, &k.env, d, r, 2, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 2);
	assert_int_equal(k.helpers, 1); /* audio0's own */
	fake_helpers_end(&k, s, 10);
	assert_int_equal(settle_pending(s), 1);
	fake_event(s, "bind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.1", "pci", 20);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_true(r[0].ready && r[1].ready);
}

static void test_companion_with_a_driver_is_bound_too(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;
	char driver[32];

	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_helpers_end(&k, s, 10);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_int_equal(root_link_name(k.env.root, driver, sizeof(driver),
					"sys/bus/pci/devices/0000:01:00.1/driver"),
			 0);
	assert_string_equal(driver, "vfio-pci");
	assert_int_equal(r[0].n_pci, 1); /* but it was not requested */
}

static void test_companion_without_a_driver_is_bound_too(void **state)
{
	fake_gpu(&k);
	fake_audio(&k, NULL);
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_text(k.log, "sys/bus/pci/drivers_probe=0000:01:00.1\n");
}

static void test_companion_without_a_driver_may_refuse(void **state)
{
	fake_gpu(&k);
	fake_audio(&k, NULL);
	k.refuse = "0000:01:00.1";
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_true(r[0].ready);
	assert_null(r[0].error);
}

static void test_refusal_of_a_companion_is_logged_once(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	int log = fake_log();
	struct settle *s;
	char text[4096];

	fake_gpu(&k);
	fake_audio(&k, NULL);
	k.refuse = "0000:01:00.1";
	k.late_node = true;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	settle_rescan(s, 10);
	fake_vfio_node(&k, "3");
	settle_rescan(s, 20);
	fake_log_end(log, text, sizeof(text));
	assert_int_equal(settle_end(s, &fault), 0);
	assert_text(text, "companion 0000:01:00.1");
	assert_no_text(strstr(text, "companion 0000:01:00.1") + 1, "companion 0000:01:00.1");
}

static void test_companion_that_cannot_be_unbound_fails_the_group(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;

	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	k.helper_error = -EBUSY;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_helpers_end(&k, s, 10);
	assert_int_equal(settle_end(s, &fault), -EBUSY);
	assert_text(fault.text,
		    "IOMMU group 3 is not viable: 0000:01:00.1 stays bound to snd_hda_intel");
	assert_text(fault.members, "0000:01:00.0");
	assert_text(fault.members, "0000:01:00.1");
}

static void test_companion_that_cannot_be_overridden_fails_the_group(void **state)
{
	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	fake_remove(&k, FAKE_RP "/0000:01:00.1/driver_override");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -ENOENT);
	assert_text(fault.text, "IOMMU group 3 is not viable: cannot write vfio-pci");
	assert_text(fault.members, "0000:01:00.1");
}

static void test_companions_check_fails_and_names_them_all(void **state)
{
	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	fake_function(&k, FAKE_RP, "0000:01:00.2", "10de:1ad6", "0x0c0330\n");
	fake_group(&k, "0000:01:00.2", "3");
	fake_bind(&k, "0000:01:00.2", "xhci_hcd");
	assert_int_equal(fake_settle_gpu(COMPANIONS_CHECK), -EBUSY);
	assert_text(fault.text, "gpu0: IOMMU group 3 is not viable");
	assert_text(fault.text, "0000:01:00.1 (driver snd_hda_intel)");
	assert_text(fault.text, "0000:01:00.2 (driver xhci_hcd)");
	assert_text(fault.text, "companions \"bind\"");
	assert_text(fault.found, "snd_hda_intel");
	assert_text(fault.members, "0000:01:00.0");
	assert_text(fault.members, "0000:01:00.1");
	assert_text(fault.members, "0000:01:00.2");
	assert_no_text(k.log, "0000:01:00.1");
}

static void test_companions_check_accepts_what_leaves_the_group_alone(void **state)
{
	static const char *const drivers[] = {"vfio-pci", "mlx5_vfio_pci", "pci-stub", "pcieport",
					      NULL};

	fake_gpu(&k);
	fake_audio(&k, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		fake_bind(&k, "0000:01:00.1", drivers[i]);
		assert_int_equal(fake_settle_gpu(COMPANIONS_CHECK), 0);
	}
	assert_no_text(k.log, "0000:01:00.1");
}

static void test_companions_ignore_looks_at_none(void **state)
{
	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	assert_int_equal(fake_settle_gpu(COMPANIONS_IGNORE), 0);
	assert_no_text(k.log, "0000:01:00.1");
}

static void test_bridge_in_the_group_is_never_bound(void **state)
{
	fake_gpu(&k);
	fake_group(&k, "0000:00:02.0", "3"); /* the port, on pcieport */
	fake_bridge(&k, FAKE_RP, "0000:01:01.0", "0000:02");
	fake_bind(&k, "0000:01:01.0", NULL); /* and a bridge without a driver */
	fake_group(&k, "0000:01:01.0", "3");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_no_text(k.log, "0000:00:02.0");
	assert_no_text(k.log, "0000:01:01.0");
}

static void test_bridge_with_a_foreign_driver_fails_the_group(void **state)
{
	fake_gpu(&k);
	fake_bind(&k, "0000:00:02.0", "switchtec");
	fake_group(&k, "0000:00:02.0", "3");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EBUSY);
	assert_text(fault.text, "0000:00:02.0 (driver switchtec)");
	assert_no_text(k.log, "0000:00:02.0");
}

static void test_companion_that_the_guest_kernel_keeps_is_never_stolen(void **state)
{
	static const enum companions policies[] = {COMPANIONS_BIND, COMPANIONS_CHECK};

	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct device d[] = {
			fake_device("vfio-pci", "gpu0", &gpu_option, 1),
			fake_device("vfio-pci-gk", "audio0", &audio_option, 1),
		};

		d[0].companions = policies[i];
		assert_int_equal(fake_settle(&k, d, r, 2, &fault), -EBUSY);
		assert_text(fault.text, "gpu0: IOMMU group 3 is not viable");
		assert_text(fault.text, "0000:01:00.1 (kept by the guest kernel for audio0)");
		assert_no_text(k.log, "0000:01:00.1");
	}
}

static void test_disk_in_the_group_is_never_stolen(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("blk", "02/01", NULL, 0),
	};

	fake_gpu(&k);
	fake_function(&k, FAKE_RP, "0000:01:01.0", "1af4:1042", "0x010000\n");
	fake_group(&k, "0000:01:01.0", "3");
	fake_disk(&k, FAKE_RP "/0000:01:01.0", "virtio4", "vda");
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), -EBUSY);
	assert_text(fault.text, "0000:01:01.0 (kept by the guest kernel for 02/01)");
	assert_true(r[1].ready);
}

static void test_group_without_a_list_of_members_is_used(void **state)
{
	fake_gpu(&k);
	fake_remove(&k, "sys/kernel/iommu_groups/3/devices/0000:01:00.0");
	fake_remove(&k, "sys/kernel/iommu_groups/3/devices");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_companion_of_another_device_is_waited_for_not_taken),
		FAKE_TEST(test_companion_with_a_driver_is_bound_too),
		FAKE_TEST(test_companion_without_a_driver_is_bound_too),
		FAKE_TEST(test_companion_without_a_driver_may_refuse),
		FAKE_TEST(test_refusal_of_a_companion_is_logged_once),
		FAKE_TEST(test_companion_that_cannot_be_unbound_fails_the_group),
		FAKE_TEST(test_companion_that_cannot_be_overridden_fails_the_group),
		FAKE_TEST(test_companions_check_fails_and_names_them_all),
		FAKE_TEST(test_companions_check_accepts_what_leaves_the_group_alone),
		FAKE_TEST(test_companions_ignore_looks_at_none),
		FAKE_TEST(test_bridge_in_the_group_is_never_bound),
		FAKE_TEST(test_bridge_with_a_foreign_driver_fails_the_group),
		FAKE_TEST(test_companion_that_the_guest_kernel_keeps_is_never_stolen),
		FAKE_TEST(test_disk_in_the_group_is_never_stolen),
		FAKE_TEST(test_group_without_a_list_of_members_is_used),
	};

	return RUN_TESTS(tests);
}
