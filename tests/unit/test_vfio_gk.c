// SPDX-License-Identifier: Apache-2.0
/* vfio-pci-gk: the driver's module by the modalias, and the node that the driver makes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/root.h"
#include "tests/unit/support/fake_kernel.h"

#define GPU    "0000:01:00.0"
#define GPU_AT "/devices/pci0000:00/0000:00:02.0/" GPU

static char loaded[256];  /* what was requested, one modalias a line */
static const char *binds; /* the driver that the module of the GPU has, NULL if it does not bind */

/* A module for the GPU, which makes a virtio device, and one for that. */
static int fake_drive(void *arg, const char *modalias, struct fault *f)
{
	size_t n = strlen(loaded);

	snprintf(loaded + n, sizeof(loaded) - n, "%s\n", modalias);
	if (!strcmp(modalias, "pci:broken"))
		return fault_set(f, -EINVAL, "the kernel refuses module broken");
	if (!strcmp(modalias, "virtio:net")) {
		fake_dir(&k, FAKE_RP "/" GPU "/virtio0/driver");
		return 1;
	}
	if (strcmp(modalias, "pci:gpu") != 0)
		return 0;
	if (binds && !root_exists(k.env.root, FAKE_RP "/" GPU "/driver")) {
		fake_bind(&k, GPU, binds);
		fake_file(&k, "virtio:net\n", FAKE_RP "/" GPU "/virtio0/modalias");
		fake_file(&k, "", FAKE_RP "/" GPU "/virtio0/uevent");
	}
	return 1;
}

static void begin(const char *modalias)
{
	loaded[0] = '\0';
	binds = "nvidia";
	fake_gpu(&k);
	fake_file(&k, "", FAKE_RP "/" GPU "/uevent");
	fake_file(&k, modalias, FAKE_RP "/" GPU "/modalias");
	k.env.drive = fake_drive;
	k.env.releases = "; the releases differ";
}

/* A device of the driver with a node. */
static void put_node(const char *name, const char *class, const char *devname, const char *numbers)
{
	char text[64], target[64];

	snprintf(text, sizeof(text), "MAJOR=1\nDEVNAME=%s\nX=1\n", devname);
	snprintf(target, sizeof(target), "/sys/class/%s", class);
	fake_dir(&k, "sys/class/%s", class);
	fake_file(&k, text, FAKE_RP "/" GPU "/%s/uevent", name);
	fake_file(&k, numbers, FAKE_RP "/" GPU "/%s/dev", name);
	fake_link(&k, target, FAKE_RP "/" GPU "/%s/subsystem", name);
}

static int settle_path(const char *path)
{
	struct device d = fake_device("vfio-pci-gk", "gpu0", &gpu_option, 1);

	d.container_path = path;
	return fake_settle(&k, &d, r, 1, &fault);
}

static void test_modules_of_the_function_and_of_what_is_below_are_loaded(void **state)
{
	begin("pci:gpu\n");
	assert_int_equal(settle_path(""), 0);
	assert_string_equal(r[0].driver, "nvidia");
	assert_string_equal(loaded, "pci:gpu\nvirtio:net\n");
	assert_true(r[0].us < 1000000);
}

static void test_function_with_a_driver_needs_no_module(void **state)
{
	begin("pci:gpu\n");
	fake_bind(&k, GPU, "nouveau");
	assert_int_equal(settle_path(""), 0);
	assert_string_equal(loaded, "");
}

static void test_missing_module_is_a_warning(void **state)
{
	char text[1024];
	int log;

	begin("pci:other\n");
	log = fake_log();
	assert_int_equal(settle_path(""), 0);
	fake_log_end(log, text, sizeof(text));
	assert_text(text, "gpu0: no driver is bound to " GPU ": no module of the initramfs");
	assert_text(text, "modalias pci:other");
	assert_text(text, "mkinitramfs --module NAME puts it into the image; the releases differ");
	assert_true(r[0].us < 1000000);
}

static void test_module_that_does_not_bind_is_a_warning_at_the_deadline(void **state)
{
	char text[1024];
	int log;

	begin("pci:gpu\n");
	binds = NULL;
	log = fake_log();
	assert_int_equal(settle_path(""), 0);
	fake_log_end(log, text, sizeof(text));
	assert_text(text, "its module is loaded but did not bind to it");
	assert_true(r[0].us >= 3000000);
}

static void test_missing_module_is_an_error_with_an_expected_driver(void **state)
{
	struct device d = fake_device("vfio-pci-gk", "gpu0", &gpu_option, 1);

	begin("pci:other\n");
	d.expect_driver = "nvidia";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -ETIME);
	assert_text(fault.text, "waited 3000 ms for driver nvidia to bind to " GPU);
	assert_text(fault.text, "modalias pci:other");
}

static void test_module_that_the_kernel_refuses_is_an_error(void **state)
{
	begin("pci:broken\n");
	assert_int_equal(settle_path(""), -EINVAL);
	assert_text(fault.text, "gpu0: the driver of " GPU ": the kernel refuses module broken");
}

