/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals as events (signalfd(2)) and the children's ends. PID 1 reaps everything; who waits for
 * a process of its own is told its end.
 */
#ifndef COLDINIT_GUEST_SIGNALS_H
#define COLDINIT_GUEST_SIGNALS_H

#include <sys/types.h>

#include "init/lib/compiler.h"
#include "init/lib/loop.h"

/**
 * struct signals - the source and who wants to know
 * @child: called for each process that has ended, with waitpid(2)'s status
 * @stop: called for a signal that is meant for the container; SIGPWR: the guest is to be turned
 *off, by Ctrl-Alt-Del or the power button
 * @arg: for both
 */
struct signals {
	struct loop_source source;
	void (*child)(void *arg, pid_t pid, int status);
	void (*stop)(void *arg, int signal);
	void *arg;
};

/** signals_open() - block the signals and watch for them in the loop. Return: 0 or -errno. */
int signals_open(struct signals *s, int loop) must_check nonnull(1);

#endif
