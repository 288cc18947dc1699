/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that run in the guest: prestart, createRuntime, poststart and poststop. A helper process
 * runs them and waits for them; PID 1 gets its result through the event loop.
 */
#ifndef COLDINIT_RUN_GUEST_HOOKS_H
#define COLDINIT_RUN_GUEST_HOOKS_H

#include "init/lib/loop.h"
#include "init/run/supervise.h"

/**
 * struct hook_run - one helper process and its hooks; zero-initialise before use
 * @result: the pipe from which PID 1 reads the result
 * @loop: the event loop
 * @pid: of the helper process
 * @running: the helper process has not given its result yet
 * @deadline: when to kill the helper process (CLOCK_BOOTTIME, in microseconds)
 * @err: the result: 0 or -errno
 * @fault: set if @err is not 0
 * @done: called when the result is there; may be NULL
 */
struct hook_run {
	struct loop_source result;
	int loop;
	pid_t pid;
	bool running;
	uint64_t deadline;
	int err;
	struct fault fault;
	void (*done)(struct hook_run *hooks);
};

#ifdef CONFIG_HOOKS

/**
 * guest_hooks_start() - run the hooks of some points, without waiting for them
 * @hooks: must stay where it is until its result is there or guest_hooks_stop() was called
 * @run: the container; hooks get its process ID unless it has ended
 * @first: the first point
 * @last: the last point
 * @status: of the container, as for oci_hooks_state()
 * @fault: set on failure
 *
 * Return: 0, or -errno of pipe2(2), epoll_ctl(2) and fork(2).
 */
int guest_hooks_start(struct hook_run *hooks, const struct run *run, enum oci_hook_point first,
		      enum oci_hook_point last, const char *status, struct fault *fault) must_check
	nonnull(1, 2, 5, 6);

/**
 * guest_hooks_stop() - kill hooks that still run
 * @hooks: started or not
 */
void guest_hooks_stop(struct hook_run *hooks) nonnull(1);

/**
 * guest_hooks_poststart() - start the poststart hooks; a failure is logged as a warning
 * @hooks: must stay where it is until guest_hooks_poststop()
 * @run: the container, whose program runs
 */
void guest_hooks_poststart(struct hook_run *hooks, const struct run *run) nonnull(1, 2);

/**
 * guest_hooks_poststop() - wait for the poststart hooks, then run the poststop hooks
 * @poststart: passed to guest_hooks_poststart(), or zeroed
 * @run: the container, which has ended
 *
 * Failures are logged as warnings. Sets the watchdog's limit for the end of the guest.
 */
void guest_hooks_poststop(struct hook_run *poststart, const struct run *run) nonnull(1, 2);

/**
 * guest_hooks_launch_s() - how much longer a launch may take because of its hooks
 * @config: of the container
 *
 * Return: the sum of the hooks' timeouts, in seconds.
 */
unsigned guest_hooks_launch_s(const struct oci_config *config) nonnull(1);

#else

static inline int guest_hooks_start(struct hook_run *hooks, const struct run *run,
				    enum oci_hook_point first, enum oci_hook_point last,
				    const char *status, struct fault *fault)
{
	(void)hooks, (void)run, (void)first, (void)last, (void)status, (void)fault;
	return 0;
}

static inline void guest_hooks_stop(struct hook_run *hooks)
{
	(void)hooks;
}

static inline void guest_hooks_poststart(struct hook_run *hooks, const struct run *run)
{
	(void)hooks, (void)run;
}

static inline void guest_hooks_poststop(struct hook_run *poststart, const struct run *run)
{
	(void)poststart, (void)run;
}

static inline unsigned guest_hooks_launch_s(const struct oci_config *config)
{
	(void)config;
	return 0;
}

#endif

#endif
