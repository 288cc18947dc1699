/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helper processes: what PID 1 must not do itself, because it may block for ever, may be killed,
 * or runs a program that is not part of coldinit.
 *
 * All of them are forked here, by one set of rules:
 *
 *	name		each has its name (prctl(2), PR_SET_NAME), until it executes a program
 *	death		the kernel kills it when its parent dies (PR_SET_PDEATHSIG, SIGKILL):
 *			nothing outlives a helper that is killed at its deadline
 *	signals		a helper that runs code of coldinit keeps the parent's mask and
 *			dispositions: signals that are meant for PID 1 do not end it. One that runs
 *			programs of others gets an empty mask and the default dispositions, which
 *			execve(2) would not restore for a signal that is blocked or ignored.
 *	scheduling	one that runs programs of others has the usual policy, SCHED_OTHER
 *			(sched(7)), not PID 1's
 *	session		one that runs programs of others leads a session, so that the process group
 *			can be killed as a whole, and that no terminal's signals reach it
 *	descriptors	all are close-on-exec already (init/lib/root.h); a helper inherits them
 *
 * The parent waits for it: through the event loop (init/guest/signals.h) or with waitpid(2).
 */
#ifndef COLDINIT_LIB_CHILD_H
#define COLDINIT_LIB_CHILD_H

#include <sys/types.h>

#include "init/lib/compiler.h"

/**
 * enum child_use - what a child process runs
 * @CHILD_HELPER: code of coldinit only
 * @CHILD_PROGRAM: programs of others, itself or in its own child processes
 */
enum child_use {
	CHILD_HELPER,
	CHILD_PROGRAM,
};

/**
 * child_fork() - fork a helper process by the rules above
 * @name: of the process, at most 15 bytes; the kernel cuts a longer one
 * @use: what it runs
 *
 * If a rule cannot be kept, the child process ends at once, with the errno as its status.
 * Return: the child's process ID, 0 in the child process, or fork(2)'s negative errno.
 */
pid_t child_fork(const char *name, enum child_use use) must_check nonnull(1);

/**
 * child_detach() - make this process ready for a program of others: no signal is blocked, ignored
 * or handled, and the process leads a new session
 *
 * child_fork() does it for CHILD_PROGRAM. A child process of clone3(2) calls it itself.
 * Return: 0, or a negative errno of sigaction(2), sigprocmask(2) or setsid(2).
 */
int child_detach(void) must_check;

#endif
