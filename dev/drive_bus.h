/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices without a driver, on all buses, by what they are for: the place of a disk or a network
 * interface is often known only after its driver is bound. Only those that are plugged in and of a
 * kind that something waits for get their modules.
 */
#ifndef COLDINIT_DEV_DRIVE_BUS_H
#define COLDINIT_DEV_DRIVE_BUS_H

#include "dev/drive.h"

/* Kinds of devices, a set of bits: virtio devices by their type (VIRTIO 1.2, 5), then others. */
#define DRIVE_VIRTIO(type) (1ULL << (type))
#define DRIVE_PCI_NETWORK  (1ULL << 48) /* PCI functions by their class code */
#define DRIVE_PCI_STORAGE  (1ULL << 49)
#define DRIVE_PCI_NVME	   (1ULL << 50)
#define DRIVE_SCSI	   (1ULL << 51) /* what a SCSI host has found */
#define DRIVE_PMEM	   (1ULL << 52)
#define DRIVE_FW_CFG	   (1ULL << 53)
#define DRIVE_BUTTON	   (1ULL << 54)
#define DRIVE_AP	   (1ULL << 55) /* queues of crypto cards of s390x */
#define DRIVE_PANIC	   (1ULL << 56) /* pvpanic, which reports the guest's panic to the VMM */
#define DRIVE_PCI_ATA	   (1ULL << 57) /* many machines have such a controller without a disk */

#define DRIVE_VIRTIO_ANY ((1ULL << 48) - 1) /* devices on MMIO do not show what they are */
#define DRIVE_CONSOLE	 DRIVE_VIRTIO(3)
#define DRIVE_RNG	 DRIVE_VIRTIO(4)
#define DRIVE_VSOCK	 DRIVE_VIRTIO(19)
#define DRIVE_IOMMU	 DRIVE_VIRTIO(23)
#define DRIVE_SHARE	 DRIVE_VIRTIO(26)
#define DRIVE_NETWORK	 (DRIVE_VIRTIO(1) | DRIVE_PCI_NETWORK)
#define DRIVE_BLK	 DRIVE_VIRTIO(2)
#define DRIVE_SCSI_DISK	 (DRIVE_VIRTIO(8) | DRIVE_PCI_STORAGE | DRIVE_SCSI)
#define DRIVE_PMEM_DISK	 (DRIVE_VIRTIO(27) | DRIVE_PMEM)
#define DRIVE_DISK	 (DRIVE_BLK | DRIVE_SCSI_DISK | DRIVE_PCI_ATA | DRIVE_PMEM_DISK | DRIVE_PCI_NVME)

/**
 * drive_bus_kind() - what a device is for, by its modalias
 * @modalias: as sysfs has it
 *
 * Pure. Return: its kinds, 0 for one that nothing here waits for.
 */
uint64_t drive_bus_kind(const char *modalias) nonnull(1);

/**
 * drive_bus_named() - what a device of the firmware's tables is for, by its name
 * @name: in /sys/bus/acpi/devices, /sys/bus/platform/devices or /sys/bus/amba/devices
 *
 * Pure. Return: as drive_bus_kind().
 */
uint64_t drive_bus_named(const char *name) nonnull(1);

/**
 * drive_bus_disk() - which devices can have a disk, by the name of its node
 * @name: of the node, without "/dev/"
 *
 * Pure. Return: kinds.
 */
uint64_t drive_bus_disk(const char *name) nonnull(1);

/**
 * drive_bus_each() - call a function for each device of some kinds that has no driver
 * @root: descriptor of the root directory
 * @kinds: which devices
 * @fn: called with the device's directory, below the root, after the devices that it depends on
 * @arg: second argument of @fn
 *
 * Return: what @fn returned last, or the errno of reading a directory.
 */
int drive_bus_each(int root, uint64_t kinds, drive_fn *fn, void *arg) must_check nonnull(3);

#ifdef CONFIG_MODULES_ALIAS

/**
 * drive_bus_load() - load the modules for all devices of some kinds that have no driver
 * @env: where; without @env->drive nothing is loaded
 * @kinds: which devices
 * @fault: set on failure
 *
 * A driver makes devices that need drivers, too; these are looked for as well.
 * Return: 1 if there was a module for one of them, else 0, the error of @env->drive, or the errno
 * of reading sysfs.
 */
int drive_bus_load(const struct dev_env *env, uint64_t kinds, struct fault *fault) must_check
	nonnull(1, 3);

#else

static inline int must_check drive_bus_load(const struct dev_env *env, uint64_t kinds,
					    struct fault *fault)
{
	(void)env, (void)kinds, (void)fault;
	return 0;
}

#endif

/**
 * drive_bus_claim() - drive_bus_load() for a claim that waits for what the drivers make
 * @c: the claim, whose fault gets the error; each device that is added wakes it from now on
 * @env: where; without @env->drive nothing is loaded
 * @kinds: which devices
 *
 * Return: as drive_bus_load().
 */
int drive_bus_claim(struct claim *c, const struct dev_env *env, uint64_t kinds) must_check
	nonnull(1, 2);

/**
 * drive_bus_added() - check whether a uevent announces a device that may need a driver
 * @ev: the uevent
 *
 * Return: true if its bus is one of those that are searched.
 */
bool drive_bus_added(const struct uevent *ev) nonnull(1);

/**
 * drive_bus_explain() - say which device of some kinds has no driver, for a wait that has expired
 * @env: where; nothing is said without @env->drive
 * @kinds: which devices
 * @fault: its text gets one more sentence
 */
void drive_bus_explain(const struct dev_env *env, uint64_t kinds, struct fault *fault)
	nonnull(1, 3);

#endif
