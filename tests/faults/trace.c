// SPDX-License-Identifier: Apache-2.0
/*
 * Boot coldinit as PID 1 of new namespaces and trace it with its children. In a PID namespace
 * reboot(2) ends only the namespace.
 *
 * A seccomp filter stops the processes at the one system call that is to fail, or at each one with
 * fault_case.trace. Calls are counted for each process, which has a role ("1.2"), until it executes
 * a program that is not coldinit.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

#define PROCESSES_MAX 256
#define COUNTS_MAX    4096
#define KILL_AGAIN_S  5

#define OPTIONS                                                                                   \
	(PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/*
 * struct process - a traced process
 * @children: how many it has made
 * @known: its parent's event has come
 * @waits: it stopped before that
 * @left: it runs another program than coldinit
 */
struct process {
	pid_t pid;
	char role[ROLE_MAX];
	unsigned children;
	bool known, waits, left, alive;
};

/* How often a process has made a system call. */
struct count {
	char role[ROLE_MAX];
	int call, n;
};

static struct {
	const struct fault_case *c;
	struct process processes[PROCESSES_MAX];
	struct count counts[COUNTS_MAX];
	size_t n_processes, n_counts, n_alive;
	pid_t init;
	bool begun; /* init is coldinit */
	int status, faults;
	bool hung;
} trace;

static volatile sig_atomic_t expired;

static void on_alarm(int number)
{
	(void)number;
	expired = 1;
}

/* --- the traced process -------------------------------------------------------------------------
 */

static void set_filter(const struct fault_case *c)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)};
	struct sock_filter one[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)c->call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = c->trace ? COUNT(all) : COUNT(one),
				     .filter = c->trace ? all : one};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		_exit(99);
}

static _Noreturn void become_coldinit(const struct fault_case *c, int go)
{
	char *argv[] = {"/init", NULL}, *env[] = {"HOME=/", "TERM=linux", NULL}, byte;
	sigset_t none;

	if (read(go, &byte, 1) != 1)
		_exit(97);
	guest_enter_initramfs();
	if (syscall(SYS_close_range, 0, ~0U, 0))
		_exit(96);
	/* As the kernel starts PID 1. */
	if (open("/dev/console", O_RDWR) || dup(0) != 1 || dup(0) != 2)
		_exit(95);
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGALRM, SIG_DFL);
	set_filter(c);
	execve("/init", argv, env);
	_exit(94);
}

/* Return: the process that becomes PID 1 of new namespaces when something is written to *@go. */
static pid_t start_init(const struct fault_case *c, int *go)
{
	int pipes[2];
	long pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	pid = syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD,
		      NULL, NULL, NULL, 0);
	if (!pid)
		become_coldinit(c, pipes[0]);
	close(pipes[0]);
	*go = pipes[1];
	return (pid_t)pid;
}

/* --- processes and counts -----------------------------------------------------------------------
 */

static struct process *process_of(pid_t pid)
{
	struct process *p = trace.processes;

	for (size_t i = 0; i < trace.n_processes; i++)
		if (p[i].pid == pid && p[i].alive)
			return &p[i];
	if (trace.n_processes == PROCESSES_MAX) {
		say("NOTE\ttoo many processes\n");
		exit(1);
	}
	p = &p[trace.n_processes++];
	*p = (struct process){.pid = pid, .alive = true};
	return p;
}

static void make_known(struct process *p)
{
	if (!p->known)
		trace.n_alive++;
	p->known = true;
}

static int count_call(const char *role, int call)
{
	for (size_t i = 0; i < trace.n_counts; i++)
		if (trace.counts[i].call == call && !strcmp(trace.counts[i].role, role))
			return ++trace.counts[i].n;
	if (trace.n_counts < COUNTS_MAX) {
		struct count *new = &trace.counts[trace.n_counts++];

		*new = (struct count){.call = call, .n = 1};
		snprintf(new->role, sizeof(new->role), "%s", role);
	}
	return 1;
}

/* --- events -------------------------------------------------------------------------------------
 */

static void resume(pid_t pid, int signal)
{
	ptrace(PTRACE_CONT, pid, NULL, signal);
}

static void print_call(const char *word, const struct process *p, struct user_regs_struct *regs,
		       int n)
{
	char object[1024], path[512];

	call_object(p->pid, regs, object, sizeof(object));
	call_path(p->pid, regs, path, sizeof(path));
	say("%s\t%s\t%d\t%d\t%s\t%s\n", word, p->role, (int)regs->orig_rax, n, object, path);
}

