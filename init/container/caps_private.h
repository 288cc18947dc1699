/* SPDX-License-Identifier: Apache-2.0 */
/* The five capability sets (capabilities(7)). */
#ifndef COLDINIT_CONTAINER_CAPS_PRIVATE_H
#define COLDINIT_CONTAINER_CAPS_PRIVATE_H

#include <stdint.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/** caps_bound() - drop all but @keep from the bounding set. Return: 0 or -errno with @fault set. */
int caps_bound(uint64_t keep, struct fault *fault) must_check nonnull(2);

/**
 * caps_ambient() - the ambient capabilities that the kernel grants: those asked for which are
 * permitted and inheritable too; other runtimes leave the rest out in silence
 */
uint64_t caps_ambient(const uint64_t sets[OCI_CAPSETS]) nonnull(1);

/**
 * caps_set() - set the effective, permitted, inheritable and ambient sets of this process
 *
 * Return: 0 or -errno with @fault set.
 */
int caps_set(const uint64_t sets[OCI_CAPSETS], struct fault *fault) must_check nonnull(1, 2);

#endif
