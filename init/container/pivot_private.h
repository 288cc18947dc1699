/* SPDX-License-Identifier: Apache-2.0 */
/* The change from the guest's root to the container's. */
#ifndef COLDINIT_CONTAINER_PIVOT_PRIVATE_H
#define COLDINIT_CONTAINER_PIVOT_PRIVATE_H

#include "init/lib/fault.h"

/**
 * pivot_into() - make a mount the root of the mount namespace and detach the old root
 * @root: descriptor of the mount; rootfs_enter() has made it
 * @propagation: MS_… flags of linux.rootfsPropagation for mount(2), 0 for none
 * @fault: gets the error
 *
 * The working directory is "/" afterwards.
 * Return: 0, or the error of pivot_root(2) or another system call with @fault set.
 */
int pivot_into(int root, unsigned propagation, struct fault *fault) must_check nonnull(3);

#endif
