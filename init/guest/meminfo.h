/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of the guest: what the container may use of it, and what stays for PID 1. */
#ifndef COLDINIT_GUEST_MEMINFO_H
#define COLDINIT_GUEST_MEMINFO_H

#include <stdint.h>

#include "init/lib/fault.h"

/**
 * meminfo_share() - how much memory the container may use
 * @root: descriptor of "/"
 * @reserve_mib: what stays for PID 1 and the kernel, in MiB (policy.reserve_mib)
 * @bytes: gets MemAvailable less the reserve
 * @fault: gets the error
 *
 * Follows the kernel's filesystems/proc.rst, meminfo.
 * Return: 0, or with @fault set -ENOMEM if less than the reserve is available, -EPROTO if
 * /proc/meminfo has no MemAvailable, or the error of reading it.
 */
int meminfo_share(int root, unsigned reserve_mib, uint64_t *bytes, struct fault *fault) must_check
	nonnull(3, 4);

/**
 * meminfo_resize() - let a tmpfs take a number of bytes more than it has now
 * @target: absolute path of the mount
 * @bytes: how many
 *
 * A file system of another type is left alone.
 * Return: 0, or the error of statfs(2), fspick(2) or fsconfig(2).
 */
int meminfo_resize(const char *target, uint64_t bytes) must_check nonnull(1);

#endif
