/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of the guest: what the container may use of it, and what stays for PID 1. */
#ifndef COLDINIT_GUEST_MEMINFO_H
#define COLDINIT_GUEST_MEMINFO_H

#include <stdint.h>

#include "init/lib/fault.h"

/** MEMINFO_MAX - size of a buffer for /proc/meminfo */
#define MEMINFO_MAX 4096

/**
 * meminfo_hold() - open /proc/meminfo for meminfo_read(), unless it is open
 * @root: descriptor of "/"
 *
 * Return: 0, or a negative errno of open(2).
 */
int meminfo_hold(int root) must_check;

/**
 * meminfo_read() - read the file that is open
 * @text: gets its content as of now
 *
 * Return: 0, or a negative errno of pread(2), -EBADF if it is not open.
 */
int meminfo_read(char text[MEMINFO_MAX]) must_check nonnull(1);

/**
 * meminfo_value() - find a value in the content of /proc/meminfo
 * @text: the content
 * @key: what the line begins with, its colon included
 * @kib: gets the value, in KiB
 *
 * Follows the kernel's filesystems/proc.rst, meminfo. Pure.
 * Return: 0, or -EPROTO if there is no such line or no number in it.
 */
int meminfo_value(const char *text, const char *key, uint64_t *kib) must_check nonnull(1, 2, 3);

/**
 * meminfo_share() - how much memory the container may use
 * @root: descriptor of "/"
 * @reserve_mib: what stays for PID 1 and the kernel, in MiB (policy.reserve_mib)
 * @bytes: gets MemAvailable less the reserve
 * @fault: gets the error
 *
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
