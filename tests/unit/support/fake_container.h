/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fake container and a fake clock for tests of init/run/supervise.c. The linker replaces what
 * that file calls by the __wrap_ functions of fake_container.c (tests/build.mk,
 * wraps_test_supervise); the event loop is a script of events and their times.
 */
#ifndef COLDINIT_TEST_FAKE_CONTAINER_H
#define COLDINIT_TEST_FAKE_CONTAINER_H

#include "init/run/guest_hooks.h"
#include "init/run/supervise.h"

#define SECOND 1000000ULL
#define START  (100 * SECOND) /* the time of the launch */

/** enum event_kind - what an event is; @value of struct event says more */
enum event_kind {
	MESSAGE, /* of the child process: container_message() returns @value */
	HOOKS,	 /* the hooks have ended with result @value */
	CHILD,	 /* the first process has ended with wait status @value */
	OTHER,	 /* another process has ended */
	STOP,	 /* a stop request with signal @value */
	PASS,	 /* another signal */
	BREAK,	 /* epoll fails with @value */
};

/** struct event - @at_s: seconds after START; 0 ends the script */
struct event {
	unsigned at_s;
	enum event_kind kind;
	int value;
};

#define EVENTS(...) ((const struct event[]){__VA_ARGS__, {0, BREAK, 0}})

/**
 * struct fake - the state of the fakes
 * @script: the events that follow
 * @now: the time (CLOCK_BOOTTIME, in microseconds)
 * @called: names of the functions that were called, in their order
 * @start_err, @check_err, @hooks_start_err, @go_on_err, @attach_err: results of these functions
 * @progress: of the container after a message
 * @waits_for_end: the last wait for the child is for its end, not for a message
 * @checks_ok: how many checks there are before that with the result @check_err
 * @oom: the kernel has killed a process of the container
 * @watchdog_s: the watchdog's limit
 * @hooks_s: the sum of the hooks' timeouts
 * @linger_ms: how long the launch waits when the program runs, before it does more
 * @button_us: when the power button was watched, 0 if it was not
 */
struct fake {
	const struct event *script;
	uint64_t now, button_us;
	char called[1024];
	int checks_ok, start_err, check_err, hooks_start_err, go_on_err, attach_err;
	enum container_progress progress;
	bool oom, waits_for_end;
	unsigned watchdog_s, hooks_s, linger_ms;
	struct run run;
	struct run_end end;
	struct signals signals;
	struct oci_config config;
	struct arena arena;
};

extern struct fake fake;

/** fake_container_setup() - setup function of a test: all is as before a launch */
int fake_container_setup(void **state);

/** fake_container_teardown() - teardown function of a test */
int fake_container_teardown(void **state);

#endif
