// SPDX-License-Identifier: Apache-2.0
/*
 * When a seccomp filter kills a process, the kernel makes an audit record (AUDIT_SECCOMP). No
 * daemon reads such records in the guest, so a kernel thread prints them to the kernel's log a
 * moment later. A signal of the processor, such as SIGSEGV, has its line there before the process
 * ends.
 */
#define pr_fmt(fmt) "container: " fmt

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/signame.h"
#include "init/lib/str.h"
#include "init/run/cause.h"

#define RECORD_SIZE  8192 /* CONSOLE_EXT_LOG_MAX */
#define RECORDS_MAX  100000
#define LATE_MS	     300 /* how much later than the death its audit record may be printed */
#define DEATH_MS     1000
#define USER_RECORDS 8 /* records of processes have a facility, so a larger number (LOG_USER) */
#define LINE_SHOWN   200

/* The text of a record of the kernel, NULL for others. */
static const char *cause_kernel_text(const char *record)
{
	const char *text = strchr(record, ';');

	return text && strtoul(record, NULL, 10) < USER_RECORDS ? text + 1 : NULL;
}

/* Read the number behind a word of an audit record. */
static bool cause_number(const char *text, const char *word, int base, unsigned long *out)
{
	const char *at = strstr(text, word);

	if (at)
		*out = strtoul(at + strlen(word), NULL, base);
	return at;
}

bool cause_parse(const char *record, pid_t pid, struct cause_call *call)
{
	const char *text = cause_kernel_text(record);
	unsigned long number, arch, signal, of;

	/* The kernel encodes names of processes in these records, so that they forge no words. */
	if (!text || !strstr(text, "type=1326 ") || !cause_number(text, " pid=", 10, &of) ||
	    !cause_number(text, " sig=", 10, &signal) || !cause_number(text, " arch=", 16, &arch) ||
	    !cause_number(text, " syscall=", 10, &number))
		return false;
	if (signal != SIGSYS || (pid && of != (unsigned long)pid))
		return false;
	container_syscall((unsigned)arch, (int)number, call->s, sizeof(call->s));
	return true;
}

/* struct cause_search - what to find in the kernel's log, and what was found */
struct cause_search {
	pid_t pid;
	bool filter; /* else a line "NAME[PID] …" */
	struct cause_call call;
	char line[LINE_SHOWN];
	bool found;
};

static void cause_look(struct cause_search *s, const char *record)
{
	const char *text = cause_kernel_text(record);
	char word[32];

	if (s->filter) {
		s->found |= cause_parse(record, s->pid, &s->call);
		return;
	}
	if (!text || str_printf(word, sizeof(word), "[%d]", s->pid) || !strstr(text, word))
		return;
	s->found = true;
	snprintf(s->line, sizeof(s->line), "%.*s", (int)strcspn(text, "\n"), text);
}

/* Read the kernel's log to its end; the last record that fits counts. */
static void cause_search(int root, struct cause_search *s)
{
	int fd cleanup(fd_close) = root_open(root, O_RDONLY | O_NONBLOCK, 0, "dev/kmsg");
	struct pollfd more = {.fd = fd, .events = POLLIN};
	char record[RECORD_SIZE];

	for (int i = 0; fd >= 0 && i < RECORDS_MAX; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);

		if (n > 0) {
			record[n] = '\0';
			cause_look(s, record);
		} else if (!n || (errno != EAGAIN && errno != EPIPE && errno != EINTR)) {
			return;
		} else if (errno == EAGAIN) {
			if (s->found || !s->filter || poll(&more, 1, LATE_MS) <= 0)
				return;
		}
	}
}

static void cause_add_filter(int root, pid_t pid, struct fault *fault)
{
	struct cause_search s = {.pid = pid, .filter = true};

	cause_search(root, &s);
	if (s.found)
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
	cause_search(run->root, &s);
	if (s.found)
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
	struct cause_search any = {.filter = true};

	if (end->oom)
		return;
	if (end->status == 128 + SIGSYS && !end->signal)
		cause_search(run->root, &any);
	if (any.found)
		pr_warn("a seccomp filter killed a process at the system call %s", any.call.s);
	if (!end->signal)
		return;
	fault_set(&end->fault, -EINTR, "%s ended %s: ", signame_text(end->signal).s,
		  cause_program(run));
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
