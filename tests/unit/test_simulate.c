// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "init/lib/root.h"
#include "init/tool/simulate.h"
#include "tests/unit/test.h"

#define DEVICES "sys/bus/pci/devices/"
#define EDU	"0000:01:00.0"

struct tree {
	char path[64];
	int root;
};

static int setup(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));

	t->root = temp_root(t->path);
	put_dir(t->root, "sys/bus/pci/drivers/vfio-pci");
	put_dir(t->root, "sys/bus/pci/drivers/virtio-pci");
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct tree *t = *state;

	temp_root_remove(t->path, t->root);
	free(t);
	return 0;
}

static void put_function(int root, const char *address, const char *class, const char *group)
{
	char path[128], target[64];

	snprintf(path, sizeof(path), DEVICES "%s/class", address);
	put_file(root, path, class);
	snprintf(path, sizeof(path), DEVICES "%s/driver_override", address);
	put_file(root, path, "(null)\n");
	if (!group)
		return;
	snprintf(path, sizeof(path), DEVICES "%s/iommu_group", address);
	snprintf(target, sizeof(target), "/sys/kernel/iommu_groups/%s", group);
	put_link(root, path, target);
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%s/devices/%s", group, address);
	put_link(root, path, "/" DEVICES);
}

/* What driverctl writes. */
static int bind_to(int root, const char *address, const char *driver)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), DEVICES "%s/driver_override", address);
	err = simulated_ops.write(root, path, driver);
	return err ? err : simulated_ops.write(root, "sys/bus/pci/drivers_probe", address);
}

static void assert_link(int root, const char *address, const char *name, const char *leads_to)
{
	char found[64] = "";
	int err = root_link_name(root, found, sizeof(found), DEVICES "%s/%s", address, name);

	assert_int_equal(err, leads_to ? 0 : -ENOENT);
	assert_string_equal(found, leads_to ? leads_to : "");
}

static void assert_numbers(int root, const char *node, const char *numbers)
{
	char found[32] = "";

	assert_int_equal(root_read(root, found, sizeof(found), "sys/class/vfio/%s/dev", node) > 0,
			 numbers != NULL);
	assert_string_equal(found, numbers ? numbers : "");
}

static void test_binding_makes_the_node_of_the_group(void **state)
{
	int root = (*(struct tree **)state)->root;

	put_function(root, EDU, "0x00ff00", "3");
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_link(root, EDU, "driver", "vfio-pci");
	assert_numbers(root, "3", "244:0");
}

static void test_minor_numbers_count_up_and_a_group_has_one(void **state)
{
	int root = (*(struct tree **)state)->root;

	put_function(root, EDU, "0x00ff00", "7");
	put_function(root, "0000:01:00.1", "0x00ff00", "7");
	put_function(root, "0000:02:00.0", "0x00ff00", "2");
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_int_equal(bind_to(root, "0000:02:00.0", "vfio-pci"), 0);
	assert_int_equal(bind_to(root, "0000:01:00.1", "vfio-pci"), 0);
	assert_numbers(root, "7", "244:0");
	assert_numbers(root, "2", "244:1");
}

static void test_recorded_nodes_give_the_major_number(void **state)
{
	int root = (*(struct tree **)state)->root;

	put_file(root, "sys/devices/virtual/vfio/9/dev", "511:4\n");
	put_function(root, EDU, "0x00ff00", "3");
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_numbers(root, "3", "511:5");
}

static void test_probe_binds_only_what_is_asked_for_and_can_be(void **state)
{
	int root = (*(struct tree **)state)->root;

	put_function(root, "0000:00:01.0", "0x060400", "1");
	put_function(root, "0000:00:02.0", "0x00ff00", "2");
	put_function(root, "0000:00:03.0", "0x00ff00", "3");
	assert_int_equal(bind_to(root, "0000:00:01.0", "vfio-pci"), 0);
	assert_link(root, "0000:00:01.0", "driver", NULL);
	assert_int_equal(bind_to(root, "0000:00:02.0", "(null)"), 0);
	assert_link(root, "0000:00:02.0", "driver", NULL);
	assert_int_equal(bind_to(root, "0000:00:03.0", "no-such-driver"), 0);
	assert_link(root, "0000:00:03.0", "driver", NULL);
	assert_int_equal(simulated_ops.write(root, "sys/bus/pci/drivers_probe", "0000:00:04.0"),
			 -ENODEV);
}

