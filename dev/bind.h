/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding one PCI function to vfio-pci through driver_override, as driverctl does
 * (Documentation/ABI/testing/sysfs-bus-pci).
 */
#ifndef COLDINIT_DEV_BIND_H
#define COLDINIT_DEV_BIND_H

#include "dev/handler.h"
#include "dev/pci.h"

/**
 * struct binding - one function on its way to vfio-pci; zero but for the first three
 * @at, @name: the function, and as text
 * @late: it was plugged in while we waited: the kernel may still be adding it
 * @overridden, @probed: driver_override and drivers_probe have been written
 * @left: the driver that a helper was told to unbind
 */
struct binding {
	struct pci_address at;
	struct pci_address_text name;
	bool late;
	bool overridden, probed;
	char left[PCI_DRIVER_MAX];
};

/**
 * bind_vfio() - go as far as possible; to be called again after each wake-up
 *
 * Return: 0 when vfio-pci is bound, -EAGAIN after claim_wait(), else -errno with the claim's
 * fault set to what is bound instead.
 */
int bind_vfio(struct binding *b, struct claim *c, const struct dev_env *env) must_check
	nonnull(1, 2, 3);

/**
 * bind_explain() - drivers_probe went well and yet no driver is bound: say what is likely missing
 *
 * Return: -ENODEV, with the claim's fault set.
 */
int bind_explain(const struct binding *b, struct claim *c, const struct dev_env *env)
	nonnull(1, 2, 3);

#endif
