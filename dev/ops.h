/* SPDX-License-Identifier: Apache-2.0 */
/* How dev/ reads and changes the system, so that it also works on a tree of plain files. */
#ifndef COLDINIT_DEV_OPS_H
#define COLDINIT_DEV_OPS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"

/**
 * struct dev_ops - the operations that change something; each path is below the root descriptor
 * @write: one write of a text to a file of sysfs; for "driver_override" @root is the directory of the
 *	function. Return: 0 or -errno.
 * @probe: write the address of a function to drivers_probe, which stays open in @fd (-1 before) for
 *	the next one. Return: as @write. NULL: @write does it.
 * @write_async: @write in a helper process, for writes that may block without limit (unbinding
 *	blocks while a process has the device open). Return: its pid or -errno. Its exit status is
 *	the errno of the write; the caller reports its end to settle_child().
 * @try_group: in a helper process, find out whether a container can use the VFIO group with
 *	the node @path. Return: as @write_async; the exit status is 0, the errno of what failed, or
 *	-VFIO_TRY_NOT_VIABLE. NULL if there is no kernel to try it on.
 * @mknod: make a device node and its parent directories. Return: 0, also if the same node exists,
 *	-EEXIST if something else has its name, or another -errno.
 */
struct dev_ops {
	int (*write)(int root, const char *path, const char *text);
	int (*probe)(int root, int *fd, const char *function);
	pid_t (*write_async)(int root, const char *path, const char *text);
	pid_t (*try_group)(int root, const char *path);
	int (*mknod)(int root, const char *path, mode_t mode, uint32_t major, uint32_t minor);
};

/**
 * struct dev_round - what the devices of one round of the settle loop share, so that it is looked up
 * once
 * @probe: descriptor of drivers_probe, -1 before the first use
 * @groups: descriptor of dev/vfio, -1 before the first use
 * @numbers: descriptor of sys/dev/char, -1 before the first use
 * @rescan: all devices are looked at, without a uevent or the end of a helper process as the reason
 * @remapping, @remapping_known: the machine remaps interrupts
 * @no_iommu: the kernel has no /dev/iommu
 * @iommu: the node /dev/iommu, NULL before the first use
 * @bridge: the directory of the bridge that a path led through last, "" before the first one
 * @bus: the bus behind it
 */
struct dev_round {
	int probe, groups, numbers;
	char bridge[128];
	struct pci_address bus;
	bool rescan, remapping, remapping_known, no_iommu;
	const struct device_node *iommu;
};

/**
 * struct dev_env - what the functions of dev/ work on
 * @root: descriptor of the root directory
 * @ops: the operations that change it
 * @round: of the settle loop, which sets it
 * @arena: results are allocated here
 * @timeout_ms: how long to wait for a device that gives no timeout
 * @allow_unsafe_interrupts: the policy unsafe_interrupts is "allow"
 * @drive: loads the modules for a modalias; NULL if there are none. Return: 1 if there was one,
 *	else 0, or -errno with the fault set
 * @drive_arg: its first argument
 * @releases: appended to messages about missing drivers, see struct modules' hint; NULL for none
 */
struct dev_env {
	int root;
	const struct dev_ops *ops;
	struct dev_round *round;
	struct arena *arena;
	uint32_t timeout_ms;
	bool allow_unsafe_interrupts;
	int (*drive)(void *arg, const char *modalias, struct fault *fault);
	void *drive_arg;
	const char *releases;
};

/** DEV_MANY - whether this build has the short cuts for many devices */
#ifdef CONFIG_MANY_DEVICES
#define DEV_MANY true
#else
#define DEV_MANY false
#endif

/** VFIO_TRY_NOT_VIABLE - what try_group() reports for a group that a driver keeps */
#define VFIO_TRY_NOT_VIABLE (-ENOTEMPTY)

/** dev_ops_live - the operations of a boot: they change what is below the root descriptor */
extern const struct dev_ops dev_ops_live;

#endif