static void on_call(const struct process *p)
{
	const struct fault_case *c = trace.c;
	struct user_regs_struct regs;
	int n;

	if (!trace.begun || p->left || ptrace(PTRACE_GETREGS, p->pid, NULL, &regs))
		return;
	n = count_call(p->role, (int)regs.orig_rax);
	if (c->trace) {
		print_call("CALL", p, &regs, n);
		return;
	}
	if (c->call != (int)regs.orig_rax || c->nth != n || strcmp(c->role, p->role))
		return;
	print_call("FAULT", p, &regs, n);
	trace.faults++;
	regs.orig_rax = -1ULL; /* the kernel does not run the call */
	regs.rax = -(unsigned long long)c->error;
	ptrace(PTRACE_SETREGS, p->pid, NULL, &regs);
}

static void on_child(struct process *parent)
{
	unsigned long pid = 0;
	struct process *child;

	ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid);
	child = process_of((pid_t)pid);
	make_known(child);
	child->left = parent->left;
	snprintf(child->role, sizeof(child->role), "%.16s.%u", parent->role, ++parent->children);
	if (child->waits)
		resume(child->pid, 0);
	child->waits = false;
}

static void on_exec(struct process *p)
{
	if (p->pid == trace.init && !trace.begun) {
		trace.begun = true;
		p->children = 0;
	} else {
		p->left = true;
	}
}

static bool is_crash(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT || signal == SIGILL ||
	       signal == SIGFPE;
}

static void on_signal(const struct process *p, int signal)
{
	struct user_regs_struct regs;

	if (!p->left && is_crash(signal) && !ptrace(PTRACE_GETREGS, p->pid, NULL, &regs))
		print_call("CRASH", p, &regs, signal);
	resume(p->pid, signal);
}

static void on_stop(struct process *p, int status)
{
	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_child(p);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(p);
		break;
	case PTRACE_EVENT_SECCOMP:
		on_call(p);
		break;
	case PTRACE_EVENT_STOP:
		p->waits = !p->known;
		if (p->waits)
			return;
		break;
	case 0:
		on_signal(p, WSTOPSIG(status));
		return;
	}
	resume(p->pid, 0);
}

/* --- the boot -----------------------------------------------------------------------------------
 */

static void print_hung(void)
{
	char path[64], where[128], call[128];

	for (size_t i = 0; i < trace.n_processes; i++) {
		const struct process *p = &trace.processes[i];

		if (!p->alive)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/wchan", p->pid);
		read_file(path, where, sizeof(where));
		snprintf(path, sizeof(path), "/proc/%d/syscall", p->pid);
		read_file(path, call, sizeof(call));
		call[strcspn(call, " \n")] = '\0';
		say("HUNG\t%s\t%s\tcall %s\n", p->role, where, call);
	}
}

static void on_limit(void)
{
	if (!trace.hung)
		print_hung();
	trace.hung = true;
	expired = 0;
	kill(trace.init, SIGKILL);
}

static void wait_for_all(void)
{
	while (trace.n_alive) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		struct process *p;

		if (expired)
			on_limit();
		if (pid < 0 && errno != EINTR)
			return;
		if (pid < 0)
			continue;
		p = process_of(pid);
		if (WIFSTOPPED(status)) {
			on_stop(p, status);
			continue;
		}
		if (pid == trace.init)
			trace.status = status;
		p->alive = false;
		trace.n_alive -= p->known;
	}
}

static void set_limit(double seconds)
{
	struct itimerval timer = {.it_value.tv_sec = (time_t)seconds,
				  .it_interval.tv_sec = seconds ? KILL_AGAIN_S : 0};

	signal(SIGALRM, SIG_IGN); /* without SA_RESTART */
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

void trace_boot(const struct fault_case *c, double limit)
{
	double start = now();
	int go = -1;
	struct process *init;

	memset(&trace, 0, sizeof(trace));
	expired = 0;
	trace.c = c;
	trace.init = start_init(c, &go);
	if (trace.init < 0 || ptrace(PTRACE_SEIZE, trace.init, NULL, OPTIONS)) {
		say("NOTE\tcannot start: %s\n", strerror(errno));
		return;
	}
	init = process_of(trace.init);
	make_known(init);
	snprintf(init->role, sizeof(init->role), "1");
	set_limit(limit);
	if (write(go, "g", 1) != 1)
		say("NOTE\tcannot start: %s\n", strerror(errno));
	close(go);
	wait_for_all();
	set_limit(0);
	say("BOOT\t%d\t%d\t%d\t%d\t%.3f\n", c->id, trace.faults, trace.status, trace.hung,
	    now() - start);
}
