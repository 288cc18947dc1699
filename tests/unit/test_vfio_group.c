// SPDX-License-Identifier: Apache-2.0
/* The IOMMU group of VFIO devices: number, interrupts, node. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dev/pci.h"
#include "tests/unit/support/fake_kernel.h"

#define TYPE1_SWITCH   "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
#define IOMMUFD_SWITCH "sys/module/iommufd/parameters/allow_unsafe_interrupts"

static void test_function_without_a_group_is_an_error(void **state)
{
	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "vfio-pci");
	fake_remove(&k, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -ENODEV);
	assert_text(fault.text, "0000:01:00.0 has no IOMMU group");
	assert_text(fault.text, "intel_iommu=on");
	assert_text(fault.text, "virtio-iommu");
}

static void test_group_link_that_is_no_number_is_an_error(void **state)
{
	static const char *const bad[] = {"none", "3x", "-1", "99999999999", "0x3"};
	char target[64];

	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "vfio-pci");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		fake_remove(&k, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
		snprintf(target, sizeof(target), "/sys/kernel/iommu_groups/%s", bad[i]);
		fake_link(&k, target, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
		assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EINVAL);
		assert_text(fault.text, "is no number");
		assert_text(fault.text, bad[i]);
	}
	/* A directory instead of a link. */
	fake_remove(&k, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
	fake_dir(&k, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -ENODEV);
	assert_text(fault.text, "has no IOMMU group");
}

static void test_group_that_appears_with_the_driver_is_read_after_binding(void **state)
{
	k.group_on_bind = true;
	fake_gpu(&k);
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_string_equal(r[0].group, "3");
}

static void test_one_device_in_two_groups_is_an_error(void **state)
{
	const char *options[] = {gpu_option, audio_option};
	struct device d = fake_device("vfio-pci", "gpu0", options, 2);

	fake_gpu(&k);
	fake_function(&k, FAKE_RP, "0000:01:00.1", "10de:22ba", "0x040300\n");
	fake_group(&k, "0000:01:00.1", "14");
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
	assert_text(fault.text, "0000:01:00.1 is in IOMMU group 14, but 0000:01:00.0 in group 3");
	assert_string_equal(fault.expected, "0000:01:00.1 in IOMMU group 3");
	assert_string_equal(fault.found, "group 14");
}

static void test_two_devices_of_one_group_share_its_node(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("vfio-pci", "audio0", &audio_option, 1),
	};

	fake_gpu(&k);
	fake_audio(&k, NULL);
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), 0);
	assert_string_equal(r[0].node, "/dev/vfio/3");
	assert_string_equal(r[1].node, "/dev/vfio/3");
	assert_string_equal(r[0].guest, "0000:01:00.0");
	assert_string_equal(r[1].guest, "0000:01:00.1");
}

static int probe_fd;
static size_t opened;

static int probe(int root, int *fd, const char *function)
{
	if (*fd < 0) {
		*fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		opened++;
	}
	probe_fd = *fd;
	return k.env.ops->write(root, PCI_DRIVERS_PROBE, function);
}

static void test_drivers_probe_is_open_during_a_round(void **state)
{
	const char *both[] = {gpu_option, audio_option};
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", both, 2),
		fake_device("vfio-pci", "gpu1", &none_option, 1),
	};
	struct dev_ops ops = *k.env.ops;
	struct settle *s;

	ops.probe = probe;
	k.env.ops = &ops;
	fake_gpu(&k);
	fake_audio(&k, NULL);
	assert_int_equal(settle_begin(&s, &k.env, d, r, 2, 0, &fault), 0);
	assert_text(k.log, PCI_DRIVERS_PROBE "=0000:01:00.1\n");
	assert_int_equal(opened, 1);
	assert_int_equal(fcntl(probe_fd, F_GETFD), -1);
	fake_bridge(&k, "sys/devices/pci0000:00", "0000:00:03.0", "0000:02");
	fake_function(&k, "sys/devices/pci0000:00/0000:00:03.0", "0000:02:00.0", "10de:2330",
		      "0x030200\n");
	fake_group(&k, "0000:02:00.0", "4");
	settle_rescan(s, 10);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_int_equal(opened, 2);
}

/* virtio-iommu: the parent of its class device is a virtio device. */
static void behind_virtio_iommu(void)
{
	fake_link(&k, "/sys/bus/virtio", "sys/devices/virtio9/subsystem");
	fake_dir(&k, "sys/bus/virtio");
	fake_link(&k, "/sys/devices/virtio9", "sys/class/iommu/0000:00:05.0/device");
	fake_link(&k, "/sys/class/iommu/0000:00:05.0", "sys/bus/pci/devices/0000:01:00.0/iommu");
	fake_file(&k, "N\n", TYPE1_SWITCH);
}

