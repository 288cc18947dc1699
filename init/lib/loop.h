/* SPDX-License-Identifier: Apache-2.0 */
/* The only event loop (epoll(7)): everything that coldinit waits for is one of its sources. */
#ifndef COLDINIT_LIB_LOOP_H
#define COLDINIT_LIB_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"

/**
 * struct loop_source - a file descriptor in the loop
 * @fd: stays the owner's
 * @ready: called when it can be read or written (see loop_watch()), or has hung up
 */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *source);
};

/**
 * loop_open() - make a loop without sources
 *
 * Return: its file descriptor, or epoll_create1(2)'s negative errno.
 */
int loop_open(void) must_check;

/**
 * loop_add() - add a source and call it when it can be read
 * @loop: of loop_open()
 * @source: must stay at its address until it is removed
 *
 * Return: 0, -EEXIST if it was added before, or another negative errno of epoll_ctl(2).
 */
int loop_add(int loop, struct loop_source *source) must_check nonnull(2);

/**
 * loop_watch() - choose what a source is called for; adds one that is not in the loop
 * @loop: of loop_open()
 * @source: as for loop_add()
 * @in: call it when it can be read
 * @out: call it when it can be written; with neither it is removed
 *
 * Return: 0, or a negative errno of epoll_ctl(2).
 */
int loop_watch(int loop, struct loop_source *source, bool in, bool out) must_check nonnull(2);

/**
 * loop_watch_edges() - call a source whenever its state changes, for reading or writing
 * @loop: of loop_open()
 * @source: as for loop_add(), one that is not in the loop
 *
 * For a source that hangs up for a while, such as a port that the host has closed: it would be
 * ready all that time. Return: 0, or a negative errno of epoll_ctl(2).
 */
int loop_watch_edges(int loop, struct loop_source *source) must_check nonnull(2);

/**
 * loop_add_end() - make a socket a source that is called when the other side has closed it
 * @loop: of loop_open()
 * @source: as for loop_add(), one that is not in the loop
 *
 * Messages do not wake the caller before; they can be read then. Return: as loop_add().
 */
int loop_add_end(int loop, struct loop_source *source) must_check nonnull(2);

/**
 * loop_remove() - remove a source, before its descriptor is closed
 * @loop: of loop_open()
 * @source: one that was added or not
 */
void loop_remove(int loop, struct loop_source *source) nonnull(2);

/**
 * loop_wait() - wait until one source is ready, and call it
 * @loop: of loop_open()
 * @deadline: microseconds of CLOCK_BOOTTIME, CLOCK_NEVER for none
 *
 * Return: 0 after a source was called, -ETIME at the deadline (also if one was called then), or
 * another negative errno of epoll_wait(2).
 */
int loop_wait(int loop, uint64_t deadline);

/**
 * loop_linger() - wait until a source is ready, and do not call it
 * @loop: of loop_open()
 * @ms: wait no longer than that, in milliseconds
 *
 * The next loop_wait() reports an error, if there is one.
 */
void loop_linger(int loop, unsigned ms);

#endif
