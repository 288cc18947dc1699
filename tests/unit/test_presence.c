// SPDX-License-Identifier: Apache-2.0
/* Devices that go away after they were set up. */
#include <errno.h>
#include <string.h>

#include "dev/presence.h"
#include "tests/unit/support/fake_kernel.h"

#define GPU "0000:01:00.0"

static struct device d;
static struct presence p;

/* Set one device up, as @d says. */
static void begin(void)
{
	d.required = true;
	assert_int_equal(fake_settle(&k, &d, r, 1, &fault), 0);
	p = (struct presence){.root = k.env.root, .devices = &d, .results = r, .n = 1};
}

static void begin_gpu(void)
{
	fake_gpu(&k);
	d = fake_device("vfio-pci", "gpu0", &gpu_option, 1);
	fake_dir(&k, "sys/dev/char/244:3");
	begin();
}

static void announce(const char *action, const char *devpath, const char *devname)
{
	struct uevent ev = {.action = action, .devpath = devpath, .devname = devname};

	presence_uevent(&p, &ev);
}

static void unplug_gpu(void)
{
	fake_remove(&k, "sys/bus/pci/devices/" GPU);
	announce("remove", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
}

static void unbind_gpu(void)
{
	fake_remove(&k, FAKE_RP "/" GPU "/driver");
	announce("unbind", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
}

static void test_removed_function_is_an_error(void **state)
{
	begin_gpu();
	unplug_gpu();
	assert_int_equal(p.err, -ENODEV);
	assert_text(p.fault.text, "gpu0: " GPU " was removed after it was set up");
	assert_string_equal(p.fault.expected, GPU);
	assert_string_equal(p.fault.found, "nothing");
}

static void test_driver_that_goes_away_is_an_error(void **state)
{
	begin_gpu();
	unbind_gpu();
	assert_int_equal(p.err, -ENODEV);
	assert_text(p.fault.text, "gpu0: " GPU " lost its driver after it was set up");
	assert_string_equal(p.fault.expected, "driver vfio-pci");
	assert_string_equal(p.fault.found, "no driver");
}

static void test_another_driver_is_an_error(void **state)
{
	begin_gpu();
	fake_remove(&k, FAKE_RP "/" GPU "/driver");
	fake_bind(&k, GPU, "nouveau");
	presence_rescan(&p);
	assert_int_equal(p.err, -ENODEV);
	assert_string_equal(p.fault.found, "nouveau");
}

static void test_node_that_goes_away_is_an_error(void **state)
{
	begin_gpu();
	fake_remove(&k, "sys/dev/char/244:3");
	announce("remove", "/devices/virtual/vfio/4", "vfio/4");
	assert_int_equal(p.err, 0);
	announce("remove", "/devices/virtual/vfio/3", "vfio/3");
	assert_int_equal(p.err, -ENODEV);
	assert_text(p.fault.text, "the device of /dev/vfio/3 was removed");
}

static void test_disk_that_goes_away_is_an_error(void **state)
{
	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "1af4:1042", "0x010000\n");
	fake_disk(&k, "sys/devices/pci0000:00/0000:00:0a.0", "virtio4", "vda");
	fake_dir(&k, "sys/dev/block/254:0");
	d = fake_device("blk", "0a", NULL, 0);
	begin();
	fake_remove(&k, "sys/dev/block/254:0");
	announce("remove", "/devices/pci0000:00/0000:00:0a.0/virtio4/block/vda", "vda");
	assert_text(p.fault.text, "/dev/vda was removed");
	p.err = 0;
	r[0].loss = DEVICE_PRESENT;
	fake_remove(&k, "sys/bus/pci/devices/0000:00:0a.0");
	announce("remove", "/devices/pci0000:00/0000:00:0a.0", "");
	assert_text(p.fault.text, "0000:00:0a.0 was removed");
}

static void test_driver_of_a_disk_that_goes_away_is_an_error(void **state)
{
	fake_function(&k, "sys/devices/pci0000:00", "0000:00:0a.0", "1af4:1042", "0x010000\n");
	fake_bind(&k, "0000:00:0a.0", "virtio-pci");
	fake_disk(&k, "sys/devices/pci0000:00/0000:00:0a.0", "virtio4", "vda");
	d = fake_device("blk", "0a", NULL, 0);
	begin();
	fake_bind(&k, "0000:00:0a.0", NULL);
	announce("unbind", "/devices/pci0000:00/0000:00:0a.0", "");
	assert_text(p.fault.text, "0000:00:0a.0 lost its driver");
	assert_string_equal(p.fault.expected, "driver virtio-pci");
}

/* Each function must keep the driver that it has, one without a driver none. */
static void test_second_function_of_the_guest_kernel(void **state)
{
	const char *options[] = {gpu_option, audio_option};

	fake_gpu(&k);
	fake_audio(&k, "snd_hda_intel");
	d = fake_device("vfio-pci-gk", "gpu0", options, 2);
	begin();
	presence_rescan(&p);
	assert_int_equal(p.err, 0);
	fake_bind(&k, "0000:01:00.1", NULL);
	announce("unbind", "/devices/pci0000:00/0000:00:02.0/0000:01:00.1", "");
	assert_text(p.fault.text, "0000:01:00.1 lost its driver");
	assert_string_equal(p.fault.expected, "driver snd_hda_intel");
}

/* Uevents are wake-ups: an old message changes nothing. */
static void test_sysfs_decides(void **state)
{
	begin_gpu();
	announce("remove", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
	announce("unbind", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
	presence_rescan(&p);
	assert_int_equal(p.err, 0);
	fake_remove(&k, "sys/bus/pci/devices/" GPU);
	announce("bind", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
	announce("remove", "/devices/pci0000:00/0000:00:02.0/0000:01:00.1", "");
	assert_int_equal(p.err, 0);
	presence_rescan(&p);
	assert_int_equal(p.err, -ENODEV);
}

static void test_a_loss_is_a_warning_while_the_container_runs(void **state)
{
	char text[512];
	int log;

	begin_gpu();
	p.running = true;
	log = fake_log();
	unplug_gpu();
	announce("remove", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
	fake_log_end(log, text, sizeof(text));
	assert_int_equal(p.err, 0);
	assert_text(text, "gpu0: " GPU " was removed");
	assert_null(strstr(strstr(text, "was removed") + 1, "was removed"));
}

static void test_a_removal_takes_the_place_of_the_loss_of_the_driver(void **state)
{
	begin_gpu();
	unbind_gpu();
	unplug_gpu();
	assert_int_equal(p.err, -ENODEV);
	assert_text(p.fault.text, "gpu0: " GPU " was removed after it was set up");
}

static void test_a_removal_is_reported_after_the_loss_of_the_driver(void **state)
{
	char text[512];
	int log;

	begin_gpu();
	p.running = true;
	log = fake_log();
	unbind_gpu();
	announce("unbind", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
	unplug_gpu();
	announce("remove", "/devices/pci0000:00/0000:00:02.0/" GPU, "");
	fake_log_end(log, text, sizeof(text));
	assert_text(text, "gpu0: " GPU " lost its driver");
	assert_text(strstr(text, "lost its driver"), "gpu0: " GPU " was removed");
	assert_null(strstr(strstr(text, "was removed") + 1, "was removed"));
	assert_null(strstr(strstr(text, "lost its driver") + 1, "lost its driver"));
}

static void test_a_loss_is_a_warning_for_a_device_that_is_not_required(void **state)
{
	begin_gpu();
	d.required = false;
	unbind_gpu();
	assert_int_equal(p.err, 0);
	assert_int_equal(r[0].loss, DEVICE_DRIVER_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_removed_function_is_an_error),
		FAKE_TEST(test_driver_that_goes_away_is_an_error),
		FAKE_TEST(test_another_driver_is_an_error),
		FAKE_TEST(test_node_that_goes_away_is_an_error),
		FAKE_TEST(test_disk_that_goes_away_is_an_error),
		FAKE_TEST(test_driver_of_a_disk_that_goes_away_is_an_error),
		FAKE_TEST(test_second_function_of_the_guest_kernel),
		FAKE_TEST(test_sysfs_decides),
		FAKE_TEST(test_a_loss_is_a_warning_while_the_container_runs),
		FAKE_TEST(test_a_removal_takes_the_place_of_the_loss_of_the_driver),
		FAKE_TEST(test_a_removal_is_reported_after_the_loss_of_the_driver),
		FAKE_TEST(test_a_loss_is_a_warning_for_a_device_that_is_not_required),
	};

	return RUN_TESTS(tests);
}
