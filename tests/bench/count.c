// SPDX-License-Identifier: Apache-2.0
/*
 * Count system calls: count PROGRAM [ARGUMENT...], as PID 1. A child process traces PID 1 and all that
 * it starts, then PID 1 executes the program. Each process is traced until it executes a program itself;
 * then the calls are printed, with the times at which they began: "bench: call NS PROCESS NUMBER".
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX     65536
#define PROCESSES_MAX 64
#define OPTIONS                                                                                   \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC)

static struct call {
	uint64_t ns;
	int process, number;
} calls[CALLS_MAX];
static size_t n_calls;

/* The traced processes in the order of their start. */
static pid_t processes[PROCESSES_MAX];
static int n_processes;

static _Noreturn void stop(const char *what)
{
	perror(what);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static int process_of(pid_t pid)
{
	for (int i = 0; i < n_processes; i++)
		if (processes[i] == pid)
			return i;
	if (n_processes == PROCESSES_MAX)
		stop("too many processes");
	processes[n_processes] = pid;
	return n_processes++;
}

/* A process stops before a call and after it. */
static void note_call(int process)
{
	struct __ptrace_syscall_info info;
	struct timespec ts;

	if (n_calls == CALLS_MAX ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, processes[process], sizeof(info), &info) < 0)
		stop("a call");
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	calls[n_calls++] = (struct call){(uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec,
					 process, (int)info.entry.nr};
}

static void print_calls(void)
{
	for (size_t i = 0; i < n_calls; i++)
		printf("bench: call %llu %d %d\n", (unsigned long long)calls[i].ns,
		       calls[i].process, calls[i].number);
	fflush(stdout);
}

/* Go on after one event. Return: 0 after the container's program has been executed. */
static int go_on(pid_t pid, int status)
{
	int process = process_of(pid), event = status >> 16, sig = WSTOPSIG(status);

	if (!WIFSTOPPED(status))
		return 1;
	if (event == PTRACE_EVENT_EXEC && pid != 1) {
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
		return 0;
	}
	if (sig == (SIGTRAP | 0x80))
		note_call(process);
	if (event || sig == (SIGTRAP | 0x80))
		sig = 0;
	ptrace(PTRACE_SYSCALL, pid, NULL, (long)sig);
	return 1;
}

static _Noreturn void trace(pid_t init, int go)
{
	int status;
	pid_t pid;

	if (ptrace(PTRACE_SEIZE, init, NULL, OPTIONS) || ptrace(PTRACE_INTERRUPT, init, NULL, NULL))
		stop("ptrace");
	close(go);
	do
		pid = waitpid(-1, &status, __WALL);
	while (pid > 0 && go_on(pid, status));
	print_calls();
	for (int i = 0; i < n_processes; i++) {
		ptrace(PTRACE_INTERRUPT, processes[i], NULL, NULL);
		waitpid(processes[i], &status, __WALL);
		ptrace(PTRACE_DETACH, processes[i], NULL, NULL);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	int pipes[2];
	char byte;

	if (argc < 2 || pipe(pipes))
		stop("count");
	if (!fork()) {
		close(pipes[0]);
		trace(getppid(), pipes[1]);
	}
	close(pipes[1]);
	if (read(pipes[0], &byte, 1))
		stop("the tracer");
	close(pipes[0]);
	execv(argv[1], argv + 1);
	stop(argv[1]);
}