static void test_override_is_replaced_whole(void **state)
{
	int root = (*(struct tree **)state)->root;
	char text[32];

	put_function(root, EDU, "0x00ff00", "3");
	assert_int_equal(simulated_ops.write(root, DEVICES EDU "/driver_override", "a-long-name"),
			 0);
	assert_int_equal(simulated_ops.write(root, DEVICES EDU "/driver_override", "short"), 0);
	assert_true(root_read(root, text, sizeof(text), DEVICES EDU "/driver_override") > 0);
	assert_string_equal(text, "short");
}

static void test_a_bound_function_stays_until_it_is_unbound(void **state)
{
	int root = (*(struct tree **)state)->root, status = 0;
	pid_t pid;

	put_function(root, EDU, "0x00ff00", "3");
	put_link(root, DEVICES EDU "/driver", "/sys/bus/pci/drivers/virtio-pci");
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_link(root, EDU, "driver", "virtio-pci");
	assert_int_equal(simulated_ops.write(root, "sys/bus/pci/drivers/vfio-pci/unbind", EDU),
			 -ENODEV);
	pid = simulated_ops.write_async(root, "sys/bus/pci/drivers/virtio-pci/unbind", EDU);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_link(root, EDU, "driver", NULL);
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_link(root, EDU, "driver", "vfio-pci");
}

static void test_helpers_end_in_their_order(void **state)
{
	int root = (*(struct tree **)state)->root, status;
	pid_t pids[8];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = simulated_ops.write_async(root, "sys/a/scan", "1");
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		assert_int_equal(wait(&status), pids[i]);
}

static void test_without_an_iommu_nothing_binds(void **state)
{
	int root = (*(struct tree **)state)->root;

	put_function(root, EDU, "0x00ff00", NULL);
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_link(root, EDU, "driver", NULL);
	/* These IOMMUs give all functions their groups when they start. */
	put_link(root, "sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0");
	put_link(root, "sys/class/iommu/ivhd0", "../../devices/virtual/iommu/ivhd0");
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_link(root, EDU, "driver", NULL);
}

static void test_an_iommu_that_groups_late_groups_by_slot(void **state)
{
	int root = (*(struct tree **)state)->root;

	put_link(root, "sys/class/iommu/0000:00:02.0", "../../devices/virtio0/iommu/0000:00:02.0");
	put_function(root, "0000:00:08.0", "0x060400", "0");
	put_function(root, EDU, "0x00ff00", NULL);
	put_function(root, "0000:01:00.1", "0x00ff00", NULL);
	put_function(root, "0000:02:00.0", "0x00ff00", NULL);
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_int_equal(bind_to(root, "0000:01:00.1", "vfio-pci"), 0);
	assert_int_equal(bind_to(root, "0000:02:00.0", "vfio-pci"), 0);
	assert_link(root, EDU, "iommu_group", "1");
	assert_link(root, "0000:01:00.1", "iommu_group", "1");
	assert_link(root, "0000:02:00.0", "iommu_group", "2");
	assert_link(root, EDU, "iommu", "0000:00:02.0");
	assert_int_equal(root_exists(root, "sys/kernel/iommu_groups/1/devices/0000:01:00.1/class"),
			 1);
}

