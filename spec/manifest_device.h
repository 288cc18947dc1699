/* SPDX-License-Identifier: Apache-2.0 */
/* What a device of the manifest and a device of the command line have in common. */
#ifndef COLDINIT_SPEC_MANIFEST_DEVICE_H
#define COLDINIT_SPEC_MANIFEST_DEVICE_H

#include "dev/device.h"
#include "init/lib/fault.h"

/** DEVICE_OPTIONS_MAX - the most options of one device */
#define DEVICE_OPTIONS_MAX 256

/** DEVICE_TIMEOUT_MAX - the longest timeout_ms: one hour */
#define DEVICE_TIMEOUT_MAX 3600000

/** manifest_companions - the words for enum companions, in its order, NULL-terminated */
extern const char *const manifest_companions[];

/**
 * manifest_device_defaults() - a device without any key
 * @d: gets the defaults that the manifest's schema shows
 */
void manifest_device_defaults(struct device *d) nonnull(1);

/**
 * manifest_device_check() - check what no single key shows
 * @d: the device with all of its keys
 * @fault: gets the reason on failure
 *
 * It needs a type, something that identifies it (id, vm_path or options), and a container_path that
 * is manifest_path_is_safe() or "". Return: 0 or -EINVAL.
 */
int manifest_device_check(const struct device *d, struct fault *fault) must_check nonnull(1, 2);

#endif
