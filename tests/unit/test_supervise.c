// SPDX-License-Identifier: Apache-2.0
/* The supervision of a container: deadlines, stop requests, the end. */
#include "tests/unit/test.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "init/lib/clock.h"
#include "tests/unit/support/fake_container.h"

static int launch(const struct event *events)
{
	fake.script = events;
	return supervise_launch(&fake.run, &fake.end);
}

/* Launch in the first second, then run with these events; their times follow. */
static void run_with(const struct event *events)
{
	static const struct event at_once[] = {{1, MESSAGE, 1}, {0, BREAK, 0}};

	assert_int_equal(launch(at_once), 0);
	fake.called[0] = '\0';
	fake.script = events;
	supervise_run(&fake.run, &fake.end);
	assert_int_equal(fake.script->at_s, 0); /* all events have come */
}

static void a_program_that_runs_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, MESSAGE, 0}, {3, MESSAGE, 1})), 0);
	assert_int_equal(fake.end.exec_us, START + 3 * SECOND);
	assert_int_equal(fake.run.kill_at, CLOCK_NEVER);
	assert_true(fake.run.runs);
	assert_string_equal(fake.called, "start");
}

static void a_launch_has_a_deadline(void **state)
{
	assert_int_equal(launch(EVENTS({29, MESSAGE, 0})), -ETIME);
	assert_string_equal(fake.end.fault.text, "the container has not started within 30 s");
	assert_int_equal(fake.now, START + 30 * SECOND);
	assert_int_equal(fake.watchdog_s, 60);
	assert_int_equal(fake.end.status, 125);
	assert_true(fake.run.late);
	assert_false(fake.run.runs);
	assert_string_equal(fake.called, "start oom kill_all output poststop");
}

static void hooks_lengthen_the_deadline(void **state)
{
	fake.hooks_s = 40;
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS})), -ETIME);
	assert_string_equal(fake.end.fault.text, "the container has not started within 70 s");
	assert_int_equal(fake.now, START + 70 * SECOND);
	assert_int_equal(fake.watchdog_s, 100);
	assert_string_equal(fake.called, "start hooks hooks_stop oom kill_all output poststop");
}

static void a_program_that_runs_at_the_deadline_runs(void **state)
{
	assert_int_equal(launch(EVENTS({30, MESSAGE, 1})), 0);
}

static void a_container_that_cannot_be_made_has_no_end(void **state)
{
	fake.start_err = -EPERM;
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), -EPERM);
	assert_string_equal(fake.end.fault.text, "no container");
	assert_int_equal(fake.end.status, 125);
	assert_string_equal(fake.called, "start output");
}

static void a_launch_that_fails_has_its_status_and_reason(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, MESSAGE, -ENOENT})), -ENOENT);
	assert_string_equal(fake.end.fault.text, "no program");
	assert_int_equal(fake.end.status, 127);
	assert_int_equal(fake.end.exec_us, 0);
	assert_string_equal(fake.called, "start oom kill_all output poststop");
}

static void a_launch_without_memory_says_so(void **state)
{
	fake.oom = true;
	assert_int_equal(launch(EVENTS({1, MESSAGE, -EPIPE})), -EPIPE);
	assert_string_equal(fake.end.fault.text, "no program; limit of 1 MiB");
	assert_true(fake.end.oom);
}

static void the_end_of_the_child_alone_is_not_the_end_of_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, CHILD, 9}, {2, MESSAGE, -EPIPE})), -EPIPE);
	assert_string_equal(fake.end.fault.text, "no program");
}

static void a_check_that_fails_ends_the_launch(void **state)
{
	fake.check_err = -ENODEV;
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), -ENODEV);
	assert_string_equal(fake.end.fault.text, "a device is gone");
	assert_string_equal(fake.called, "output"); /* before there is a container */
	fake_container_setup(state);
	fake.check_err = -ENODEV;
	fake.checks_ok = 1;
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), -ENODEV);
	assert_string_equal(fake.end.fault.text, "a device is gone");
	assert_string_equal(fake.called, "start oom kill_all output poststop");
}

