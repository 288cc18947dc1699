/* SPDX-License-Identifier: Apache-2.0 */
/* The devices' part of the boot: dev/'s settle loop on the one event loop. */
#ifndef COLDINIT_DEVICES_DEVICES_H
#define COLDINIT_DEVICES_DEVICES_H

#include "init/boot.h"
#include "init/guest/modules.h"

/**
 * devices_add_words() - add the command line's coldinit.device= behind the manifest's devices
 *
 * Return: 0 or -errno with @fault set.
 */
int devices_add_words(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * devices_find() - load the drivers, set all devices up and wait for those that are not there yet
 *
 * Fills @b->verdict's results. From here on memory and CPUs that are plugged in are brought online.
 * Return: 0 or -errno with @fault set.
 */
int devices_find(struct boot *b, const struct modules *m, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * devices_patch() - update a spec for the devices that were found, and for the nodes that the guest
 * kernel made beside them
 *
 * Return: 0 or -errno as oci_patch(), with @fault set; @doc is untouched on failure.
 */
int devices_patch(struct boot *b, struct oci_document *doc, struct fault *fault) must_check
	nonnull(1, 2, 3);

/** devices_limit_s() - the longest that devices_find() may take, in seconds */
unsigned devices_limit_s(const struct boot *b) nonnull(1);

#endif
