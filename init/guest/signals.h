/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals as events (signalfd(2)), and the ends of child processes. PID 1 reaps all processes: its
 * helpers, and those whose parent has ended. The step that waits for one of them gets its end here.
 */
#ifndef COLDINIT_GUEST_SIGNALS_H
#define COLDINIT_GUEST_SIGNALS_H

#include <sys/types.h>

#include "init/lib/compiler.h"
#include "init/lib/loop.h"

/**
 * struct signals - the source in the event loop, and the functions that it calls
 * @source: set by signals_open()
 * @child: called for each process that has ended, with waitpid(2)'s status
 * @stop: called for a signal that is meant for the container; SIGPWR means that the guest must be
 *	turned off (Ctrl-Alt-Del, the power button)
 * @arg: for both; may be NULL
 */
struct signals {
	struct loop_source source;
	void (*child)(void *arg, pid_t pid, int status);
	void (*stop)(void *arg, int signal);
	void *arg;
};

/**
 * signals_open() - block the signals and add them to the event loop
 * @s: with both functions set; must stay at its address
 * @loop: of loop_open()
 *
 * Return: 0, or a negative errno of sigprocmask(2), signalfd(2) or epoll_ctl(2).
 */
int signals_open(struct signals *s, int loop) must_check nonnull(1);

#endif
