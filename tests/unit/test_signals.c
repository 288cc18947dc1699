// SPDX-License-Identifier: Apache-2.0
/* Signals of this process and the ends of its real child processes, through the event loop. */
#include "tests/unit/test.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/guest/signals.h"
#include "init/lib/clock.h"

#define CHILDREN 5

/* What the functions of struct signals were called with. */
struct heard {
	struct signals signals;
	int loop;
	pid_t pids[2 * CHILDREN];
	int statuses[2 * CHILDREN];
	size_t n_children;
	int stops[8], passed[8];
	size_t n_stops, n_passed;
};

static int failing_waits;

pid_t __wrap_waitpid(pid_t pid, int *status, int options);
pid_t __real_waitpid(pid_t pid, int *status, int options);

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	if (!failing_waits)
		return __real_waitpid(pid, status, options);
	failing_waits--;
	errno = EIO;
	return -1;
}

static void hear_child(void *arg, pid_t pid, int status)
{
	struct heard *h = arg;

	assert_true(h->n_children < ARRAY_SIZE(h->pids));
	h->pids[h->n_children] = pid;
	h->statuses[h->n_children++] = status;
}

static void hear_stop(void *arg, int signal)
{
	struct heard *h = arg;

	assert_true(h->n_stops < ARRAY_SIZE(h->stops));
	h->stops[h->n_stops++] = signal;
}

static void hear_passed(void *arg, int signal)
{
	struct heard *h = arg;

	assert_true(h->n_passed < ARRAY_SIZE(h->passed));
	h->passed[h->n_passed++] = signal;
}

static int setup(void **state)
{
	struct heard *h = calloc(1, sizeof(*h));

	h->signals = (struct signals){
		.child = hear_child, .stop = hear_stop, .pass = hear_passed, .arg = h};
	h->loop = loop_open();
	if (h->loop < 0 || signals_open(&h->signals, h->loop))
		return -1;
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct heard *h = *state;

	close(h->signals.source.fd);
	close(h->loop);
	free(h);
	return 0;
}

/* Run the loop until nothing comes any more. */
static void listen(struct heard *h)
{
	while (loop_wait(h->loop, clock_us()) == 0 || loop_wait(h->loop, clock_us() + 1000) == 0)
		;
}

static void wait_children(struct heard *h, size_t n)
{
	while (h->n_children < n)
		assert_int_equal(loop_wait(h->loop, clock_us() + 10000000), 0);
}

static pid_t start(int status)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(status);
	assert_true(pid > 0);
	return pid;
}

static void each_end_has_its_status(void **state)
{
	struct heard *h = *state;
	pid_t exited = start(42), killed;

	wait_children(h, 1);
	assert_int_equal(h->pids[0], exited);
	assert_true(WIFEXITED(h->statuses[0]));
	assert_int_equal(WEXITSTATUS(h->statuses[0]), 42);
	killed = fork();
	if (killed == 0)
		for (;;)
			pause();
	assert_int_equal(kill(killed, SIGKILL), 0);
	wait_children(h, 2);
	assert_int_equal(h->pids[1], killed);
	assert_true(WIFSIGNALED(h->statuses[1]));
	assert_int_equal(WTERMSIG(h->statuses[1]), SIGKILL);
}

/* Several SIGCHLD that are pending become one: each child must be reaped all the same. */
static void an_end_is_seen_although_a_wait_has_failed(void **state)
{
	struct heard *h = *state;
	pid_t pid = start(7);

	failing_waits = 3;
	wait_children(h, 1);
	assert_int_equal(failing_waits, 0);
	assert_int_equal(h->pids[0], pid);
}

static void many_ends_at_once_are_all_reaped(void **state)
{
	struct heard *h = *state;
	pid_t pids[CHILDREN];

	for (int i = 0; i < CHILDREN; i++)
		pids[i] = start(i);
	for (int i = 0; i < CHILDREN; i++) {
		siginfo_t info;

		assert_int_equal(waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT), 0);
	}
	wait_children(h, CHILDREN);
	for (int i = 0; i < CHILDREN; i++)
		for (size_t k = 0; k < CHILDREN; k++)
			if (h->pids[k] == pids[i])
				assert_int_equal(WEXITSTATUS(h->statuses[k]), i);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(h->n_children, CHILDREN);
}

static void send_and_listen(struct heard *h, int signal)
{
	assert_int_equal(kill(getpid(), signal), 0);
	listen(h);
}

static void some_signals_are_stop_requests(void **state)
{
	static const struct {
		int sent, for_container;
	} rows[] = {{SIGTERM, 0}, {SIGPWR, 0}, {SIGINT, SIGINT}, {SIGQUIT, SIGQUIT}};
	struct heard *h = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		send_and_listen(h, rows[i].sent);
		assert_int_equal(h->n_stops, i + 1);
		assert_int_equal(h->stops[i], rows[i].for_container);
		/* The first one is what the verdict has. */
		assert_string_equal(h->signals.requested, "SIGTERM");
	}
	assert_int_equal(h->n_passed, 0);
}

static void the_others_are_for_the_container(void **state)
{
	static const int sent[] = {SIGHUP, SIGUSR1, SIGUSR2};
	struct heard *h = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sent); i++) {
		send_and_listen(h, sent[i]);
		assert_int_equal(h->n_passed, i + 1);
		assert_int_equal(h->passed[i], sent[i]);
	}
	assert_int_equal(h->n_stops, 0);
	assert_null(h->signals.requested);
}

/* The kernel's SIGINT has another code than one that a process sends. */
static void ctrl_alt_del_turns_the_guest_off(void **state)
{
	struct heard *h = *state;
	siginfo_t info = {.si_signo = SIGINT, .si_code = SI_KERNEL};

	assert_int_equal(syscall(SYS_rt_sigqueueinfo, getpid(), SIGINT, &info), 0);
	listen(h);
	assert_int_equal(h->n_stops, 1);
	assert_int_equal(h->stops[0], 0);
	assert_string_equal(h->signals.requested, "Ctrl-Alt-Del");
}

/* A request while nothing can be stopped is kept. */
static void a_request_without_a_function_is_kept(void **state)
{
	struct heard *h = *state;

	h->signals.stop = NULL;
	h->signals.pass = NULL;
	h->signals.child = NULL;
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	start(0);
	signals_poll(&h->signals);
	assert_string_equal(h->signals.requested, "SIGTERM");
	while (waitpid(-1, NULL, 0) > 0)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_end_has_its_status, setup, teardown),
		cmocka_unit_test_setup_teardown(an_end_is_seen_although_a_wait_has_failed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(many_ends_at_once_are_all_reaped, setup, teardown),
		cmocka_unit_test_setup_teardown(some_signals_are_stop_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(the_others_are_for_the_container, setup, teardown),
		cmocka_unit_test_setup_teardown(a_request_without_a_function_is_kept, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ctrl_alt_del_turns_the_guest_off, setup, teardown),
	};

	return RUN_TESTS(tests);
}
