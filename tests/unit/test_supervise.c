// SPDX-License-Identifier: Apache-2.0
/*
 * The supervision of a container: deadlines, stop requests, the end, with a fake container and a
 * fake clock. The linker replaces what supervise.c calls by the __wrap_ functions below
 * (tests/build.mk, wraps_test_supervise); the event loop is a script of events and their times.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "init/end/watchdog.h"
#include "init/lib/clock.h"
#include "init/run/guest_hooks.h"
#include "init/run/power.h"
#include "init/run/relay.h"
#include "init/run/supervise.h"

#define SECOND	  1000000ULL
#define START	  (100 * SECOND)
#define CONTAINER 4242 /* its process ID */

/* --- the script ---------------------------------------------------------------------------- */

enum event_kind {
	MESSAGE, /* of the child process: container_message() returns value */
	HOOKS,	 /* the hooks' result is value */
	CHILD,	 /* the first process ends: value is its wait status */
	OTHER,	 /* another process ends */
	STOP,	 /* a stop request with signal value */
	PASS,	 /* another signal */
	BREAK,	 /* epoll fails with value */
};

struct event {
	unsigned at_s;
	enum event_kind kind;
	int value;
};

static const struct event *script; /* the last one has at_s 0 */
static uint64_t now;
static char called[1024]; /* the names of the functions that were called, in their order */
static struct run run;
static struct run_end end;
static struct signals signals;
static struct oci_config config;
static struct loop_source *messages;
static struct hook_run *hook_run;
static int start_err, hooks_start_err, go_on_err, attach_err, message;
static bool out_of_memory;
static unsigned watchdog_s, hooks_s;

static void note(const char *name)
{
	size_t n = strlen(called);

	snprintf(called + n, sizeof(called) - n, "%s%s", n ? " " : "", name);
}

static void fire(const struct event *e)
{
	switch (e->kind) {
	case MESSAGE:
		message = e->value;
		assert_non_null(messages);
		messages->ready(messages);
		break;
	case HOOKS:
		hook_run->err = e->value;
		hook_run->running = false;
		if (e->value)
			fault_set(&hook_run->fault, e->value, "a hook has failed");
		hook_run->done(hook_run);
		break;
	case CHILD:
	case OTHER:
		signals.child(signals.arg, e->kind == CHILD ? CONTAINER : CONTAINER + 1, e->value);
		break;
	case STOP:
		signals.requested = signals.requested ? signals.requested : "power button";
		signals.stop(signals.arg, e->value);
		break;
	case PASS:
		signals.pass(signals.arg, e->value);
		break;
	case BREAK:
		break;
	}
}

/* --- what is replaced ---------------------------------------------------------------------- */

int __wrap_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	assert_int_equal(id, CLOCK_BOOTTIME);
	*ts = (struct timespec){(time_t)(now / SECOND), (long)(now % SECOND) * 1000};
	return 0;
}

int __wrap_loop_wait(int loop, uint64_t deadline);
int __wrap_loop_wait(int loop, uint64_t deadline)
{
	const struct event *e = script;
	uint64_t at = START + e->at_s * SECOND;

	if (!e->at_s || at > deadline) {
		if (deadline == CLOCK_NEVER)
			fail_msg("it waits for ever; called: %s", called);
		now = deadline > now ? deadline : now;
		return -ETIME;
	}
	now = at > now ? at : now;
	script++;
	fire(e);
	if (e->kind == BREAK)
		return e->value;
	/* As the real one, also if a source was called. */
	return now >= deadline ? -ETIME : 0;
}

int __wrap_loop_add(int loop, struct loop_source *source);
int __wrap_loop_add(int loop, struct loop_source *source)
{
	messages = source;
	return 0;
}

void __wrap_loop_remove(int loop, struct loop_source *source);
void __wrap_loop_remove(int loop, struct loop_source *source)
{
	messages = NULL;
}

int __wrap_container_start(struct container *c, const struct oci_config *oci, const char *rootfs,
			   const char *id, const int stdio[3], struct fault *fault);
int __wrap_container_start(struct container *c, const struct oci_config *oci, const char *rootfs,
			   const char *id, const int stdio[3], struct fault *fault)
{
	note("start");
	if (start_err)
		return fault_set(fault, start_err, "no container");
	*c = (struct container){.pid = CONTAINER, .socket = 7, .terminal = -1, .status = 125};
	return 0;
}

int __wrap_container_message(struct container *c, const struct oci_config *oci,
			     struct fault *fault);
