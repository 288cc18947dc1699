/* SPDX-License-Identifier: Apache-2.0 */
/* The one event loop (epoll(7)): whatever coldinit waits for, it waits for here. */
#ifndef COLDINIT_LIB_LOOP_H
#define COLDINIT_LIB_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"

/** struct loop_source - a file descriptor and what to do when it can be read (or has hung up) */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *source);
};

/** loop_open() - make the loop. Return: its file descriptor or -errno. */
int loop_open(void) must_check;

/** loop_add() - watch a source, which must stay where it is. Return: 0 or -errno. */
int loop_add(int loop, struct loop_source *source) must_check nonnull(2);

/**
 * loop_watch() - change what a source is watched for, also one that is not watched yet
 * @in: call it when it can be read
 * @out: call it when it can be written; neither: do not watch it
 *
 * Return: 0 or -errno.
 */
int loop_watch(int loop, struct loop_source *source, bool in, bool out) must_check nonnull(2);

/** loop_remove() - stop watching a source, before its descriptor is closed */
void loop_remove(int loop, struct loop_source *source) nonnull(2);

/**
 * loop_wait() - wait for the sources once and call those that are ready
 * @deadline: microseconds of CLOCK_BOOTTIME, CLOCK_NEVER for none
 *
 * Return: 0 after a source was called, -ETIME at the deadline (also if one was called then), else
 * -errno.
 */
int loop_wait(int loop, uint64_t deadline);

#endif
