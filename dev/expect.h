/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest's "expect": which device and driver must be at a place. */
#ifndef COLDINIT_DEV_EXPECT_H
#define COLDINIT_DEV_EXPECT_H

#include "dev/device.h"
#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/** expect_check() - are the expected ids of the form "vendor:device"? Return: 0 or -EINVAL. */
int expect_check(const struct device *d, struct fault *fault) must_check nonnull(1, 2);

/**
 * expect_ids() - is the PCI function at @at one of the expected ones?
 *
 * Return: 0 if it is or nothing is expected, -ENODEV with @fault naming both if it is another,
 * else -errno with @fault set.
 */
int expect_ids(const struct device *d, int root, const struct pci_address *at,
	       struct fault *fault) must_check nonnull(1, 3, 4);

/** expect_no_ids() - for what is not on PCI. Return: 0, or -EINVAL with @fault if ids are expected
 */
int expect_no_ids(const struct device *d, struct fault *fault) must_check nonnull(1, 2);

/**
 * expect_driver() - is @driver the expected one?
 * @at: how messages name the place
 *
 * Return: 0, or -ENODEV with @fault set.
 */
int expect_driver(const struct device *d, const char *at, const char *driver,
		  struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
