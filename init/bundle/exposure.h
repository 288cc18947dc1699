/* SPDX-License-Identifier: Apache-2.0 */
/* What a config.json gives away: the container can then reach the guest, and PID 1 in it. */
#ifndef COLDINIT_BUNDLE_EXPOSURE_H
#define COLDINIT_BUNDLE_EXPOSURE_H

#include "spec/oci.h"

#ifdef CONFIG_EXPOSURE

/**
 * exposure_warn() - name in one warning what gives the guest to the container (SECURITY.md)
 * @config: of the container
 *
 * Capabilities that reach the kernel, all devices, a writable /proc/sys or /proc/sysrq-trigger for
 * uid 0, a bind mount of the guest's "/" or /dev.
 */
void exposure_warn(const struct oci_config *config) nonnull(1);

#else

static inline void exposure_warn(const struct oci_config *config)
{
	(void)config;
}

#endif

#endif
