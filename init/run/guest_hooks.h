/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PID 1's part of the hooks: their programs, and those that run in the guest itself. PID 1 never
 * waits for a program: a helper process does, and the event loop hears of the end.
 */
#ifndef COLDINIT_RUN_GUEST_HOOKS_H
#define COLDINIT_RUN_GUEST_HOOKS_H

#include "init/boot.h"
#include "init/lib/loop.h"

/**
 * struct hook_run - hooks on their way; zero-initialise before use
 * @result: the pipe on which the helper tells how it went
 * @deadline: until when the helper should have ended
 * @done: called at the end, with @err and @fault set; may be NULL
 */
struct hook_run {
	struct loop_source result;
	int loop;
	pid_t pid;
	bool running;
	uint64_t deadline;
	int err;
	struct fault fault;
	void (*done)(struct hook_run *run);
};

#ifdef CONFIG_HOOKS

/**
 * hook_programs_check() - look for the programs of the hooks that run in the guest
 *
 * A hook of config.json whose program is not in the guest was meant for the host: it is logged and
 * left out. One that a CDI device has added must be there. Return: 0 or -errno with @fault set.
 */
int hook_programs_check(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * hook_programs_keep() - if there are such hooks, move the programs of the initramfs to the
 * guest's "/", before the initramfs is emptied
 *
 * Return: 0 or -errno with @fault set.
 */
int hook_programs_keep(struct boot *b, struct fault *fault) must_check nonnull(1, 2);

/**
 * guest_hooks_start() - run the hooks from one point to another in the guest, beside the event loop
 * @run: must stay where it is until it has ended or guest_hooks_stop() was called
 * @status: as for oci_state()
 *
 * Return: 0 or -errno with @fault set.
 */
int guest_hooks_start(struct hook_run *run, const struct boot *b, enum oci_hook_point first,
		      enum oci_hook_point last, const char *status, struct fault *fault) must_check
	nonnull(1, 2, 5, 6);

/** guest_hooks_stop() - end them if they still run */
void guest_hooks_stop(struct hook_run *run) nonnull(1);

/** guest_hooks_poststart() - run these hooks while the container runs; what fails is a warning */
void guest_hooks_poststart(struct hook_run *run, const struct boot *b) nonnull(1, 2);

/** guest_hooks_poststop() - wait for the end of @poststart, then run these hooks to their end */
void guest_hooks_poststop(struct hook_run *poststart, const struct boot *b) nonnull(1, 2);

/** guest_hooks_launch_s() - how much longer a launch may take for its hooks, in seconds */
unsigned guest_hooks_launch_s(const struct boot *b) nonnull(1);

#else

static inline int hook_programs_check(struct boot *b, struct fault *fault)
{
	(void)b, (void)fault;
	return 0;
}

static inline int hook_programs_keep(struct boot *b, struct fault *fault)
{
	(void)b, (void)fault;
	return 0;
}

static inline int guest_hooks_start(struct hook_run *run, const struct boot *b,
				    enum oci_hook_point first, enum oci_hook_point last,
				    const char *status, struct fault *fault)
{
	(void)run, (void)b, (void)first, (void)last, (void)status, (void)fault;
	return 0;
}

static inline void guest_hooks_stop(struct hook_run *run)
{
	(void)run;
}

static inline void guest_hooks_poststart(struct hook_run *run, const struct boot *b)
{
	(void)run, (void)b;
}

static inline void guest_hooks_poststop(struct hook_run *poststart, const struct boot *b)
{
	(void)poststart, (void)b;
}

static inline unsigned guest_hooks_launch_s(const struct boot *b)
{
	(void)b;
	return 0;
}

#endif

#endif
