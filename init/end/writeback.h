/* SPDX-License-Identifier: Apache-2.0 */
/* Whether sync(2) makes progress: what the kernel still has to write. */
#ifndef COLDINIT_END_WRITEBACK_H
#define COLDINIT_END_WRITEBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"

/**
 * writeback_hold() - open what writeback_progresses() reads
 * @root: descriptor of "/"
 *
 * Without it there is no progress that could be seen. A failure is a warning.
 */
void writeback_hold(int root);

/**
 * writeback_progresses() - find out whether the kernel has written since the last call
 *
 * It must be WRITEBACK_STEP_KIB at least, and it counts WRITEBACK_STEPS times at most. The first
 * call only notes the state. Return: true if it has.
 */
bool writeback_progresses(void);

/** WRITEBACK_STEP_KIB - less than this in the time of a limit is no progress */
#define WRITEBACK_STEP_KIB 1024

/** WRITEBACK_STEPS - how often progress counts */
#define WRITEBACK_STEPS 12

/**
 * writeback_left() - read how much is left to write
 * @meminfo: content of /proc/meminfo
 * @kib: gets the sum of Dirty and Writeback, in KiB; untouched on failure
 *
 * Pure. Return: 0, or -EPROTO if one of them is missing.
 */
int writeback_left(const char *meminfo, uint64_t *kib) must_check nonnull(1, 2);

#endif