static void test_unsafe_interrupts_are_refused_by_default(void **state)
{
	fake_gpu(&k);
	behind_virtio_iommu();
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EPERM);
	assert_text(fault.text, "virtio-iommu");
	assert_text(fault.text, "policy.unsafe_interrupts");
	assert_text(fault.expected, "interrupt remapping");
	assert_text(fault.found, "allow_unsafe_interrupts=N");
	assert_no_text(k.log, "allow_unsafe_interrupts");
}

/* There the ITS isolates interrupts with any IOMMU; a tree without this file is of another machine. */
static void test_interrupts_are_safe_on_arm64(void **state)
{
	fake_gpu(&k);
	behind_virtio_iommu();
	fake_dir(&k, "sys/devices/system/cpu/cpu0/regs/identification");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_no_text(k.log, "allow_unsafe_interrupts");
}

static void test_unsafe_interrupts_that_are_on_already_need_no_policy(void **state)
{
	fake_gpu(&k);
	behind_virtio_iommu();
	fake_file(&k, "Y\n", TYPE1_SWITCH);
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_no_text(k.log, "allow_unsafe_interrupts");
	fake_file(&k, "N\n", IOMMUFD_SWITCH);
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EPERM);
}

static void test_unsafe_interrupts_are_allowed_by_policy(void **state)
{
	fake_gpu(&k);
	behind_virtio_iommu();
	fake_file(&k, "N\n", IOMMUFD_SWITCH);
	k.env.allow_unsafe_interrupts = true;
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_text(k.log, TYPE1_SWITCH "=Y\n");
	assert_text(k.log, IOMMUFD_SWITCH "=Y\n");
}

static void test_unsafe_interrupts_without_a_switch_are_an_error(void **state)
{
	fake_gpu(&k);
	behind_virtio_iommu();
	fake_remove(&k, TYPE1_SWITCH);
	k.env.allow_unsafe_interrupts = true;
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EPERM);
	assert_text(fault.found, "neither vfio_iommu_type1 nor iommufd is loaded");
}

static void test_other_iommus_need_no_unsafe_interrupts(void **state)
{
	fake_gpu(&k);
	fake_dir(&k, "sys/devices/virtual/iommu/dmar0");
	fake_link(&k, "/sys/devices/virtual/iommu/dmar0", "sys/bus/pci/devices/0000:01:00.0/iommu");
	fake_file(&k, "N\n", TYPE1_SWITCH);
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	/* AMD's has a parent, too, but on PCI. */
	fake_link(&k, "/sys/bus/pci", "sys/devices/pci0000:00/0000:00:00.2/subsystem");
	fake_link(&k, "/sys/devices/pci0000:00/0000:00:00.2",
		  "sys/devices/virtual/iommu/dmar0/device");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_no_text(k.log, "allow_unsafe_interrupts");
}

static void test_group_bound_earlier_needs_no_uevent(void **state)
{
	fake_gpu(&k);
	fake_bind(&k, "0000:01:00.0", "vfio-pci");
	fake_vfio_node(&k, "3");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_string_equal(r[0].node, "/dev/vfio/3");
}

/* The node of devtmpfs has other numbers than the file "dev" here, so that the result shows its origin. */
static void test_numbers_of_the_node_count_if_sysfs_agrees(void **state)
{
	static const struct {
		const char *target, *number;
		mode_t type;
		uint32_t major;
	} rows[] = {
		{"../../devices/virtual/vfio/3", "0:0", S_IFCHR, 0},
		{"../../devices/virtual/vfio/3", "0:1", S_IFCHR, 244},
		{"../../devices/virtual/vfio/3", "0:0", S_IFREG, 244},
		{"../../devices/virtual/vfio/33", "0:0", S_IFCHR, 244},
		{"../../devices/virtual/misc/3", "0:0", S_IFCHR, 244},
		{"../../devices/pci0000:00/virtual/vfio/3", "0:0", S_IFCHR, 244},
	};
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", &gpu_option, 1),
		fake_device("vfio-pci", "gpu1", &none_option, 1),
	};

	d[1].required = false;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_teardown(state);
		fake_setup(state);
		fake_gpu(&k);
		fake_bind(&k, "0000:01:00.0", "vfio-pci");
		fake_vfio_node(&k, "3");
		fake_dir(&k, "dev/vfio");
		assert_int_equal(mknodat(k.env.root, "dev/vfio/3", rows[i].type | 0600, 0), 0);
		fake_link(&k, rows[i].target, "sys/dev/char/%s", rows[i].number);
		assert_int_equal(fake_settle(&k, d, r, 2, &fault), 0);
		assert_string_equal(r[0].node, "/dev/vfio/3");
		assert_int_equal(r[0].node_type, 'c');
		assert_int_equal(r[0].major, rows[i].major);
	}
}

