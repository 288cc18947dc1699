// SPDX-License-Identifier: Apache-2.0
/*
 * When a seccomp filter kills a process, the kernel makes an audit record (AUDIT_SECCOMP). No
 * daemon reads such records in the guest, so a kernel thread prints them to the kernel's log a
 * moment later. A signal of the processor, such as SIGSEGV, has its line there before the process
 * ends.
 */
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/guest/kmsg.h"
#include "init/lib/log.h"
#include "init/lib/signame.h"
#include "init/lib/str.h"
#include "init/run/cause.h"

#define LATE_MS	   300 /* how much later than the death its audit record may be printed */
#define DEATH_MS   1000
#define LINE_SHOWN 200

/* Read the number behind a word of an audit record. */
static bool cause_number(const char *text, const char *word, int base, unsigned long *out)
{
	const char *at = strstr(text, word);

	if (at)
		*out = strtoul(at + strlen(word), NULL, base);
	return at;
}

bool cause_parse(const char *text, pid_t pid, struct cause_call *call)
{
	unsigned long number, arch, signal, of;

	/* The kernel encodes names of processes in these records, so that they forge no words. */
	if (!strstr(text, "type=1326 ") || !cause_number(text, " pid=", 10, &of) ||
	    !cause_number(text, " sig=", 10, &signal) || !cause_number(text, " arch=", 16, &arch) ||
	    !cause_number(text, " syscall=", 10, &number))
		return false;
	if (signal != SIGSYS || (pid && of != (unsigned long)pid))
		return false;
	container_syscall((unsigned)arch, (int)number, call->s, sizeof(call->s));
	return true;
}

/* struct cause_search - the process that lines of the kernel's log are about, and what they say */
struct cause_search {
	pid_t pid; /* 0 for any */
	struct cause_call call;
	char line[LINE_SHOWN];
};

static bool cause_is_filter(const char *line, void *arg)
{
	struct cause_search *s = arg;

	return cause_parse(line, s->pid, &s->call);
}

/* Lines such as "NAME[PID]: segfault at …" */
static bool cause_is_fault(const char *line, void *arg)
{
	struct cause_search *s = arg;
	char word[32];

	if (str_printf(word, sizeof(word), "[%d]", s->pid) || !strstr(line, word))
		return false;
	snprintf(s->line, sizeof(s->line), "%s", line);
	return true;
}

/* Lines such as "Memory cgroup out of memory: Killed process PID (NAME) total-vm:…" */
static bool cause_is_oom(const char *line, void *arg)
{
	struct cause_search *s = arg;

	if (!strstr(line, "Killed process "))
		return false;
	snprintf(s->line, sizeof(s->line), "%.*s", (int)strcspn(line, ")") + 1, line);
	return true;
}

static void cause_add_filter(int root, pid_t pid, struct fault *fault)
{
	struct cause_search s = {.pid = pid};

	if (kmsg_last(root, cause_is_filter, &s, LATE_MS))
		fault_add(fault, "a seccomp filter refused the system call %s", s.call.s);
	else
		fault_add(
			fault,
			"a seccomp filter refused a system call (this kernel's log does not say which: it has no audit records)");
}

static void cause_add_signal(const struct run *run, int signal, struct fault *fault)
{
	struct cause_search s = {.pid = run->container.pid};

	if (signal == SIGSYS) {
		cause_add_filter(run->root, run->container.pid, fault);
		return;
	}
	if (signal == SIGKILL) {
		fault_add(fault, "neither coldinit sent it, nor the kernel because memory ran out");
		return;
	}
	if (kmsg_last(run->root, cause_is_fault, &s, 0))
		fault_add(fault, "the kernel's log has \"%s\"", s.line);
	else
		fault_add(fault, "a process sent it, or the program itself");
}

static const char *cause_program(const struct run *run)
{
	return run->config->process.args[0];
}

void cause_of_end(const struct run *run, struct run_end *end)
{
	struct cause_search any = {0};

	if (end->oom) {
		if (kmsg_last(run->root, cause_is_oom, &any, 0))
			fault_add(&end->fault, "; the kernel's log has \"%s\"", any.line);
		return;
	}
	if (end->status == 128 + SIGSYS && !end->signal &&
	    kmsg_last(run->root, cause_is_filter, &any, LATE_MS))
		pr_warn("a seccomp filter killed a process at the system call %s", any.call.s);
	if (!end->signal)
		return;
	/* The program's pages are read when it uses them. */
	fault_set(&end->fault, end->signal == SIGBUS ? -EIO : -EINTR,
		  "%s ended %s: ", signame_text(end->signal).s, cause_program(run));
	if (end->killed)
		fault_add(&end->fault,
			  "it still ran %u s after a stop was requested (%s) and it got %s",
			  run->grace_s, run->signals->requested, signame_text(run->stopped_by).s);
	else if (run->stopped_by == end->signal)
		fault_add(&end->fault, "a stop was requested (%s)", run->signals->requested);
	else
		cause_add_signal(run, end->signal, &end->fault);
}

void cause_of_death(const struct run *run, struct run_end *end)
{
	struct pollfd ended = {.fd = run->container.pidfd, .events = POLLIN};
	siginfo_t info = {0};

	/* It has closed its socket, so its end is near. The loop reaps it later. */
	if (poll(&ended, 1, DEATH_MS) <= 0 ||
	    waitid(P_PIDFD, (id_t)run->container.pidfd, &info, WEXITED | WNOWAIT | WNOHANG) ||
	    info.si_code == CLD_EXITED || !info.si_pid)
		return;
	fault_add(&end->fault, ": it got %s: ", signame_text(info.si_status).s);
	cause_add_signal(run, info.si_status, &end->fault);
}
