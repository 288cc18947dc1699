/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel does when dev/ changes something, done to a tree of plain files. "coldinit plan"
 * uses it on recorded trees, and the unit tests on trees that they make.
 *
 * What a recorded tree does not say is assumed: a VFIO group without a node gets the next free
 * minor number, as in the kernel, and the major number of other groups, else 244 (a live kernel
 * chooses one of 234 to 254). A function without an IOMMU group, behind an IOMMU that makes groups
 * when a driver binds (virtio-iommu, SMMU), gets the group of its slot, else a new one.
 */
#ifndef COLDINIT_TOOL_SIMULATE_H
#define COLDINIT_TOOL_SIMULATE_H

#include "dev/ops.h"

/** simulated_ops - change nothing but files below the root descriptor */
extern const struct dev_ops simulated_ops;

/**
 * simulate_module() - make what sysfs contains once a module is loaded
 * @root: descriptor of the root directory
 * @name: the module
 *
 * A tree may have been recorded before the modules that a boot loads for its devices were loaded.
 *
 * Return: 0, or the errno of making the files.
 */
int simulate_module(int root, const char *name) must_check nonnull(2);

/**
 * simulate_unsafe_interrupts() - the parameter allow_unsafe_interrupts of vfio_iommu_type1 is set
 * @root: descriptor of the root directory
 *
 * Return: 0, or the errno of making the file.
 */
int simulate_unsafe_interrupts(int root) must_check;

#endif