static void test_node_that_comes_late_is_waited_for(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	struct settle *s;

	fake_gpu(&k);
	k.late_node = true;
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	fake_vfio_node(&k, "3");
	fake_event(s, "add", "/devices/virtual/vfio/33", "vfio", 5);
	fake_event(s, "add", "/devices/virtual/vfio/noiommu-3", "vfio", 5);
	fake_event(s, "remove", "/devices/virtual/vfio/3", "vfio", 5);
	fake_event(s, "add", "/devices/virtual/misc/3", "misc", 5);
	assert_int_equal(settle_pending(s), 1);
	fake_event(s, "add", "/devices/virtual/vfio/3", "vfio", 10);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_int_equal(r[0].minor, 3);
}

static void test_node_that_never_comes_fails_at_the_deadline(void **state)
{
	fake_gpu(&k);
	k.late_node = true;
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -ETIME);
	assert_text(fault.text, "waited 3000 ms for the VFIO group 3 (node /dev/vfio/3)");
}

static void test_node_without_numbers_is_an_error(void **state)
{
	static const char *const bad[] = {"",	     "244", "244:", ":3",
					  "244:3:1", "a:b", "-1:3", "99999999999:1"};

	fake_gpu(&k);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		fake_bind(&k, "0000:01:00.0", "vfio-pci");
		fake_file(&k, bad[i], "sys/devices/virtual/vfio/3/dev");
		assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EINVAL);
		assert_text(fault.text, "does not contain MAJOR:MINOR");
	}
}

static void test_node_that_cannot_be_made_is_an_error(void **state)
{
	fake_gpu(&k);
	k.mknod_error = -EEXIST;
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), -EEXIST);
	assert_text(fault.text, "cannot make the node /dev/vfio/3 (c 244:3): something else");
}

static void test_group_without_an_iommu_has_another_name(void **state)
{
	fake_gpu(&k);
	k.late_node = true;
	fake_file(&k, "vfio-noiommu\n", "sys/kernel/iommu_groups/3/name");
	fake_vfio_node(&k, "noiommu-3");
	assert_int_equal(fake_settle_gpu(COMPANIONS_BIND), 0);
	assert_string_equal(r[0].node, "/dev/vfio/noiommu-3");
	assert_string_equal(r[0].final_path, "/dev/vfio/noiommu-3");
	assert_string_equal(r[0].group, "3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_function_without_a_group_is_an_error),
		FAKE_TEST(test_group_link_that_is_no_number_is_an_error),
		FAKE_TEST(test_group_that_appears_with_the_driver_is_read_after_binding),
		FAKE_TEST(test_one_device_in_two_groups_is_an_error),
		FAKE_TEST(test_two_devices_of_one_group_share_its_node),
		FAKE_TEST(test_drivers_probe_is_open_during_a_round),
		FAKE_TEST(test_unsafe_interrupts_are_refused_by_default),
		FAKE_TEST(test_interrupts_are_safe_on_arm64),
		FAKE_TEST(test_unsafe_interrupts_that_are_on_already_need_no_policy),
		FAKE_TEST(test_unsafe_interrupts_are_allowed_by_policy),
		FAKE_TEST(test_unsafe_interrupts_without_a_switch_are_an_error),
		FAKE_TEST(test_other_iommus_need_no_unsafe_interrupts),
		FAKE_TEST(test_group_bound_earlier_needs_no_uevent),
		FAKE_TEST(test_numbers_of_the_node_count_if_sysfs_agrees),
		FAKE_TEST(test_node_that_comes_late_is_waited_for),
		FAKE_TEST(test_node_that_never_comes_fails_at_the_deadline),
		FAKE_TEST(test_node_without_numbers_is_an_error),
		FAKE_TEST(test_node_that_cannot_be_made_is_an_error),
		FAKE_TEST(test_group_without_an_iommu_has_another_name),
	};

	return RUN_TESTS(tests);
}