int __wrap_container_message(struct container *c, const struct oci_config *oci, struct fault *fault)
{
	c->exec_us = message == 1 ? now : 0;
	if (message >= 0)
		return message;
	c->status = 127;
	return fault_set(fault, message, "no program");
}

int __wrap_container_go_on(const struct container *c, struct fault *fault);
int __wrap_container_go_on(const struct container *c, struct fault *fault)
{
	note("go_on");
	return go_on_err ? fault_set(fault, go_on_err, "it has died") : 0;
}

void __wrap_container_kill(const struct container *c);
void __wrap_container_kill(const struct container *c)
{
	assert_int_equal(c->pid, CONTAINER);
	note("kill_all");
}

bool __wrap_container_oom_killed(const struct container *c, struct fault *fault);
bool __wrap_container_oom_killed(const struct container *c, struct fault *fault)
{
	note("oom");
	if (out_of_memory)
		fault_set(fault, -ENOMEM, "limit of 1 MiB");
	return out_of_memory;
}

int __wrap_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal)
{
	char text[32];

	assert_int_equal(pid, CONTAINER);
	snprintf(text, sizeof(text), "signal:%d", signal);
	note(text);
	return 0;
}

int __wrap_guest_hooks_start(struct hook_run *hooks, const struct run *r, enum oci_hook_point first,
			     enum oci_hook_point last, const char *status, struct fault *fault);
int __wrap_guest_hooks_start(struct hook_run *hooks, const struct run *r, enum oci_hook_point first,
			     enum oci_hook_point last, const char *status, struct fault *fault)
{
	note("hooks");
	assert_int_equal(first, OCI_PRESTART);
	assert_int_equal(last, OCI_CREATE_RUNTIME);
	assert_string_equal(status, "creating");
	hook_run = hooks;
	hooks->running = !hooks_start_err;
	return hooks_start_err ? fault_set(fault, hooks_start_err, "no process") : 0;
}

void __wrap_guest_hooks_stop(struct hook_run *hooks);
void __wrap_guest_hooks_stop(struct hook_run *hooks)
{
	if (hooks->running)
		note("hooks_stop");
}

void __wrap_guest_hooks_poststart(struct hook_run *hooks, const struct run *r);
void __wrap_guest_hooks_poststart(struct hook_run *hooks, const struct run *r)
{
	note("poststart");
}

void __wrap_guest_hooks_poststop(struct hook_run *hooks, const struct run *r);
void __wrap_guest_hooks_poststop(struct hook_run *hooks, const struct run *r)
{
	assert_true(r->ended);
	note("poststop");
}

unsigned __wrap_guest_hooks_launch_s(const struct oci_config *oci);
unsigned __wrap_guest_hooks_launch_s(const struct oci_config *oci)
{
	return hooks_s;
}

int __wrap_stdio_open(struct stdio *s, int root, int loop, struct fault *fault);
int __wrap_stdio_open(struct stdio *s, int root, int loop, struct fault *fault)
{
	return 0;
}

void __wrap_stdio_cloned(struct stdio *s);
void __wrap_stdio_cloned(struct stdio *s)
{
}

void __wrap_stdio_close(struct stdio *s);
void __wrap_stdio_close(struct stdio *s)
{
	note("output");
}

int __wrap_relay_attach(int loop, int terminal, struct fault *fault);
int __wrap_relay_attach(int loop, int terminal, struct fault *fault)
{
	return attach_err ? fault_set(fault, attach_err, "no terminal") : 0;
}

void __wrap_relay_detach(void);
void __wrap_relay_detach(void)
{
	note("detach");
}

void __wrap_power_watch(int root, int loop, struct signals *s);
void __wrap_power_watch(int root, int loop, struct signals *s)
{
}

void __wrap_watchdog_limit(enum phase phase, unsigned seconds);
void __wrap_watchdog_limit(enum phase phase, unsigned seconds)
{
	assert_int_equal(phase, PHASE_EXEC);
	watchdog_s = seconds;
}

int __wrap_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice)
{
	return 0;
}

/* --- the tests ----------------------------------------------------------------------------- */

static int setup(void **state)
{
	now = START;
	called[0] = '\0';
	messages = NULL;
	hook_run = NULL;
	start_err = hooks_start_err = go_on_err = attach_err = message = 0;
	out_of_memory = false;
	watchdog_s = hooks_s = 0;
	config = (struct oci_config){.id = "c1"};
	signals = (struct signals){0};
	end = (struct run_end){0};
	run = (struct run){
		.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.signals = &signals,
		.config = &config,
		.rootfs = "/run/bundle/rootfs",
		.stop_signal = SIGUSR1,
		.grace_s = 10,
	};
	return 0;
}

