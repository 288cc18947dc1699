// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "hooks: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/hooks.h"
#include "init/container/program.h"
#include "init/container/seccomp_private.h"
#include "init/lib/child.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/signame.h"
#include "init/lib/tail.h"

#define CANNOT_EXECUTE 127
#define DEFAULT_UMASK  0022

/* Time in microseconds for a process to die of SIGKILL. After that nothing more is done. */
#define KILL_US 1000000

/* Largest number of reads of a hook's output after the hook has ended. */
#define LAST_READS 64

/*
 * The same for all hooks of a point.
 * @state: the container's state, as JSON text
 * @filter: file of seccomp_build(), -1 for none
 */
struct point {
	const struct oci_config *config;
	const char *state;
	int filter;
};

/*
 * A hook that runs.
 * @output: the end of the pipe that its stdout and stderr are read from
 * @tail: the end of its output
 */
struct run {
	pid_t pid;
	int pidfd, output;
	struct tail tail;
};

/* --- the hook's process -------------------------------------------------------------------- */

/* @why: "" if @what says all */
static void hooks_complain(const char *what, const char *why)
{
	const char *parts[] = {"cannot execute it: ", what, *why ? ": " : "", why, "\n"};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			return;
}

static _Noreturn void hooks_become(const struct point *p, const struct oci_hook *hook, int state,
				   int output)
{
	char why[PROGRAM_DEFECT_SIZE];
	struct fault fault;

	umask(DEFAULT_UMASK);
	if (dup2(state, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0 ||
	    syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC))
		_exit(CANNOT_EXECUTE);
	/* Before the filter, which may kill a process that opens a file. */
	if (program_defect(hook->path, NULL, why))
		*why = '\0'; /* execve(2) will not fail for that */
	/* Last, so that the filter only has to allow execve(2). */
	if (seccomp_install(p->filter, p->config, NULL, &fault)) {
		hooks_complain(fault.text, "");
		_exit(CANNOT_EXECUTE);
	}
	execve(hook->path, (char *const *)hook->args, (char *const *)hook->env);
	hooks_complain(strerror(errno), why);
	_exit(CANNOT_EXECUTE);
}

/* --- the process that waits for it --------------------------------------------------------- */

/* A file, not a pipe: writing it cannot block when a hook does not read it. */
static int hooks_state_file(const char *state)
{
	size_t len = strlen(state);
	int fd = memfd_create("state", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, state, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -EIO;
}

static int hooks_start(struct run *r, const struct point *p, const struct oci_hook *hook)
{
	int ends[2];

	int file cleanup(fd_close) = hooks_state_file(p->state);
	if (file < 0)
		return file;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	int ours cleanup(fd_close) = ends[0], theirs cleanup(fd_close) = ends[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK))
		return -errno;
	r->pid = child_fork("coldinit-hook", CHILD_PROGRAM);
	if (r->pid < 0)
		return r->pid;
	if (r->pid == 0)
		hooks_become(p, hook, file, theirs);
	r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
	if (r->pidfd < 0) {
		int err = -errno;

		if (!kill(r->pid, SIGKILL) && waitpid(r->pid, NULL, 0) < 0)
			pr_warn("process %d cannot be waited for: %m", r->pid);
		return err;
	}
	r->output = fd_take(&ours);
	return 0;
}

/* Read the output until the hook ends. Return: 0, -ETIME at @deadline, or another errno. */
static int hooks_wait(struct run *r, uint64_t deadline)
{
	struct pollfd p[] = {{.fd = r->pidfd, .events = POLLIN},
			     {.fd = r->output, .events = POLLIN}};
	int n;

	for (;;) {
		uint64_t now = clock_us();

		n = poll(p, ARRAY_SIZE(p), now < deadline ? (int)((deadline - now) / 1000 + 1) : 0);
		if (n == 0)
			return -ETIME;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && p[1].revents && !tail_read(&r->tail, r->output))
			p[1].fd = -1;
		if (n > 0 && p[0].revents)
			return 0;
	}
}

static void hooks_kill(struct run *r)
{
	kill(-r->pid, SIGKILL);
	kill(r->pid, SIGKILL); /* it may not have a process group yet */
	if (hooks_wait(r, clock_us() + KILL_US))
		pr_warn("process %d did not die of SIGKILL", r->pid);
}

static int hooks_judge(const struct run *r, const struct oci_hook *hook, int err, int status,
		       struct fault *fault)
{
	const char *tail = *r->tail.text ? r->tail.text : "it has printed nothing";

	if (err == -ETIME)
		return fault_set(fault, err, "%s was still running after %u s and was killed: %s",
				 hook->path, hook->timeout_s ? hook->timeout_s : HOOK_TIMEOUT_S,
				 tail);
	if (err)
		return fault_strerror(fault, err, "cannot wait for %s", hook->path);
	if (status)
		return fault_set(fault, -ECHILD, "%s has failed with %s: %s", hook->path,
				 signame_end(status).s, tail);
	if (*r->tail.text)
		pr_info("%s: %s", hook->path, r->tail.text);
	return 0;
}

static int hooks_run_one(const struct point *p, const struct oci_hook *hook, struct fault *fault)
{
	unsigned limit_s = hook->timeout_s ? hook->timeout_s : HOOK_TIMEOUT_S;
	struct run r = {.pidfd = -1, .output = -1};
	int err = hooks_start(&r, p, hook), status = 0;

	if (err)
		return fault_strerror(fault, err, "cannot start %s", hook->path);
	int pidfd cleanup(fd_close) = r.pidfd, output cleanup(fd_close) = r.output;

	(void)pidfd; /* clang: unused except by its cleanup */
	err = hooks_wait(&r, clock_us() + limit_s * 1000000ULL);
	if (err)
		hooks_kill(&r);
	/* It has ended, if there is no error. */
	if (waitpid(r.pid, &status, err ? WNOHANG : 0) < 0 && !err)
		err = -errno;
	/* The rest of its output. A process that it left behind can write to the pipe forever. */
	for (int i = 0; i < LAST_READS && tail_read(&r.tail, output); i++)
		;
	return hooks_judge(&r, hook, err, status, fault);
}

int hooks_run(const struct oci_config *config, enum oci_hook_point point, const char *status,
	      pid_t pid, int filter, struct fault *fault)
{
	const struct oci_hook_list *list = &config->hooks[point];
	struct fault late = {0};
	int err, failed = 0;

	if (!list->n)
		return 0;
	char *state cleanup(memory_free) = oci_hooks_state(config, status, pid);
	if (!state)
		return fault_oom(fault);
	const struct point p = {config, state, filter};

	for (size_t i = 0; i < list->n; i++) {
		err = hooks_run_one(&p, &list->hooks[i], failed ? &late : fault);
		if (!err)
			continue;
		fault_prefix(failed ? &late : fault, err, "the %s hook", oci_hooks_point(point));
		if (point < OCI_POSTSTART)
			return err;
		if (failed)
			fault_add(fault, "; %s", late.text);
		failed = err;
	}
	return failed;
}

unsigned hooks_limit_s(const struct oci_config *config, enum oci_hook_point first,
		       enum oci_hook_point last)
{
	uint64_t sum = 0;

	for (unsigned point = first; point <= last; point++)
		for (size_t i = 0; i < config->hooks[point].n; i++) {
			const struct oci_hook *hook = &config->hooks[point].hooks[i];

			sum += hook->timeout_s ? hook->timeout_s : HOOK_TIMEOUT_S;
		}
	return sum < UINT32_MAX / 2 ? (unsigned)sum : UINT32_MAX / 2;
}
