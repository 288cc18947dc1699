/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest's "expect": which device and which driver must be at a place. */
#ifndef COLDINIT_DEV_EXPECT_H
#define COLDINIT_DEV_EXPECT_H

#include "dev/device.h"
#include "init/lib/compiler.h"
#include "init/lib/fault.h"

struct pci_ids;

/**
 * expect_check() - check that the expected ids have the form "vendor:device"
 * @d: the requested device
 * @fault: gets the error
 *
 * Return: 0 or -EINVAL.
 */
int expect_check(const struct device *d, struct fault *fault) must_check nonnull(1, 2);

/**
 * expect_matches() - compare the ids of a PCI function with the expected ones
 * @d: the requested device
 * @found: the function's ids
 *
 * Return: true if they are expected, also if the device expects no ids.
 */
bool expect_matches(const struct device *d, const struct pci_ids *found) nonnull(1, 2);

/**
 * expect_ids() - check that a PCI function has one of the expected ids
 * @d: the requested device
 * @root: descriptor of the root directory
 * @at: the function's address
 * @fault: gets the error
 *
 * Return: 0, also if the device expects no ids; -ENODEV if the function has others; else the error
 * of pci_read_ids().
 */
int expect_ids(const struct device *d, int root, const struct pci_address *at,
	       struct fault *fault) must_check nonnull(1, 3, 4);

/**
 * expect_no_ids() - refuse expected ids for a device that is not on PCI
 * @d: the requested device
 * @fault: gets the error
 *
 * Return: 0, or -EINVAL if it expects ids.
 */
int expect_no_ids(const struct device *d, struct fault *fault) must_check nonnull(1, 2);

/**
 * expect_driver() - check that a driver is the expected one
 * @d: the requested device
 * @at: how messages name the place
 * @driver: the driver that is bound, "" for none
 * @fault: gets the error
 *
 * Return: 0, also if the device expects no driver; -ENODEV if it expects another.
 */
int expect_driver(const struct device *d, const char *at, const char *driver,
		  struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
