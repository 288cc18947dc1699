// SPDX-License-Identifier: Apache-2.0
/* Can the container use the VFIO group? The kernel is asked if there is a doubt. */
#include <errno.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

#define TYPE1_SWITCH "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"

/* Set the GPU up; the try of its group has the result @error. */
static int settle_gpu(int error)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;

	k.env.ops = &fake_ops_trying;
	k.try_error = error;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	fake_helpers_end(&k, s, 100);
	assert_int_equal(settle_pending(s), 0);
	return settle_end(s, &fault);
}

static void begin(const char *interrupts)
{
	fake_gpu(&k);
	fake_dir(&k, "sys/devices/virtual/iommu/dmar0");
	fake_link(&k, "/sys/devices/virtual/iommu/dmar0", FAKE_RP "/0000:01:00.0/iommu");
	fake_file(&k, interrupts, "proc/interrupts");
	fake_file(&k, "N\n", TYPE1_SWITCH);
}

#define REMAPPED "           CPU0\n   0:  9  IR-IO-APIC  2-edge  timer\n"
#define PLAIN	 "           CPU0\n   0:  9  IO-APIC  2-edge  timer\n"

static void test_remapped_interrupts_leave_no_doubt(void **state)
{
	begin(REMAPPED);
	assert_int_equal(settle_gpu(-EPERM), 0);
	assert_no_text(k.log, "try");
}

/* Of a long list the kernel formats only the first line. */
static void test_first_interrupt_says_it_alone(void **state)
{
	begin("");
	fake_file(&k, "IR-IO-APIC\n", "sys/kernel/irq/0/chip_name");
	assert_int_equal(settle_gpu(-EPERM), 0);
	assert_no_text(k.log, "try");
}

static void test_first_interrupt_may_have_another_controller(void **state)
{
	begin(REMAPPED);
	fake_file(&k, "XT-PIC\n", "sys/kernel/irq/0/chip_name");
	assert_int_equal(settle_gpu(-EPERM), 0);
	assert_no_text(k.log, "try");
}

static void test_controller_without_remapping_is_a_doubt(void **state)
{
	begin(PLAIN);
	fake_file(&k, "IO-APIC\n", "sys/kernel/irq/0/chip_name");
	assert_int_equal(settle_gpu(0), 0);
	assert_text(k.log, "try dev/vfio/3\n");
}

static void test_group_that_can_be_used_is_accepted(void **state)
{
	begin(PLAIN);
	assert_int_equal(settle_gpu(0), 0);
	assert_text(k.log, "try dev/vfio/3\n");
	assert_string_equal(r[0].node, "/dev/vfio/3");
}

/* As virtio-iommu on arm64, whose ITS isolates interrupts. */
static void test_the_name_of_the_iommu_does_not_count(void **state)
{
	begin(PLAIN);
	fake_link(&k, "/sys/bus/virtio", "sys/devices/virtual/iommu/dmar0/device/subsystem");
	assert_int_equal(settle_gpu(0), 0);
}

static void test_group_that_the_kernel_refuses_is_an_error(void **state)
{
	begin(PLAIN);
	assert_int_equal(settle_gpu(-EPERM), -EPERM);
	assert_text(fault.text,
		    "gpu0: the IOMMU of 0000:01:00.0 (dmar0) does not remap interrupts");
	assert_text(fault.text, "policy.unsafe_interrupts to \"allow\"");
	assert_string_equal(fault.found, "dmar0, allow_unsafe_interrupts=N");
}

static void test_policy_allows_unsafe_interrupts(void **state)
{
	begin(PLAIN);
	k.env.allow_unsafe_interrupts = true;
	assert_int_equal(settle_gpu(-EPERM), 0);
	assert_text(k.log, TYPE1_SWITCH "=Y\n");
}

static void test_bridge_driver_that_keeps_the_group_is_an_error(void **state)
{
	begin(REMAPPED);
	fake_bind(&k, "0000:00:02.0", "shpchp");
	fake_group(&k, "0000:00:02.0", "3");
	assert_int_equal(settle_gpu(-ENOTEMPTY), -EBUSY);
	assert_text(fault.text, "IOMMU group 3 is not viable, says the kernel");
	assert_text(fault.text, "0000:00:02.0 (driver shpchp)");
	assert_text(fault.members, "0000:00:02.0");
}

static void test_bridge_driver_that_leaves_the_group_is_accepted(void **state)
{
	begin(REMAPPED);
	fake_bind(&k, "0000:00:02.0", "shpchp");
	fake_group(&k, "0000:00:02.0", "3");
	assert_int_equal(settle_gpu(0), 0);
	assert_text(k.log, "try");
}

static void test_failed_try_is_a_warning(void **state)
{
	char text[256];
	int log;

	begin(PLAIN);
	log = fake_log();
	assert_int_equal(settle_gpu(-EIO), 0);
	fake_log_end(log, text, sizeof(text));
	assert_text(text, "VFIO group 3 could not be tried: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_remapped_interrupts_leave_no_doubt),
		FAKE_TEST(test_first_interrupt_says_it_alone),
		FAKE_TEST(test_first_interrupt_may_have_another_controller),
		FAKE_TEST(test_controller_without_remapping_is_a_doubt),
		FAKE_TEST(test_group_that_can_be_used_is_accepted),
		FAKE_TEST(test_the_name_of_the_iommu_does_not_count),
		FAKE_TEST(test_group_that_the_kernel_refuses_is_an_error),
		FAKE_TEST(test_policy_allows_unsafe_interrupts),
		FAKE_TEST(test_bridge_driver_that_keeps_the_group_is_an_error),
		FAKE_TEST(test_bridge_driver_that_leaves_the_group_is_accepted),
		FAKE_TEST(test_failed_try_is_a_warning),
	};

	return RUN_TESTS(tests);
}
