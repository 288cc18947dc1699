/* SPDX-License-Identifier: Apache-2.0 */
/* The container's clocks (time_namespaces(7)). */
#ifndef COLDINIT_CONTAINER_TIMENS_PRIVATE_H
#define COLDINIT_CONTAINER_TIMENS_PRIVATE_H

#include <stdint.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_TIME_NS

/**
 * timens_enter() - make a time namespace with linux.timeOffsets, and enter it
 * @config: nothing is done if its namespaces have no CLONE_NEWTIME
 * @fault: gets the error
 *
 * Needs the guest's /proc at /proc.
 * Return: 0, or with @fault set -EINVAL if the kernel has no time namespaces, or the error of
 * another system call.
 */
int timens_enter(const struct oci_config *config, struct fault *fault) must_check nonnull(1, 2);

/**
 * timens_guest_us() - the guest's CLOCK_BOOTTIME, in microseconds
 * @config: timens_enter() has entered its time namespace
 *
 * Return: microseconds since the guest has booted.
 */
uint64_t timens_guest_us(const struct oci_config *config) must_check nonnull(1);

#else

#include "init/lib/clock.h"

static inline int must_check timens_enter(const struct oci_config *config, struct fault *fault)
{
	(void)config, (void)fault;
	return 0;
}

static inline uint64_t must_check timens_guest_us(const struct oci_config *config)
{
	(void)config;
	return clock_us();
}

#endif

#endif