/* An NVMe controller has three nodes and one with the host's kind of name. */
static void test_node_with_the_same_kind_of_name_is_given(void **state)
{
	static const struct {
		const char *path, *node;
		char type;
	} rows[] = {
		{"/dev/nvme3n1", "/dev/nvme0n1", 'b'}, {"/dev/nvme0n1", "/dev/nvme0n1", 'b'},
		{"/dev/nvme12", "/dev/nvme0", 'c'},    {"/dev/ng1n1", "/dev/ng0n1", 'c'},
		{"/dev/data", "/dev/nvme0n1", 'b'}, /* the only disk */
	};

	begin("pci:gpu\n");
	put_node("nvme/nvme0", "nvme", "nvme0", "240:0\n");
	put_node("nvme/nvme0/ng0n1", "nvme-generic", "ng0n1", "239:0\n");
	put_node("nvme/nvme0/nvme0n1", "block", "nvme0n1", "259:0\n");
	put_node("nvme/nvme0/nvme0n1/nvme0n1p1", "block", "nvme0n1p1", "259:1\n");
	fake_file(&k, "1\n", FAKE_RP "/" GPU "/nvme/nvme0/nvme0n1/nvme0n1p1/partition");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(settle_path(rows[i].path), 0);
		assert_string_equal(r[0].node, rows[i].node);
		assert_int_equal(r[0].node_type, rows[i].type);
		assert_string_equal(r[0].final_path, "");
	}
	assert_int_equal(r[0].major, 259);
}

static void test_node_in_a_directory_keeps_its_name(void **state)
{
	begin("pci:gpu\n");
	put_node("drm/card0", "drm", "dri/card0", "226:0\n");
	put_node("drm/renderD128", "drm", "dri/renderD128", "226:128\n");
	assert_int_equal(settle_path("/dev/dri/renderD129"), 0);
	assert_string_equal(r[0].node, "/dev/dri/renderD128");
	assert_int_equal(r[0].minor, 128);
	assert_text(k.log, "mknod dev/dri/renderD128 c");
}

static void test_several_nodes_are_an_error(void **state)
{
	begin("pci:gpu\n");
	put_node("nvme/nvme0n1", "block", "nvme0n1", "259:0\n");
	put_node("nvme/nvme0n2", "block", "nvme0n2", "259:1\n");
	assert_int_equal(settle_path("/dev/nvme1n1"), -ENOTUNIQ);
	assert_text(fault.text, "/dev/nvme0n1 (b)");
	assert_text(fault.text, "/dev/nvme0n2 (b)");
	assert_int_equal(settle_path("/dev/data"), -ENOTUNIQ);
	assert_string_equal(fault.expected, "one node for /dev/data");
}

static void test_no_node_is_an_error_at_the_deadline(void **state)
{
	begin("pci:gpu\n");
	assert_int_equal(settle_path("/dev/nvme1n1"), -ETIME);
	assert_text(fault.text, "waited 3000 ms for a node for /dev/nvme1n1");
	assert_text(fault.text, GPU ", which has no node");
}

static void test_node_that_appears_later_is_waited_for(void **state)
{
	struct device d = fake_device("vfio-pci-gk", "gpu0", &gpu_option, 1);
	struct settle *s;

	begin("pci:gpu\n");
	put_node("nvme/nvme0", "nvme", "nvme0", "240:0\n");
	d.container_path = "/dev/nvme3n1";
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	put_node("nvme/nvme0/nvme0n1", "block", "nvme0n1", "259:0\n");
	fake_event(s, "add", GPU_AT "/nvme/nvme0/nvme0n1", "block", 100);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(r[0].node, "/dev/nvme0n1");
}

/* Kata's runtime sends the host's group as the path; its config.json has no such node. */
static void test_path_of_a_vfio_group_is_a_warning(void **state)
{
	char text[512];
	int log;

	begin("pci:gpu\n");
	log = fake_log();
	assert_int_equal(settle_path("/dev/vfio/65"), 0);
	fake_log_end(log, text, sizeof(text));
	assert_int_equal(r[0].node_type, 0);
	assert_text(text, "does not get /dev/vfio/65");
}

static void test_path_without_a_function_is_an_error(void **state)
{
	const char *option = "0000:65:00.0=";
	struct device d = fake_device("vfio-pci-gk", "gpu0", &option, 1);

	d.container_path = "/dev/nvme0n1";
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), -EINVAL);
	assert_text(fault.text, "no node for container_path /dev/nvme0n1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_modules_of_the_function_and_of_what_is_below_are_loaded),
		FAKE_TEST(test_function_with_a_driver_needs_no_module),
		FAKE_TEST(test_missing_module_is_a_warning),
		FAKE_TEST(test_module_that_does_not_bind_is_a_warning_at_the_deadline),
		FAKE_TEST(test_missing_module_is_an_error_with_an_expected_driver),
		FAKE_TEST(test_module_that_the_kernel_refuses_is_an_error),
		FAKE_TEST(test_node_with_the_same_kind_of_name_is_given),
		FAKE_TEST(test_node_in_a_directory_keeps_its_name),
		FAKE_TEST(test_several_nodes_are_an_error),
		FAKE_TEST(test_no_node_is_an_error_at_the_deadline),
		FAKE_TEST(test_node_that_appears_later_is_waited_for),
		FAKE_TEST(test_path_of_a_vfio_group_is_a_warning),
		FAKE_TEST(test_path_without_a_function_is_an_error),
	};

	return RUN_TESTS(tests);
}
