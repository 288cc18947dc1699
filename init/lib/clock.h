/* SPDX-License-Identifier: Apache-2.0 */
/* Time as coldinit measures it. */
#ifndef COLDINIT_LIB_CLOCK_H
#define COLDINIT_LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

/** CLOCK_NEVER - a deadline that is never reached */
#define CLOCK_NEVER UINT64_MAX

/**
 * clock_us() - read the clock (CLOCK_BOOTTIME)
 *
 * Return: microseconds since the kernel started.
 */
static inline uint64_t clock_us(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

#endif
