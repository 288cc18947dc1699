// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/pidns_private.h"
#include "init/lib/root.h"
#include "tests/unit/support/container_namespace.h"

static int wait_for(pid_t pid)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

/* The container's first process, which does to the guard what it likes. */
static _Noreturn void attack(int ends[2])
{
	struct rlimit none = {0, 0};
	siginfo_t info;
	pid_t child;

	CHECK(getpid() == 2 && getppid() == 0);
	CHECK(!kill(1, SIGKILL) && !kill(1, SIGSTOP) && !kill(1, SIGSEGV) && !kill(1, SIGTERM));
	(void)syscall(SYS_prlimit64, 1, RLIMIT_NOFILE, &none, NULL);
	/* It reaps what is left to it. */
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		if (fork() == 0)
			usleep(1000);
		_exit(0);
	}
	CHECK(waitpid(child, NULL, 0) == child && waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0);
	/* A process that outlives this one has its end of the pipe. */
	if (fork() == 0)
		for (;;)
			pause();
	CHECK(write(ends[1], "x", 1) == 1);
	_exit(7);
}

static void run(void)
{
	struct fault fault = {0};
	struct pidns ns;
	int ends[2];
	char byte;
	pid_t pid;

	CHECK(!pipe2(ends, O_CLOEXEC));
	CHECK(pidns_enter(&ns, &fault) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		attack(ends);
	CHECK(pidns_leave(&ns, &fault) == 0);
	CHECK(ns.own == -1 && ns.guard >= 0);
	close(ends[1]);
	/* Later child processes are not in it. */
	CHECK(pid > 2);
	if (fork() == 0)
		_exit(getppid() == 0);
	CHECK(wait_for(pid) == 7 << 8);
	CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
	CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && read(ends[0], &byte, 1) == -1);
	CHECK(errno == EAGAIN);
	/* The end of the guard is the end of all. */
	CHECK(!syscall(SYS_pidfd_send_signal, ns.guard, SIGKILL, NULL, 0));
	CHECK(fcntl(ends[0], F_SETFL, 0) == 0 && read(ends[0], &byte, 1) == 0);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void nothing_survives_the_guard_and_nothing_ends_it(void **state)
{
	assert_int_equal(in_namespace(run), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_survives_the_guard_and_nothing_ends_it),
	};

	return RUN_TESTS(tests);
}
