// SPDX-License-Identifier: Apache-2.0
/*
 * The PID namespace of a container whose config has none.
 *
 * Theory of operation
 *
 * Such a container shares the PID namespace of its runtime: here this is PID 1's. Its processes run
 * as root of the guest, so they could signal, trace, stop and limit PID 1 and its helper processes
 * (kill(2), prlimit(2), sched_setscheduler(2) and others ask only for the same user), and they
 * would not end with the first process. Nothing in the guest is of use for them: there is one
 * container, and PID 1 is none of its business.
 *
 * So it gets a namespace, too, but not as the first process of it, which would change what it may
 * expect of signals: SIGTERM does not end the first process of a namespace. That process is a
 * guard, which waits until it is killed. The kernel ends the namespace with it, so that no process
 * is left behind. The container's first process is number 2, and still a child of PID 1: setns(2)
 * chooses the namespace for child processes only (pid_namespaces(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/mount_api.h"
#include "init/container/mount_private.h"
#include "init/container/pidns_private.h"
#include "init/container/pivot_private.h"
#include "init/lib/root.h"

/* Leave the guest's files: /proc/1/root shows them to a container with CAP_SYS_PTRACE. */
static int pidns_leave_root(void)
{
	struct mount_attr private = {.propagation = MS_PRIVATE};
	struct fault ignored;
	int empty cleanup(fd_close) = mount_fs("tmpfs"), err;

	err = empty < 0 ? empty : mount_api_change(AT_FDCWD, "/", AT_RECURSIVE, &private);
	if (!err)
		err = mount_api_move(empty, AT_FDCWD, "/run"); /* any directory */
	return err ? err : pivot_into(empty, 0, &ignored);
}

/*
 * Without descriptors, files and handlers; its ended child processes are reaped by the kernel.
 * @ready: gets a byte when nothing of PID 1 is left in this process
 */
static _Noreturn void pidns_guard(int ready)
{
	/* A blocked signal is as good as an ignored one. */
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_NAME, "guard", 0, 0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
	    pidns_leave_root() || dup2(ready, 0) < 0 || syscall(SYS_close_range, 1U, ~0U, 0) ||
	    write(0, "", 1) != 1 || close(0))
		_exit(1);
	for (;;)
		pause();
}

/* Return: pidfd of the guard, or a negative errno. */
static int pidns_make(int ready)
{
	int fd = -1;
	struct clone_args args = {
		/* Not with the handlers of PID 1: these would give a verdict. */
		.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&fd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		pidns_guard(ready);
	return pid < 0 ? -errno : fd;
}

/* The same, and wait until the guard is ready. */
static int pidns_make_ready(void)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	int ours cleanup(fd_close) = ends[0], theirs cleanup(fd_close) = ends[1];
	int guard cleanup(fd_close) = pidns_make(theirs);
	if (guard < 0)
		return guard;
	fd_close(&theirs);
	theirs = -1;
	/* At its end, the guard has failed. */
	return fd_read(ours, &byte, 1) == 1 ? fd_take(&guard) : -ECHILD;
}

int pidns_enter(struct pidns *ns, struct fault *fault)
{
	int err;

	*ns = PIDNS_NONE;
	int own cleanup(fd_close) = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (own < 0)
		return fault_perror(fault, "cannot open PID 1's namespace");
	int guard cleanup(fd_close) = pidns_make_ready();
	if (guard < 0)
		return fault_strerror(fault, guard, "cannot make a PID namespace");
	if (setns(guard, CLONE_NEWPID)) {
		err = fault_perror(fault, "cannot enter a PID namespace");
		(void)syscall(SYS_pidfd_send_signal, guard, SIGKILL, NULL, 0);
		return err;
	}
	*ns = (struct pidns){fd_take(&own), fd_take(&guard)};
	return 0;
}

int pidns_leave(struct pidns *ns, struct fault *fault)
{
	int err = ns->own >= 0 && setns(ns->own, CLONE_NEWPID) ? -errno : 0;

	fd_close(&ns->own);
	ns->own = -1;
	return err ? fault_strerror(fault, err, "cannot return to PID 1's namespace") : 0;
}