static void an_event_loop_that_fails_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, BREAK, -EBADF})), -EBADF);
	assert_string_equal(fake.end.fault.text, "waiting for the container: Bad file descriptor");
}

static void a_terminal_that_cannot_be_watched_ends_the_launch(void **state)
{
	fake.attach_err = -ENOSPC;
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), -ENOSPC);
	assert_false(fake.run.runs);
	assert_string_equal(fake.called, "start oom kill_all output poststop");
}

static void the_program_waits_for_the_hooks(void **state)
{
	assert_int_equal(
		launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS}, {5, HOOKS, 0}, {6, MESSAGE, 1})), 0);
	assert_string_equal(fake.called, "start hooks go_on");
}

static void a_hook_that_fails_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS}, {5, HOOKS, -ECHILD})),
			 -ECHILD);
	assert_string_equal(fake.end.fault.text, "a hook has failed");
	assert_string_equal(fake.called, "start hooks oom kill_all output poststop");
	fake_container_setup(state);
	fake.hooks_start_err = -EAGAIN;
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS})), -EAGAIN);
	assert_string_equal(fake.end.fault.text, "no process");
	fake_container_setup(state);
	fake.go_on_err = -EPIPE;
	assert_int_equal(launch(EVENTS({1, MESSAGE, CONTAINER_HOOKS}, {5, HOOKS, 0})), -EPIPE);
	assert_string_equal(fake.end.fault.text, "it has died");
}

static void a_stop_request_ends_the_launch(void **state)
{
	assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, STOP, SIGINT}, {3, MESSAGE, 1})),
			 -EINTR);
	assert_string_equal(
		fake.end.fault.text,
		"a stop was requested (power button) before the container's program ran");
	assert_int_equal(fake.now, START + 2 * SECOND);
	assert_int_equal(fake.end.stop_signal, SIGINT);
	/* No program that could handle it gets the signal. */
	assert_string_equal(fake.called, "start oom kill_all output poststop");
}

/* A launch without hooks that is over within 100 ms does not wait for it. */
static void the_power_button_ends_a_launch_that_takes_time(void **state)
{
	const uint64_t quick = START + SECOND - 99000;

	fake.now = quick;
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), 0);
	assert_int_equal(fake.button_us, START + SECOND);
	assert_int_equal(fake.linger_ms, 100);
	fake_container_setup(state);
	assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, MESSAGE, 1})), 0);
	assert_int_equal(fake.button_us, START + 100000);
	assert_int_equal(fake.linger_ms, 0);
	fake_container_setup(state);
	fake.now = quick;
	fake.config.state = "{}"; /* there are hooks */
	assert_int_equal(launch(EVENTS({1, MESSAGE, 1})), 0);
	assert_int_equal(fake.button_us, quick);
	assert_int_equal(fake.linger_ms, 0);
}

/* PID 1 would use the processor that the program waits for. */
static void a_child_that_executes_does_not_wake_the_launch(void **state)
{
	static const struct {
		enum container_progress progress;
		const char *hooks;
		bool waits_for_end;
	} rows[] = {
		{CONTAINER_STARTED, NULL, false},
		{CONTAINER_READY, NULL, true},
		{CONTAINER_EXECUTED, NULL, true},
		{CONTAINER_READY, "{}", false}, /* a hook may take time, and say something */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_container_setup(state);
		fake.progress = rows[i].progress;
		fake.config.state = rows[i].hooks;
		assert_int_equal(launch(EVENTS({1, MESSAGE, 0}, {2, MESSAGE, 1})), 0);
		assert_int_equal(fake.waits_for_end, rows[i].waits_for_end);
	}
}