static int teardown(void **state)
{
	close(run.root);
	return 0;
}

static int launch(const struct event *events)
{
	script = events;
	return supervise_launch(&run, &end);
}

/* Launch in the first second, then run with these events; their times follow. */
static void run_with(const struct event *events)
{
	static const struct event at_once[] = {{1, MESSAGE, 1}, {0, BREAK, 0}};

	assert_int_equal(launch(at_once), 0);
	called[0] = '\0';
	script = events;
	supervise_run(&run, &end);
	assert_int_equal(script->at_s, 0); /* all events have come */
}

#define EVENTS(...) ((const struct event[]){__VA_ARGS__, {0}})

static void a_program_that_runs_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, MESSAGE, 0}, {3, MESSAGE, 1})), 0);
	assert_int_equal(end.exec_us, START + 3 * SECOND);
	assert_int_equal(run.kill_at, CLOCK_NEVER);
	assert_true(run.runs);
	assert_string_equal(called, "start");
}

static void a_launch_has_a_deadline(void **state)
{
	assert_int_equal(launch(EVENTS({29, MESSAGE, 0})), -ETIME);
	assert_string_equal(end.fault.text, "the container has not started within 30 s");
	assert_int_equal(now, START + 30 * SECOND);
	assert_int_equal(watchdog_s, 60);
	assert_int_equal(end.status, 125);
	assert_false(run.runs);
	assert_string_equal(called, "start oom kill_all output poststop");
}

static void hooks_lengthen_the_deadline(void **state)
{
	hooks_s = 40;
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS})), -ETIME);
	assert_string_equal(end.fault.text, "the container has not started within 70 s");
	assert_int_equal(now, START + 70 * SECOND);
	assert_int_equal(watchdog_s, 100);
	assert_string_equal(called, "start hooks hooks_stop oom kill_all output poststop");
}

static void a_program_that_runs_at_the_deadline_runs(void **state)
{
	assert_int_equal(launch(EVENTS({30, MESSAGE, 1})), 0);
}

static void a_container_that_cannot_be_made_has_no_end(void **state)
{
	start_err = -EPERM;
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), -EPERM);
	assert_string_equal(end.fault.text, "no container");
	assert_int_equal(end.status, 125);
	assert_string_equal(called, "start output");
}

static void a_launch_that_fails_has_its_status_and_reason(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, MESSAGE, -ENOENT})), -ENOENT);
	assert_string_equal(end.fault.text, "no program");
	assert_int_equal(end.status, 127);
	assert_int_equal(end.exec_us, 0);
	assert_string_equal(called, "start oom kill_all output poststop");
}

static void a_launch_without_memory_says_so(void **state)
{
	out_of_memory = true;
	assert_int_equal(launch(EVENTS({1, MESSAGE, -EPIPE})), -EPIPE);
	assert_string_equal(end.fault.text, "no program; limit of 1 MiB");
	assert_true(end.oom);
}

static void the_end_of_the_child_alone_is_not_the_end_of_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, CHILD, 9}, {2, MESSAGE, -EPIPE})), -EPIPE);
	assert_string_equal(end.fault.text, "no program");
}

static void an_event_loop_that_fails_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, BREAK, -EBADF})), -EBADF);
	assert_string_equal(end.fault.text, "waiting for the container: Bad file descriptor");
}

static void a_terminal_that_cannot_be_watched_ends_the_launch(void **state)
{
	attach_err = -ENOSPC;
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), -ENOSPC);
	assert_false(run.runs);
	assert_string_equal(called, "start oom kill_all output poststop");
}

static void the_program_waits_for_the_hooks(void **state)
{
	assert_int_equal(
		launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS}, {5, HOOKS, 0}, {6, MESSAGE, 1})), 0);
	assert_string_equal(called, "start hooks go_on");
}

static void a_hook_that_fails_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS}, {5, HOOKS, -ECHILD})),
			 -ECHILD);
	assert_string_equal(end.fault.text, "a hook has failed");
	assert_string_equal(called, "start hooks oom kill_all output poststop");
	setup(state);
	hooks_start_err = -EAGAIN;
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS})), -EAGAIN);
	assert_string_equal(end.fault.text, "no process");
	setup(state);
	go_on_err = -EPIPE;
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS}, {5, HOOKS, 0})), -EPIPE);
	assert_string_equal(end.fault.text, "it has died");
}

