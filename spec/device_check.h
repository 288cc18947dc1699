/* SPDX-License-Identifier: Apache-2.0 */
/* What a device of the manifest and one of the command line have in common. */
#ifndef COLDINIT_SPEC_DEVICE_CHECK_H
#define COLDINIT_SPEC_DEVICE_CHECK_H

#include "dev/device.h"
#include "init/lib/fault.h"

/** DEVICE_OPTIONS_MAX - the most options that one device may have */
#define DEVICE_OPTIONS_MAX 256

/** DEVICE_TIMEOUT_MAX - the longest timeout_ms: one hour */
#define DEVICE_TIMEOUT_MAX 3600000

/** companions_words - the words for enum companions, in its order, NULL-terminated */
extern const char *const companions_words[];

/** device_defaults() - a device of which nothing is said yet */
void device_defaults(struct device *d) nonnull(1);

/** device_check() - is it complete and well-formed? Return: 0, or -EINVAL with @fault set. */
int device_check(const struct device *d, struct fault *fault) must_check nonnull(1, 2);

/** path_is_safe() - an absolute path without a ".." in it? */
bool path_is_safe(const char *path) nonnull(1);

#endif
