/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding one PCI function to vfio-pci through driver_override, as driverctl does
 * (Documentation/ABI/testing/sysfs-bus-pci).
 */
#ifndef COLDINIT_DEV_BIND_H
#define COLDINIT_DEV_BIND_H

#include "dev/handler.h"
#include "dev/pci.h"

/** BIND_DRIVER - the driver that functions are bound to */
#define BIND_DRIVER "vfio-pci"

/** BIND_IOMMU_HINT - what to check when a function has no IOMMU group */
#define BIND_IOMMU_HINT "is the guest's vIOMMU on (intel_iommu=on, virtio-iommu and its module)?"

/** BIND_GROUP_MAX - room for the name of an IOMMU group, which is a number */
#define BIND_GROUP_MAX 32

/**
 * struct binding - one function on its way to vfio-pci; zero-initialise what is not known
 * @at, @name: the function's address, and the same as text
 * @late: it was plugged in while we waited, so the kernel may still be adding it
 * @overridden, @probed: driver_override and drivers_probe have been written
 * @left: the driver that a helper process was started to unbind
 * @group: name of its IOMMU group, read after the driver was bound
 * @group_err: of reading that, 0 or a negative errno
 */
struct binding {
	struct pci_address at;
	struct pci_address_text name;
	bool late;
	bool overridden, probed;
	char left[SYSFS_DRIVER_MAX];
	char group[BIND_GROUP_MAX];
	int group_err;
};

/**
 * bind_vfio() - go as far as possible; called again after each wake-up
 * @b: the binding
 * @c: the claim; its fault gets the error
 * @env: where
 * @dir: descriptor of the function's directory, which is closed here; -1 to open it
 *
 * Return: 0 when vfio-pci is bound; -EAGAIN after claim_wait(); -EBUSY or the errno of unbinding if
 * another driver stays bound; -EINVAL if the function is a bridge; -ENODEV if no driver is bound in
 * the end; else the errno of reading or writing sysfs.
 */
int bind_vfio(struct binding *b, struct claim *c, const struct dev_env *env, int dir) must_check
	nonnull(1, 2, 3);

/**
 * bind_explain() - put into the fault why vfio-pci did not bind although drivers_probe succeeded
 * @b: the binding
 * @c: the claim
 * @env: where
 *
 * Return: -ENODEV, or -EINVAL for a bridge.
 */
int bind_explain(const struct binding *b, struct claim *c, const struct dev_env *env)
	nonnull(1, 2, 3);

#endif