static void a_stop_request_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, STOP, SIGINT}, {3, MESSAGE, 1})),
			 -EINTR);
	assert_string_equal(end.fault.text,
			    "asked to stop (power button) before the container's program ran");
	assert_int_equal(now, START + 2 * SECOND);
	assert_int_equal(end.stop_signal, SIGINT);
	/* No program that could handle it gets the signal. */
	assert_string_equal(called, "start oom kill_all output poststop");
}

static void the_first_process_ends_the_container(void **state)
{
	run_with(EVENTS({2, OTHER, 9 << 8}, {3, CHILD, 3 << 8}));
	assert_int_equal(end.status, 3);
	assert_int_equal(end.signal, 0);
	assert_int_equal(end.stop_signal, 0);
	assert_false(end.killed || end.oom);
	assert_int_equal(end.exit_us, START + 3 * SECOND);
	/* The kernel's count is read before the cgroup is killed; the output comes after that. */
	assert_string_equal(called, "poststart oom kill_all detach output poststop");
}

static void a_signal_is_a_status_of_128_and_more(void **state)
{
	out_of_memory = true;
	run_with(EVENTS({2, CHILD, SIGKILL}));
	assert_int_equal(end.status, 137);
	assert_int_equal(end.signal, SIGKILL);
	assert_true(end.oom);
	assert_string_equal(end.fault.text, "limit of 1 MiB");
}

static void a_container_that_does_not_stop_is_killed(void **state)
{
	/* Only the first request counts for the time; each one is passed on. */
	run_with(EVENTS({2, STOP, SIGTERM}, {8, STOP, SIGINT}, {20, CHILD, SIGKILL}));
	assert_true(end.killed);
	assert_int_equal(end.stop_signal, SIGTERM);
	assert_int_equal(end.status, 137);
	assert_string_equal(called, "poststart signal:15 signal:2 kill_all signal:9 oom kill_all "
				    "detach output poststop");
}

static void it_is_killed_when_the_time_is_over_and_once(void **state)
{
	run.grace_s = 3;
	run_with(EVENTS({2, STOP, SIGTERM}, {4, PASS, SIGHUP}, {5, OTHER, 0}, {60, PASS, SIGHUP},
			{61, CHILD, SIGKILL}));
	assert_string_equal(called, "poststart signal:15 signal:1 kill_all signal:9 signal:1 oom "
				    "kill_all detach output poststop");
}

static void a_container_that_stops_in_time_is_not_killed(void **state)
{
	run_with(EVENTS({2, STOP, 0}, {11, CHILD, 0}));
	assert_false(end.killed);
	assert_int_equal(end.status, 0);
	/* Without a signal it is the container's own. */
	assert_int_equal(end.stop_signal, SIGUSR1);
	assert_string_equal(called, "poststart signal:10 oom kill_all detach output poststop");
}

static void one_that_ends_at_the_deadline_is_not_killed(void **state)
{
	run_with(EVENTS({2, STOP, SIGTERM}, {12, CHILD, 0}));
	assert_false(end.killed);
}

static void other_signals_are_no_stop_requests(void **state)
{
	run_with(EVENTS({2, PASS, SIGHUP}, {1000, CHILD, 0}));
	assert_false(end.killed);
	assert_int_equal(end.stop_signal, 0);
	assert_string_equal(called, "poststart signal:1 oom kill_all detach output poststop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_program_that_runs_ends_the_launch),
		TEST(a_launch_has_a_deadline),
		TEST(hooks_lengthen_the_deadline),
		TEST(a_program_that_runs_at_the_deadline_runs),
		TEST(a_container_that_cannot_be_made_has_no_end),
		TEST(a_launch_that_fails_has_its_status_and_reason),
		TEST(a_launch_without_memory_says_so),
		TEST(the_end_of_the_child_alone_is_not_the_end_of_the_launch),
		TEST(an_event_loop_that_fails_ends_the_launch),
		TEST(a_terminal_that_cannot_be_watched_ends_the_launch),
		TEST(the_program_waits_for_the_hooks),
		TEST(a_hook_that_fails_ends_the_launch),
		TEST(a_stop_request_ends_the_launch),
		TEST(the_first_process_ends_the_container),
		TEST(a_signal_is_a_status_of_128_and_more),
		TEST(a_container_that_does_not_stop_is_killed),
		TEST(it_is_killed_when_the_time_is_over_and_once),
		TEST(a_container_that_stops_in_time_is_not_killed),
		TEST(one_that_ends_at_the_deadline_is_not_killed),
		TEST(other_signals_are_no_stop_requests),
	};

	return RUN_TESTS(tests);
}
