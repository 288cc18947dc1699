/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel made of files: a temporary root with PCI functions, drivers and IOMMU groups in it. What
 * a write does comes from the simulation (init/tool/simulate.h), which "coldinit plan" uses, too.
 * Here are functions that plug things in, events, and failures. There is one kernel at a time.
 */
#ifndef COLDINIT_TESTS_FAKE_KERNEL_H
#define COLDINIT_TESTS_FAKE_KERNEL_H

#include "dev/handler.h"
#include "dev/settle.h"
#include "tests/unit/test.h"

/**
 * struct fake_kernel - the tree, and what goes wrong
 * @env: to work on it
 * @log: every requested change, one "path=text" or "mknod path c 1:2" a line
 * @refuse: NULL, or the address that vfio-pci does not bind to, though drivers_probe succeeds
 * @rebind: NULL, or the driver that drivers_probe binds in spite of the override
 * @group_on_bind: fake_group() gives the function its group when a driver binds (arm64,
 *	virtio-iommu)
 * @late_node: the VFIO group does not appear in sysfs with the binding; see fake_vfio_node()
 * @stuck: the writes of helper processes do not happen until fake_helpers_end()
 * @helper_error: the error of the writes of helper processes, 0 or -errno
 * @probe_error: the error of drivers_probe, 0 or -errno
 * @mknod_error: what mknod returns, 0 or -errno
 * @try_error: what a try of a VFIO group finds, at fake_helpers_end()
 * @written: NULL, or a function that is called after each successful write
 * @helpers: number of helper processes that were started
 * @helper: these processes
 */
struct fake_kernel {
	char dir[64];
	struct dev_env env;
	struct arena arena;
	char log[8192];
	const char *refuse, *rebind;
	bool group_on_bind, late_node, stuck;
	int helper_error, probe_error, mknod_error, try_error;
	void (*written)(struct fake_kernel *k, const char *path, const char *text);
	size_t helpers;
	struct {
		bool running;
		char path[256], text[64];
	} helper[8];
};

/* The kernel, the fault and the results of the test that runs; fake_setup() clears them. */
extern struct fake_kernel k;
extern struct fault fault;
extern struct device_result r[96];

/** fake_setup() - cmocka's setup: an empty kernel as fake_start() makes it */
int fake_setup(void **state);

/** fake_teardown() - cmocka's teardown */
int fake_teardown(void **state);

/** FAKE_TEST() - a test on an empty kernel */
#define FAKE_TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

/** fake_start() - an empty kernel with the PCI bus 0000:00 and the drivers vfio-pci, virtio-pci */
void fake_start(struct fake_kernel *kernel);

/** fake_stop() - remove the tree */
void fake_stop(struct fake_kernel *kernel);

/** fake_file() - make a file with this content, and its parent directories */
void fake_file(struct fake_kernel *kernel, const char *content, const char *fmt, ...)
	printf_like(3, 4);

/** fake_dir() - make a directory and its parents */
void fake_dir(struct fake_kernel *kernel, const char *fmt, ...) printf_like(2, 3);

/** fake_link() - make a symbolic link, unless it exists, and its parent directories */
void fake_link(struct fake_kernel *kernel, const char *target, const char *fmt, ...)
	printf_like(3, 4);

/** fake_remove() - remove a file, a link or an empty directory */
void fake_remove(struct fake_kernel *kernel, const char *fmt, ...) printf_like(2, 3);

/** fake_driver() - add a PCI driver */
void fake_driver(struct fake_kernel *kernel, const char *driver);

/**
 * fake_function() - plug a PCI function in
 * @parent: directory of the bus below the root, as "sys/devices/pci0000:00"
 * @ids: "vendor:device"
 * @class: as "0x030000"
 */
void fake_function(struct fake_kernel *kernel, const char *parent, const char *address,
		   const char *ids, const char *class);

/** fake_bridge() - plug a bridge in, with @bus ("0000:01") behind it */
void fake_bridge(struct fake_kernel *kernel, const char *parent, const char *address,
		 const char *bus);

/** fake_bind() - bind a driver, or none for NULL */
void fake_bind(struct fake_kernel *kernel, const char *address, const char *driver);

/** fake_group() - put a function into an IOMMU group */
void fake_group(struct fake_kernel *kernel, const char *address, const char *group);

/** fake_vfio_node() - the group's directory in sysfs, numbers 244:@group */
void fake_vfio_node(struct fake_kernel *kernel, const char *group);

/** fake_disk() - a virtio disk below a function: 254:0, with one partition */
void fake_disk(struct fake_kernel *kernel, const char *function_dir, const char *virtio,
	       const char *disk);

/** fake_helpers_end() - the writes of the helper processes happen, and the processes end */
void fake_helpers_end(struct fake_kernel *kernel, struct settle *s, uint64_t now);

/** fake_event() - pass a uevent to @s */
void fake_event(struct settle *s, const char *action, const char *devpath, const char *subsystem,
		uint64_t now);

/** fake_device() - request a device; its @n options must stay */
struct device fake_device(const char *type, const char *id, const char **options, size_t n);

/**
 * fake_settle() - scan once, then let every timeout expire without an event
 *
 * Return: what settle_begin() or settle_end() returns.
 */
int fake_settle(struct fake_kernel *kernel, const struct device *devices,
		struct device_result *results, size_t n, struct fault *error);

/** fake_settle_id() - fake_settle() of one device with an id and no options */
int fake_settle_id(const char *type, const char *id);

/** fake_settle_option() - fake_settle() of the device "gpu0" with one option */
int fake_settle_option(const char *type, const char *option);

/** fake_ops_trying - for env.ops: those of the kernel, with try_group() */
extern const struct dev_ops fake_ops_trying;

/** fake_log() - from now on keep the log. Return: the argument of fake_log_end(). */
int fake_log(void);

/** fake_log_end() - put what was logged into @text, which must have room, and end that */
void fake_log_end(int log, char *text, size_t size);

/**
 * fake_assert_type() - check the properties of a device type
 * @node: the container gets a node
 * @modules: the kernel modules that it needs, separated by blanks
 */
void fake_assert_type(const char *type, bool node, const char *modules);

/** fake_gpu() - a port at 0000:00:02.0 and a GPU 10de:2330 behind it, 0000:01:00.0, group 3 */
void fake_gpu(struct fake_kernel *kernel);

/** fake_audio() - the GPU's audio function 0000:01:00.1, same group, with a driver or NULL */
void fake_audio(struct fake_kernel *kernel, const char *driver);

/** fake_settle_gpu() - fake_settle() of the GPU as vfio-pci */
int fake_settle_gpu(enum companions policy);

/** FAKE_RP - the bus that fake_gpu() makes */
#define FAKE_RP "sys/devices/pci0000:00/0000:00:02.0"

/* Options for the GPU, its audio function, and a function that does not exist. */
extern const char *gpu_option, *audio_option, *none_option;

#endif
