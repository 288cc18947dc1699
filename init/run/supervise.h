/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 9 and 10: launch the container, and supervise it until its last process has ended. */
#ifndef COLDINIT_RUN_SUPERVISE_H
#define COLDINIT_RUN_SUPERVISE_H

#include "init/container/container.h"
#include "init/guest/signals.h"
#include "init/run/stdio.h"

/**
 * struct run - one container while it runs; zero-initialise before use
 * @root: descriptor of "/"
 * @loop: the event loop
 * @signals: gets handlers for processes that end and for stop requests
 * @config: of the container
 * @arena: for container_start()
 * @rootfs: descriptor of the container's root
 * @stop_signal: asks the container to stop
 * @grace_s: seconds from the first stop request until SIGKILL
 * @check: called until the program runs: can it still? NULL for no check. Return: 0 or -errno with
 *	the fault set
 * @arg: first argument of @check
 * @container: its processes, cgroup and terminal
 * @runs: its program runs
 * @has_button: the power button is watched
 * @late: its launch was not finished at its deadline
 * @stopped_by: signal of the first stop request, 0 without one
 * @ended: its first process has ended
 * @wait_status: how that process ended, as waitpid(2) gives it
 * @kill_at: when the container is killed after a stop request (CLOCK_BOOTTIME, in microseconds),
 *	CLOCK_NEVER without a request
 * @stdio: its stdin, stdout and stderr, if it has no terminal
 */
struct run {
	int root, loop, rootfs;
	struct signals *signals;
	const struct oci_config *config;
	struct arena *arena;
	int stop_signal;
	unsigned grace_s;
	int (*check)(void *arg, struct fault *fault);
	void *arg;
	struct container container;
	bool runs, has_button, late, ended;
	int stopped_by, wait_status;
	uint64_t kill_at;
	struct stdio stdio;
};

/**
 * struct run_end - how the container ended
 * @status: exit status of its first process, 128 + @signal, or 125 to 127 for a failed launch
 * @signal: number of the signal that killed its first process, 0 for none
 * @oom: the kernel has killed one of its processes because there was no memory left
 * @stop_signal: signal that it got for a stop request, 0 without one
 * @killed: it was killed because it did not stop in time
 * @exec_us: when its program was executed (CLOCK_BOOTTIME, in microseconds), 0 if it was not
 * @exit_us: when its first process ended, 0 if the launch failed
 * @fault: why a launch failed, what @oom means, why @signal ended its first process
 */
struct run_end {
	int status, signal, stop_signal;
	bool oom, killed;
	uint64_t exec_us, exit_us;
	struct fault fault;
};

/**
 * supervise_launch() - start the container and wait until its program runs
 * @run: with root, loop, signals, config, arena, rootfs, stop_signal, grace_s, check and arg set
 * @end: gets exec_us, and on failure status, oom and fault
 *
 * On failure the container has been killed and its poststop hooks have run.
 * Return: 0, -ETIME at the deadline, -EINTR after a stop request, or -errno of @run->check,
 * container_start(), container_message(), the hooks and the event loop.
 */
int supervise_launch(struct run *run, struct run_end *end) must_check nonnull(1, 2);

/**
 * supervise_run() - pass signals to the container until it ends
 * @run: after supervise_launch()
 * @end: gets how it ended
 *
 * A stop request (SIGTERM, SIGINT, SIGQUIT, the power button) gives the container ten seconds; then
 * it is killed. Returns after its last process was killed and its poststop hooks have run.
 */
void supervise_run(struct run *run, struct run_end *end) nonnull(1, 2);

#endif
