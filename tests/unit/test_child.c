// SPDX-License-Identifier: Apache-2.0
/* The rules by which helper processes are forked, as they are in the child process. */
#include "tests/unit/test.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/child.h"

/* What a child process sees of itself. */
struct state {
	char name[16];
	int death, policy;
	bool blocked, ignored, handled, leader;
};

static void handle(int sig)
{
	(void)sig;
}

static bool has_disposition(int sig, void (*handler)(int))
{
	struct sigaction sa;

	return !sigaction(sig, NULL, &sa) && sa.sa_handler == handler;
}

static _Noreturn void write_state(int fd)
{
	struct state s = {0};
	sigset_t set;

	prctl(PR_GET_NAME, s.name, 0, 0, 0);
	prctl(PR_GET_PDEATHSIG, &s.death, 0, 0, 0);
	sigprocmask(SIG_BLOCK, NULL, &set);
	s.blocked = sigismember(&set, SIGTERM);
	s.ignored = has_disposition(SIGPIPE, SIG_IGN);
	s.handled = has_disposition(SIGUSR1, handle);
	s.leader = getsid(0) == getpid();
	s.policy = sched_getscheduler(0);
	_exit(write(fd, &s, sizeof(s)) != sizeof(s));
}

/* Fork one with PID 1's mask, dispositions and policy. */
static struct state state_of(const char *name, enum child_use use)
{
	const struct sched_param normal = {.sched_priority = 0};
	int ends[2], status = -1;
	struct state s = {0};
	sigset_t set, before;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &before), 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, handle);
	assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &normal), 0);
	pid = child_fork(name, use);
	if (pid == 0)
		write_state(ends[1]);
	assert_true(pid > 0);
	assert_int_equal(read(ends[0], &s, sizeof(s)), sizeof(s));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &normal), 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	close(ends[0]);
	close(ends[1]);
	return s;
}

static void a_helper_keeps_signals_and_session(void **state)
{
	struct state s = state_of("test-helper", CHILD_HELPER);

	assert_string_equal(s.name, "test-helper");
	assert_int_equal(s.death, SIGKILL);
	assert_true(s.blocked && s.ignored && s.handled);
	assert_int_equal(s.policy, SCHED_BATCH);
	assert_false(s.leader);
}

static void a_program_starts_with_defaults_in_its_own_session(void **state)
{
	struct state s = state_of("test-program", CHILD_PROGRAM);

	assert_string_equal(s.name, "test-program");
	assert_int_equal(s.death, SIGKILL);
	assert_false(s.blocked || s.ignored || s.handled);
	assert_int_equal(s.policy, SCHED_OTHER);
	assert_true(s.leader);
}

/* The pipe's last writer is the child of the child that is killed. */
static void a_child_dies_with_its_parent(void **state)
{
	struct pollfd ended;
	int ends[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ends), 0);
	pid = child_fork("test-parent", CHILD_HELPER);
	if (pid == 0) {
		if (child_fork("test-child", CHILD_PROGRAM) == 0 && write(ends[1], "x", 1) != 1)
			_exit(1);
		alarm(60); /* a test that fails leaves nothing behind */
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &c, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	ended = (struct pollfd){.fd = ends[0], .events = POLLIN};
	assert_int_equal(poll(&ended, 1, 10000), 1);
	assert_int_equal(read(ends[0], &c, 1), 0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_helper_keeps_signals_and_session),
		cmocka_unit_test(a_program_starts_with_defaults_in_its_own_session),
		cmocka_unit_test(a_child_dies_with_its_parent),
	};

	return RUN_TESTS(tests);
}
