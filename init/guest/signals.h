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
 * @watch: called for each process that has ended, before @child; may be NULL
 * @watch_arg: for @watch
 * @child: called for each process that has ended, with waitpid(2)'s status; may be NULL
 * @stop: called when a stop is requested, with the signal for the container, 0 for its stop
 *	signal; NULL while nothing can be stopped: the request is kept in @requested
 * @pass: called for the other signals, which are meant for the container; may be NULL
 * @arg: for the three of them; may be NULL
 * @requested: what asked the guest to stop first, NULL if nothing has
 */
struct signals {
	struct loop_source source;
	void (*watch)(void *arg, pid_t pid, int status);
	void *watch_arg;
	void (*child)(void *arg, pid_t pid, int status);
	void (*stop)(void *arg, int signal);
	void (*pass)(void *arg, int signal);
	void *arg;
	const char *requested;
};

/**
 * signals_open() - block the signals and add them to the event loop
 * @s: zeroed, perhaps with functions; must stay at its address
 * @loop: of loop_open()
 *
 * Return: 0, or a negative errno of sigprocmask(2), signalfd(2) or epoll_ctl(2).
 */
int signals_open(struct signals *s, int loop) must_check nonnull(1);

/**
 * signals_poll() - handle the signals that have come, without waiting
 * @s: open
 */
void signals_poll(struct signals *s) nonnull(1);

/**
 * signals_request_stop() - request a stop of the guest
 * @s: open
 * @by: what asks, a constant string
 * @signal: for the container; 0 for its stop signal
 */
void signals_request_stop(struct signals *s, const char *by, int signal) nonnull(1, 2);

#endif
