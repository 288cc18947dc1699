/* SPDX-License-Identifier: Apache-2.0 */
/* For errors about a PCI path at which the device is not: where the guest has endpoints. */
#ifndef COLDINIT_DEV_ENDPOINTS_H
#define COLDINIT_DEV_ENDPOINTS_H

#include "dev/device.h"
#include "init/lib/compiler.h"
#include "init/lib/fault.h"

#ifdef CONFIG_PCI_ENDPOINTS

/**
 * endpoints_add() - append the guest's PCI endpoints, with their paths and ids, to an error
 * @root: descriptor of the root directory
 * @d: the device that is missing; endpoints with its expected ids come first
 * @fault: one that is set
 */
void endpoints_add(int root, const struct device *d, struct fault *fault) nonnull(2, 3);

#else

static inline void endpoints_add(int root, const struct device *d, struct fault *fault)
{
	(void)root, (void)d, (void)fault;
}

#endif

#endif
