/* SPDX-License-Identifier: Apache-2.0 */
/* Why a signal ended the container's program: what PID 1 and the kernel's log know about it. */
#ifndef COLDINIT_RUN_CAUSE_H
#define COLDINIT_RUN_CAUSE_H

#include "init/run/supervise.h"

#ifdef CONFIG_EXPLAIN

/**
 * cause_of_end() - add the cause of a container's end to what is known of it
 * @run: the container, whose first process has ended
 * @end: has its signal or status; if a signal has ended it, gets the fault, unless @end->oom
 *
 * A shell's status for a process that a seccomp filter has killed becomes a warning.
 */
void cause_of_end(const struct run *run, struct run_end *end) nonnull(1, 2);

/**
 * cause_of_death() - add the signal that ended the first process before it executed the program
 * @run: the container
 * @end: its fault gets the signal, and what is known of it; unchanged if there was no signal
 *
 * Waits at most a second for the end of the process.
 */
void cause_of_death(const struct run *run, struct run_end *end) nonnull(1, 2);

/** struct cause_call - the system call that a seccomp filter has refused */
struct cause_call {
	char s[96];
};

/**
 * cause_parse() - read one line of the kernel's log
 * @text: the line
 * @pid: of the process, 0 for any process
 * @call: gets the system call, if the line reports that a filter has killed the process
 *
 * Return: true with @call set, or false.
 */
bool cause_parse(const char *text, pid_t pid, struct cause_call *call) must_check nonnull(1, 3);

#else

static inline void cause_of_end(const struct run *run, struct run_end *end)
{
	(void)run, (void)end;
}

static inline void cause_of_death(const struct run *run, struct run_end *end)
{
	(void)run, (void)end;
}

#endif

#endif