static void the_first_process_ends_the_container(void **state)
{
	run_with(EVENTS({2, OTHER, 9 << 8}, {3, CHILD, 3 << 8}));
	assert_int_equal(fake.end.status, 3);
	assert_int_equal(fake.end.signal, 0);
	assert_int_equal(fake.end.stop_signal, 0);
	assert_false(fake.end.killed || fake.end.oom);
	assert_int_equal(fake.end.exit_us, START + 3 * SECOND);
	/* The kernel's count is read before the cgroup is killed; the output comes after that. */
	assert_string_equal(fake.called, "poststart oom kill_all detach output poststop");
}

static void a_signal_is_a_status_of_128_and_more(void **state)
{
	fake.oom = true;
	run_with(EVENTS({2, CHILD, SIGKILL}));
	assert_int_equal(fake.end.status, 137);
	assert_int_equal(fake.end.signal, SIGKILL);
	assert_true(fake.end.oom);
	assert_string_equal(fake.end.fault.text, "limit of 1 MiB");
}

static void a_container_that_does_not_stop_is_killed(void **state)
{
	/* Only the first request counts for the time; each one is passed on. */
	run_with(EVENTS({2, STOP, SIGTERM}, {8, STOP, SIGINT}, {20, CHILD, SIGKILL}));
	assert_true(fake.end.killed);
	assert_int_equal(fake.end.stop_signal, SIGTERM);
	assert_int_equal(fake.end.status, 137);
	assert_string_equal(fake.called, "poststart signal:15 signal:2 kill_all oom kill_all "
					 "detach output poststop");
}

static void it_is_killed_when_the_time_is_over_and_once(void **state)
{
	fake.run.grace_s = 3;
	run_with(EVENTS({2, STOP, SIGTERM}, {4, PASS, SIGHUP}, {5, OTHER, 0}, {60, PASS, SIGHUP},
			{61, CHILD, SIGKILL}));
	assert_string_equal(fake.called, "poststart signal:15 signal:1 kill_all signal:1 oom "
					 "kill_all detach output poststop");
}

static void a_container_that_stops_in_time_is_not_killed(void **state)
{
	run_with(EVENTS({2, STOP, 0}, {11, CHILD, 0}));
	assert_false(fake.end.killed);
	assert_int_equal(fake.end.status, 0);
	/* Without a signal it is the container's own. */
	assert_int_equal(fake.end.stop_signal, SIGUSR1);
	assert_string_equal(fake.called, "poststart signal:10 oom kill_all detach output poststop");
}

static void one_that_ends_at_the_deadline_is_not_killed(void **state)
{
	run_with(EVENTS({2, STOP, SIGTERM}, {12, CHILD, 0}));
	assert_false(fake.end.killed);
}

static void other_signals_are_no_stop_requests(void **state)
{
	run_with(EVENTS({2, PASS, SIGHUP}, {1000, CHILD, 0}));
	assert_false(fake.end.killed);
	assert_int_equal(fake.end.stop_signal, 0);
	assert_string_equal(fake.called, "poststart signal:1 oom kill_all detach output poststop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fake_container_setup, fake_container_teardown)
		TEST(a_program_that_runs_ends_the_launch),
		TEST(a_launch_has_a_deadline),
		TEST(hooks_lengthen_the_deadline),
		TEST(a_program_that_runs_at_the_deadline_runs),
		TEST(a_container_that_cannot_be_made_has_no_end),
		TEST(a_launch_that_fails_has_its_status_and_reason),
		TEST(a_launch_without_memory_says_so),
		TEST(the_end_of_the_child_alone_is_not_the_end_of_the_launch),
		TEST(a_check_that_fails_ends_the_launch),
		TEST(an_event_loop_that_fails_ends_the_launch),
		TEST(a_terminal_that_cannot_be_watched_ends_the_launch),
		TEST(the_program_waits_for_the_hooks),
		TEST(a_hook_that_fails_ends_the_launch),
		TEST(a_stop_request_ends_the_launch),
		TEST(the_power_button_ends_a_launch_that_takes_time),
		TEST(a_child_that_executes_does_not_wake_the_launch),
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
