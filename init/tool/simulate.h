/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel does when dev/ changes something, done to a directory of files instead.
 *
 * Where a recorded tree does not say what would come, this is taken: a VFIO group without a node
 * gets the next free minor number, as the kernel gives them out, of the major number that other
 * groups have, else of 244 (a live kernel chooses one of 234 to 254). A function without an IOMMU
 * group, on an IOMMU that makes groups only when a driver binds (virtio-iommu, SMMU), gets the
 * group of its slot, else a new one.
 */
#ifndef COLDINIT_TOOL_SIMULATE_H
#define COLDINIT_TOOL_SIMULATE_H

#include "dev/handler.h"

/** simulated_ops - changes files below the root descriptor, never anything else */
extern const struct dev_ops simulated_ops;

/**
 * simulate_module() - what there is in sysfs once a module is loaded
 *
 * A recorded tree may be from before that: a boot loads what its devices need. Return: 0 or
 * -errno.
 */
int simulate_module(int root, const char *name) must_check nonnull(2);

#endif