static void test_noiommu_mode_makes_groups_of_its_own(void **state)
{
	int root = (*(struct tree **)state)->root;
	char name[32];

	put_file(root, "sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
	put_function(root, EDU, "0x00ff00", NULL);
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_link(root, EDU, "iommu_group", "0");
	assert_true(root_read(root, name, sizeof(name), "sys/kernel/iommu_groups/0/name") > 0);
	assert_string_equal(name, "vfio-noiommu");
	assert_numbers(root, "noiommu-0", "244:0");
}

static void test_iommufd_gives_functions_a_device(void **state)
{
	int root = (*(struct tree **)state)->root;
	char numbers[16];

	put_dir(root, "sys/class/misc/iommu");
	put_dir(root, "sys/class/vfio-dev/vfio4");
	put_function(root, EDU, "0x00ff00", "3");
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_true(root_read(root, numbers, sizeof(numbers), DEVICES EDU "/vfio-dev/vfio5/dev") >
		    0);
	assert_string_equal(numbers, "243:5");
}

static void test_a_function_keeps_the_device_that_was_recorded(void **state)
{
	int root = (*(struct tree **)state)->root;
	char numbers[16];

	put_dir(root, "sys/class/misc/iommu");
	put_file(root, DEVICES EDU "/vfio-dev/vfio0/dev", "511:0\n");
	put_function(root, EDU, "0x00ff00", "3");
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_true(root_read(root, numbers, sizeof(numbers), DEVICES EDU "/vfio-dev/vfio0/dev") >
		    0);
	assert_string_equal(numbers, "511:0");
	assert_false(root_exists(root, DEVICES EDU "/vfio-dev/vfio1"));
}

static void test_iommufd_gives_none_without_an_iommu(void **state)
{
	int root = (*(struct tree **)state)->root;

	put_dir(root, "sys/class/misc/iommu");
	put_file(root, "sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
	put_function(root, EDU, "0x00ff00", NULL);
	assert_int_equal(bind_to(root, EDU, "vfio-pci"), 0);
	assert_int_equal(root_exists(root, DEVICES EDU "/vfio-dev/noiommu-vfio0"), 1);
	assert_false(root_exists(root, DEVICES EDU "/vfio-dev/noiommu-vfio0/dev"));
}

static void test_scans_and_nodes_change_nothing(void **state)
{
	int root = (*(struct tree **)state)->root;

	assert_int_equal(simulated_ops.write(root, "sys/bus/ap/scans", "1"), 0);
	assert_int_equal(simulated_ops.write(root, "sys/class/scsi_host/host0/scan", "0 1 2"), 0);
	assert_int_equal(simulated_ops.mknod(root, "dev/vfio/3", S_IFCHR | 0600, 244, 0), 0);
	assert_false(root_exists(root, "dev"));
	assert_int_equal(simulated_ops.write(root, "sys/no/such/file", "1"), -ENOENT);
}

static void test_modules_bring_what_handlers_look_for(void **state)
{
	int root = (*(struct tree **)state)->root;
	static const char type1[] =
		"sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
	char value[4];

	assert_int_equal(simulate_module(root, "vfio_iommu_type1"), 0);
	assert_int_equal(root_read(root, value, sizeof(value), "%s", type1), 1);
	assert_string_equal(value, "N");
	put_file(root, type1, "Y\n");
	assert_int_equal(simulate_module(root, "vfio_iommu_type1"), 0);
	assert_int_equal(root_read(root, value, sizeof(value), "%s", type1), 1);
	assert_string_equal(value, "Y");
	assert_int_equal(simulate_module(root, "virtio_blk"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
		TEST(binding_makes_the_node_of_the_group),
		TEST(minor_numbers_count_up_and_a_group_has_one),
		TEST(recorded_nodes_give_the_major_number),
		TEST(probe_binds_only_what_is_asked_for_and_can_be),
		TEST(override_is_replaced_whole),
		TEST(a_bound_function_stays_until_it_is_unbound),
		TEST(helpers_end_in_their_order),
		TEST(without_an_iommu_nothing_binds),
		TEST(an_iommu_that_groups_late_groups_by_slot),
		TEST(noiommu_mode_makes_groups_of_its_own),
		TEST(iommufd_gives_functions_a_device),
		TEST(a_function_keeps_the_device_that_was_recorded),
		TEST(iommufd_gives_none_without_an_iommu),
		TEST(scans_and_nodes_change_nothing),
		TEST(modules_bring_what_handlers_look_for),
	};

	return RUN_TESTS(tests);
}
