/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 9 and 10: from the clone of the container's first process to the end of its last one. */
#ifndef COLDINIT_RUN_SUPERVISE_H
#define COLDINIT_RUN_SUPERVISE_H

#include "init/container/container.h"
#include "init/guest/signals.h"

/**
 * struct run - one container while it runs; zero-initialise before use
 * @root: descriptor of "/"
 * @loop: the event loop
 * @signals: get handlers for processes that end and for stop requests
 * @config: what is launched
 * @rootfs: absolute path of the container's root
 * @container: as it is launched
 * @ended: its first process has ended
 * @wait_status: of that process, as waitpid(2) gives it
 * @kill_at: when a container that was asked to stop is killed (CLOCK_BOOTTIME, in microseconds),
 *	CLOCK_NEVER before
 */
struct run {
	int root, loop;
	struct signals *signals;
	const struct oci_config *config;
	const char *rootfs;
	struct container container;
	bool ended;
	int wait_status;
	uint64_t kill_at;
};

/**
 * struct run_end - how the container ended
 * @status: its exit status, 128 + @signal, or that of a failed launch: 125, 126 or 127
 * @signal: number of the signal that killed its first process, 0 for none
 * @oom: the kernel has killed a process of it because memory ran out
 * @fault: of a launch that failed, and of @oom
 * @exec_us, @exit_us: when its program was executed and when it ended (CLOCK_BOOTTIME, in
 *	microseconds), 0 if it did not
 */
struct run_end {
	int status, signal;
	bool oom;
	struct fault fault;
	uint64_t exec_us, exit_us;
};

/**
 * supervise_launch() - start the container and wait until its program runs
 * @run: with root, loop, signals, config and rootfs set
 * @end: gets exec_us, and status, oom and fault of a failure
 *
 * Return: 0, or -errno with the container killed and its poststop hooks run.
 */
int supervise_launch(struct run *run, struct run_end *end) must_check nonnull(1, 2);

/**
 * supervise_run() - forward signals and reap processes until the container ends
 * @run: launched
 * @end: gets how it ended
 */
void supervise_run(struct run *run, struct run_end *end) nonnull(1, 2);

#endif
