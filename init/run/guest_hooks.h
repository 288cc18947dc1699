/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that run in the guest: prestart, createRuntime, poststart and poststop. PID 1 never waits
 * for a program: a helper process does, and the event loop gets its result.
 */
#ifndef COLDINIT_RUN_GUEST_HOOKS_H
#define COLDINIT_RUN_GUEST_HOOKS_H

#include "init/lib/loop.h"
#include "init/run/supervise.h"

/**
 * struct hook_run - hooks that run; zero-initialise before use
 * @result: the pipe with the helper process' result
 * @loop: the event loop
 * @pid: of the helper process
 * @running: it has not ended yet
 * @deadline: by when it should have ended (CLOCK_BOOTTIME, in microseconds)
 * @err, @fault: the result: 0 or -errno with the fault set
 * @done: called at the end; may be NULL
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
 * guest_hooks_start() - run the hooks from one point to another, beside the event loop
 * @hooks: must stay where it is until it has ended or guest_hooks_stop() was called
 * @run: the container that they are for
 * @first, @last: the points
 * @status: of the container, as for oci_hooks_state()
 * @fault: set on failure
 *
 * Return: 0 or -errno of making a process.
 */
int guest_hooks_start(struct hook_run *hooks, const struct run *run, enum oci_hook_point first,
		      enum oci_hook_point last, const char *status, struct fault *fault) must_check
	nonnull(1, 2, 5, 6);

/**
 * guest_hooks_stop() - end hooks that still run
 * @hooks: started or not
 */
void guest_hooks_stop(struct hook_run *hooks) nonnull(1);

/**
 * guest_hooks_poststart() - start these hooks; a failure is a warning
 * @hooks: must stay where it is until guest_hooks_poststop()
 * @run: the container that runs
 */
void guest_hooks_poststart(struct hook_run *hooks, const struct run *run) nonnull(1, 2);

/**
 * guest_hooks_poststop() - wait for the poststart hooks, then run the poststop hooks to their end
 * @poststart: of guest_hooks_poststart()
 * @run: the container, which has ended
 */
void guest_hooks_poststop(struct hook_run *poststart, const struct run *run) nonnull(1, 2);

/**
 * guest_hooks_launch_s() - how much longer a launch may take for its hooks
 * @config: of the container
 *
 * Return: seconds.
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
