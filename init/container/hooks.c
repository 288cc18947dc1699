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
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/hooks.h"
#include "init/container/process.h"
#include "init/container/seccomp_private.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/tail.h"

#define CANNOT_EXECUTE 127
#define USUAL_UMASK    0022

/* How long a process may take to die of SIGKILL until it is left alone. */
#define KILL_US 1000000

/* How much is read of what a hook has printed last, in reads of a kilobyte. */
#define LAST_READS 64

/*
 * What all hooks of a point have in common.
 * @filter: seccomp_install()'s file for them
 */
struct point {
	const struct oci_config *config;
	const char *state;
	int filter;
};

/*
 * A hook on its way.
 * @output: the pipe that holds its stdout and stderr
 */
struct run {
	pid_t pid;
	int pidfd, output;
	struct tail tail;
};

/* --- the hook's process -------------------------------------------------------------------- */

static void hooks_complain(const char *what)
{
	const char *parts[] = {"cannot execute it: ", what, "\n"};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			return;
}

static _Noreturn void hooks_become(const struct point *p, const struct oci_hook *hook, int state,
				   int output)
{
	struct fault fault;

	process_detach(); /* the session's process group is what is killed at the deadline */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	umask(USUAL_UMASK);
	if (dup2(state, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0 ||
	    syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC))
		_exit(CANNOT_EXECUTE);
	/* Last, so that it need not allow any other system call of ours. */
	if (seccomp_install(p->filter, p->config, &fault)) {
		hooks_complain(fault.text);
		_exit(CANNOT_EXECUTE);
	}
	execve(hook->path, (char *const *)hook->args, (char *const *)hook->env);
	hooks_complain(strerror(errno));
	_exit(CANNOT_EXECUTE);
}

/* --- the one that waits for it ------------------------------------------------------------- */

/* A file, not a pipe: a hook need not read it, and nobody waits until it does. */
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

	int file cleanup(close_fd) = hooks_state_file(p->state);
	if (file < 0)
		return file;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	int ours cleanup(close_fd) = ends[0], theirs cleanup(close_fd) = ends[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK))
		return -errno;
	r->pid = fork();
	if (r->pid < 0)
		return -errno;
	if (r->pid == 0)
		hooks_become(p, hook, file, theirs);
	r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
	if (r->pidfd < 0) {
		kill(r->pid, SIGKILL);
		return -errno;
	}
	r->output = take_fd(&ours);
	return 0;
}

/* Take what it prints until it ends. Return: 0, -ETIME or -errno. */
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
	kill(r->pid, SIGKILL); /* it may have no group of its own yet */
	if (hooks_wait(r, clock_us() + KILL_US))
		pr_warn("process %d does not die of SIGKILL", r->pid);
}

static int hooks_judge(const struct run *r, const struct oci_hook *hook, int err, int status,
		       struct fault *fault)
{
	const char *tail = *r->tail.text ? r->tail.text : "it has printed nothing";
	bool killed = WIFSIGNALED(status);

	if (err == -ETIME)
		return fault_set(fault, err, "%s was still running after %u s and was killed: %s",
				 hook->path, hook->timeout_s ? hook->timeout_s : HOOK_TIMEOUT_S,
				 tail);
	if (err)
		return fault_set(fault, err, "%s cannot be waited for: %m", hook->path);
	if (status)
		return fault_set(fault, -ECHILD, "%s has failed with %s %d: %s", hook->path,
				 killed ? "signal" : "status",
				 killed ? WTERMSIG(status) : WEXITSTATUS(status), tail);
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
		return fault_set(fault, err, "%s cannot be started: %m", hook->path);
	int pidfd cleanup(close_fd) = r.pidfd, output cleanup(close_fd) = r.output;

	(void)pidfd; /* clang: used by nothing but its cleanup */
	err = hooks_wait(&r, clock_us() + limit_s * 1000000ULL);
	if (err)
		hooks_kill(&r);
	waitpid(r.pid, &status, WNOHANG);
	/* What it wrote before it ended; others may have the pipe, so not for ever. */
	for (int i = 0; i < LAST_READS && tail_read(&r.tail, output); i++)
		;
	return hooks_judge(&r, hook, err, status, fault);
}

int hooks_run(const struct oci_config *config, enum oci_hook_point point, const char *status,
	      pid_t pid, int filter, struct fault *fault)
{
	const struct oci_hook_list *list = &config->hooks[point];
	int err;

	if (!list->n)
		return 0;
	char *state cleanup(free_ptr) = oci_state(config, status, pid);
	if (!state)
		return fault_oom(fault);
	const struct point p = {config, state, filter};

	for (size_t i = 0; i < list->n; i++) {
		err = hooks_run_one(&p, &list->hooks[i], fault);
		if (!err)
			continue;
		fault_prefix(fault, err, "the %s hook", oci_hook_point(point));
		if (point < OCI_POSTSTART)
			return err;
		pr_warn("%s", fault->text);
	}
	return 0;
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
