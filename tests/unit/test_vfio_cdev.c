// SPDX-License-Identifier: Apache-2.0
/* Kernels with IOMMUFD: a node of each function, and /dev/iommu, in addition to the group's. */
#include <errno.h>
#include <string.h>

#include "tests/unit/support/fake_kernel.h"

static const char *options[] = {"0000:65:00.0=02/00", "0000:65:00.1=02/00.1"};

static int setup(void **state)
{
	fake_setup(state);
	fake_gpu(&k);
	return 0;
}

static void plug_nodes(void)
{
	fake_file(&k, "10:124\n", "sys/class/misc/iommu/dev");
	fake_file(&k, "511:0\n", FAKE_RP "/0000:01:00.0/vfio-dev/vfio0/dev");
}

static int settle_gpu(const char *container_path, size_t functions)
{
	struct device d = fake_device("vfio-pci", "gpu0", options, functions);

	d.container_path = container_path;
	return fake_settle(&k, &d, r, 1, &fault);
}

static void assert_node(const struct device_node *node, const char *path, unsigned major,
			unsigned minor)
{
	assert_string_equal(node->path, path);
	assert_int_equal(node->type, 'c');
	assert_int_equal(node->major, major);
	assert_int_equal(node->minor, minor);
}

static void test_nodes_come_beside_the_groups(void **state)
{
	plug_nodes();
	assert_int_equal(settle_gpu("/dev/vfio/65", 1), 0);
	assert_string_equal(r[0].node, "/dev/vfio/3");
	assert_int_equal(r[0].n_extra, 2);
	assert_node(&r[0].extra[0], "/dev/vfio/devices/vfio0", 511, 0);
	assert_node(&r[0].extra[1], "/dev/iommu", 10, 124);
	assert_text(k.log, "mknod dev/vfio/devices/vfio0 c 600 511:0\n"
			   "mknod dev/iommu c 600 10:124\n"
			   "mknod dev/vfio/3 c 600 244:3\n");
}

static void test_each_function_has_one(void **state)
{
	plug_nodes();
	fake_function(&k, FAKE_RP, "0000:01:00.1", "10de:22ba", "0x040300\n");
	fake_group(&k, "0000:01:00.1", "3");
	fake_file(&k, "511:7\n", FAKE_RP "/0000:01:00.1/vfio-dev/vfio7/dev");
	assert_int_equal(settle_gpu("/dev/vfio/65", 2), 0);
	assert_int_equal(r[0].n_extra, 3);
	assert_node(&r[0].extra[0], "/dev/vfio/devices/vfio0", 511, 0);
	assert_node(&r[0].extra[1], "/dev/vfio/devices/vfio7", 511, 7);
	assert_node(&r[0].extra[2], "/dev/iommu", 10, 124);
}

static void test_devices_share_the_iommus_node(void **state)
{
	struct device d[] = {
		fake_device("vfio-pci", "gpu0", options, 1),
		fake_device("vfio-pci", "audio0", &options[1], 1),
	};
	const char *made;

	plug_nodes();
	fake_function(&k, FAKE_RP, "0000:01:00.1", "10de:22ba", "0x040300\n");
	fake_group(&k, "0000:01:00.1", "3");
	fake_file(&k, "511:7\n", FAKE_RP "/0000:01:00.1/vfio-dev/vfio7/dev");
	assert_int_equal(fake_settle(&k, d, r, 2, &fault), 0);
	assert_node(&r[0].extra[1], "/dev/iommu", 10, 124);
	assert_node(&r[1].extra[1], "/dev/iommu", 10, 124);
	made = strstr(k.log, "mknod dev/iommu");
	assert_non_null(made);
	assert_null(strstr(made + 1, "mknod dev/iommu"));
}

static void test_without_iommufd_there_are_none(void **state)
{
	fake_file(&k, "511:0\n", FAKE_RP "/0000:01:00.0/vfio-dev/vfio0/dev");
	assert_int_equal(settle_gpu("/dev/vfio/65", 1), 0);
	assert_int_equal(r[0].n_extra, 0);
	assert_null(r[0].extra);
}

