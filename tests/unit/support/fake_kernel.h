/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel made of files: a temporary root with PCI functions, drivers and IOMMU groups in it. What
 * a write does is the simulation's (init/tool/simulate.h), which "coldinit plan" uses, too; here
 * are what plugs things in, events, and failures. One at a time.
 */
#ifndef COLDINIT_TESTS_FAKE_KERNEL_H
#define COLDINIT_TESTS_FAKE_KERNEL_H

#include "dev/handler.h"
#include "dev/settle.h"

/**
 * struct fake_kernel - the tree and the script
 * @env: to work on it
 * @log: every change asked for, one "path=text" or "mknod path c 1:2" a line
 * @refuse: NULL, or the address that vfio-pci does not bind to, though drivers_probe says yes
 * @rebind: NULL, or the driver that drivers_probe binds whatever the override says
 * @group_on_bind: fake_group() gives the function its group when a driver binds (arm64,
 *	virtio-iommu)
 * @late_node: the VFIO group does not appear in sysfs with the binding; see fake_vfio_node()
 * @stuck: helpers' writes do not happen until fake_helpers_end()
 * @helper_error: what helpers' writes fail with, 0 or -errno
 * @mknod_error: what mknod returns, 0 or -errno
 * @written: NULL, or what else happens at each write that was done
 * @helpers: processes started
 */
struct fake_kernel {
	char dir[64];
	struct dev_env env;
	struct arena arena;
	char log[8192];
	const char *refuse, *rebind;
	bool group_on_bind, late_node, stuck;
	int helper_error, mknod_error;
	void (*written)(struct fake_kernel *k, const char *path, const char *text);
	size_t helpers;
	struct {
		bool running;
		char path[256], text[64];
	} helper[8];
};

/** fake_start() - an empty kernel with the PCI bus 0000:00 and the drivers vfio-pci, virtio-pci */
void fake_start(struct fake_kernel *k);

/** fake_stop() - remove the tree */
void fake_stop(struct fake_kernel *k);

/** fake_file() - make a file with this content, parents included */
void fake_file(struct fake_kernel *k, const char *content, const char *fmt, ...) printf_like(3, 4);

/** fake_dir() - make a directory, parents included */
void fake_dir(struct fake_kernel *k, const char *fmt, ...) printf_like(2, 3);

/** fake_link() - make a symbolic link, parents included */
void fake_link(struct fake_kernel *k, const char *target, const char *fmt, ...) printf_like(3, 4);

/** fake_remove() - remove a file or link */
void fake_remove(struct fake_kernel *k, const char *fmt, ...) printf_like(2, 3);

/** fake_driver() - have a PCI driver */
void fake_driver(struct fake_kernel *k, const char *driver);

/**
 * fake_function() - plug a PCI function in
 * @parent: directory of the bus below the root, as "sys/devices/pci0000:00"
 * @ids: "vendor:device"
 * @class: as "0x030000"
 */
void fake_function(struct fake_kernel *k, const char *parent, const char *address, const char *ids,
		   const char *class);

/** fake_bridge() - plug a bridge in, with @bus ("0000:01") behind it */
void fake_bridge(struct fake_kernel *k, const char *parent, const char *address, const char *bus);

/** fake_bind() - bind a driver, or none for NULL */
void fake_bind(struct fake_kernel *k, const char *address, const char *driver);

/** fake_group() - put a function into an IOMMU group */
void fake_group(struct fake_kernel *k, const char *address, const char *group);

/** fake_vfio_node() - the group's directory in sysfs, number 244:@group */
void fake_vfio_node(struct fake_kernel *k, const char *group);

/** fake_disk() - a virtio disk under a function: 254:0, with one partition */
void fake_disk(struct fake_kernel *k, const char *function_dir, const char *virtio,
	       const char *disk);

/** fake_helpers_end() - the helpers' writes happen and the helpers end */
void fake_helpers_end(struct fake_kernel *k, struct settle *s, uint64_t now);

/** fake_event() - tell @s of a uevent */
void fake_event(struct settle *s, const char *action, const char *devpath, const char *subsystem,
		uint64_t now);

/** fake_device() - ask for a device; its @n options must stay where they are */
struct device fake_device(const char *type, const char *id, const char **options, size_t n);

/**
 * fake_settle() - scan once, then let every deadline pass without an event
 *
 * Return: what settle_begin() or settle_end() says.
 */
int fake_settle(struct fake_kernel *k, const struct device *devices, struct device_result *results,
		size_t n, struct fault *fault);

/**
 * fake_assert_type() - check what the handler of a device type says of itself
 * @node: the container gets a node
 * @modules: the kernel modules that come first, separated by blanks
 */
void fake_assert_type(const char *type, bool node, const char *modules);

/** fake_gpu() - a port at 0000:00:02.0 and a GPU 10de:2330 behind it, 0000:01:00.0, group 3 */
void fake_gpu(struct fake_kernel *k);

/** FAKE_RP - the bus that fake_gpu() makes */
#define FAKE_RP "sys/devices/pci0000:00/0000:00:02.0"

#endif
