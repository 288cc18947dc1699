/* SPDX-License-Identifier: Apache-2.0 */
/* The change from the guest's root to the container's. */
#ifndef COLDINIT_CONTAINER_PIVOT_PRIVATE_H
#define COLDINIT_CONTAINER_PIVOT_PRIVATE_H

#include "init/lib/fault.h"

/**
 * pivot_into() - make @root the "/" of the mount namespace and drop all that was there before
 * @propagation: MS_… flags for mount(2) that it gets then, 0 for none
 *
 * Return: 0 or -errno with @fault set.
 */
int pivot_into(int root, unsigned propagation, struct fault *fault) must_check nonnull(3);

#endif