/* IOMMUFD without VFIO_DEVICE_CDEV: the device has a directory, but no number. */
static void test_without_numbers_there_are_none(void **state)
{
	plug_nodes();
	fake_remove(&k, FAKE_RP "/0000:01:00.0/vfio-dev/vfio0/dev");
	assert_int_equal(settle_gpu("/dev/vfio/65", 1), 0);
	assert_int_equal(r[0].n_extra, 0);
	assert_string_equal(r[0].node, "/dev/vfio/3");
}

static void test_container_may_ask_for_the_functions_node(void **state)
{
	plug_nodes();
	assert_int_equal(settle_gpu("/dev/vfio/devices/vfio65", 1), 0);
	assert_string_equal(r[0].node, "/dev/vfio/devices/vfio0");
	assert_string_equal(r[0].final_path, "/dev/vfio/devices/vfio0");
	assert_int_equal(r[0].node_type, 'c');
	assert_int_equal(r[0].major, 511);
	assert_int_equal(r[0].minor, 0);
	assert_string_equal(r[0].group, "3");
}

/* It is the host's spelling: the host has IOMMUFD, this kernel has not. */
static void test_functions_node_that_the_kernel_lacks_becomes_the_groups(void **state)
{
	char text[512];
	int log = fake_log();

	assert_int_equal(settle_gpu("/dev/vfio/devices/vfio65", 1), 0);
	fake_log_end(log, text, sizeof(text));
	assert_string_equal(r[0].node, "/dev/vfio/3");
	assert_string_equal(r[0].final_path, "/dev/vfio/3");
	assert_text(text, "gets the group's node, /dev/vfio/3, for /dev/vfio/devices/vfio65");
	assert_int_equal(r[0].n_extra, 0);
	/* Its program also needs this one. */
	fake_file(&k, "10:196\n", "sys/class/misc/vfio/dev");
	assert_int_equal(settle_gpu("/dev/vfio/devices/vfio65", 1), 0);
	assert_int_equal(r[0].n_extra, 1);
	assert_string_equal(r[0].extra[0].path, "/dev/vfio/vfio");
	assert_int_equal(r[0].extra[0].minor, 196);
	assert_text(text, "IOMMUFD");
}

static void test_kernel_without_groups_gives_the_functions_node(void **state)
{
	plug_nodes();
	k.late_node = true; /* never comes: sys/class/vfio does not exist */
	assert_int_equal(settle_gpu("/dev/vfio/65", 1), 0);
	assert_string_equal(r[0].node, "/dev/vfio/devices/vfio0");
}

static void test_node_that_comes_late_is_waited_for(void **state)
{
	struct device d = fake_device("vfio-pci", "gpu0", options, 1);
	struct settle *s;

	fake_file(&k, "10:124\n", "sys/class/misc/iommu/dev");
	fake_dir(&k, FAKE_RP "/0000:01:00.0/vfio-dev");
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	plug_nodes();
	fake_event(s, "add", "/devices/pci0000:00/x/vfio-dev/vfio0", "vfio-dev", 10);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_int_equal(r[0].n_extra, 2);
}

static void test_nodes_of_kernels_without_an_iommu_have_other_names(void **state)
{
	fake_file(&k, "10:124\n", "sys/class/misc/iommu/dev");
	fake_file(&k, "511:0\n", FAKE_RP "/0000:01:00.0/vfio-dev/noiommu-vfio0/dev");
	assert_int_equal(settle_gpu("/dev/vfio/65", 1), 0);
	assert_node(&r[0].extra[0], "/dev/vfio/devices/noiommu-vfio0", 511, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)
		TEST(test_nodes_come_beside_the_groups),
		TEST(test_each_function_has_one),
		TEST(test_devices_share_the_iommus_node),
		TEST(test_without_iommufd_there_are_none),
		TEST(test_without_numbers_there_are_none),
		TEST(test_container_may_ask_for_the_functions_node),
		TEST(test_functions_node_that_the_kernel_lacks_becomes_the_groups),
		TEST(test_kernel_without_groups_gives_the_functions_node),
		TEST(test_node_that_comes_late_is_waited_for),
		TEST(test_nodes_of_kernels_without_an_iommu_have_other_names),
	};

	return RUN_TESTS(tests);
}
