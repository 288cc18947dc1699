/* SPDX-License-Identifier: Apache-2.0 */
/* The five capability sets of the container's process (capabilities(7)). */
#ifndef COLDINIT_CONTAINER_CAPS_PRIVATE_H
#define COLDINIT_CONTAINER_CAPS_PRIVATE_H

#include <stdint.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * caps_bound() - drop capabilities from the bounding set of the calling process
 * @keep: the capabilities that stay; bit N is capability N
 * @fault: gets the error
 *
 * Follows prctl(2), PR_CAPBSET_DROP. Capabilities that the kernel does not know are skipped.
 * Return: 0, or -EPERM (no CAP_SETPCAP) with @fault set.
 */
int caps_bound(uint64_t keep, struct fault *fault) must_check nonnull(2);

/**
 * caps_ambient() - the ambient capabilities that the kernel grants
 * @sets: process.capabilities, one bit mask for each enum oci_capset
 *
 * The kernel raises an ambient capability only if it is permitted and inheritable too. Like other
 * runtimes, coldinit leaves out the rest and starts the container.
 * Return: the ambient capabilities of @sets that are in both other sets.
 */
uint64_t caps_ambient(const uint64_t sets[OCI_CAPSETS]) nonnull(1);

/**
 * caps_set() - set the effective, permitted, inheritable and ambient sets of the calling process
 * @sets: process.capabilities, one bit mask for each enum oci_capset
 * @fault: gets the error
 *
 * Call it after caps_bound() and after the change of the user. Follows capset(2) and prctl(2),
 * PR_CAP_AMBIENT. Logs when ambient capabilities are left out.
 * Return: 0, or with @fault set -EPERM if a set contains more than the kernel allows, or -EINVAL
 * for an ambient capability that the kernel does not know.
 */
int caps_set(const uint64_t sets[OCI_CAPSETS], struct fault *fault) must_check nonnull(1, 2);

#endif
