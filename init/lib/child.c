// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/lib/child.h"

int child_detach(void)
{
	/* The kernel's struct sigaction: SIG_DFL, no flags, nothing masked. All are zero. */
	static const unsigned long usual[4];
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		/* EINVAL: SIGKILL and SIGSTOP */
		if (syscall(SYS_rt_sigaction, sig, usual, NULL, NSIG / 8) && errno != EINVAL)
			return -errno;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) || setsid() < 0 ? -errno : 0;
}

/* musl's sched_setscheduler() only returns ENOSYS. */
static int child_schedule(void)
{
	const struct sched_param param = {.sched_priority = 0};

	return syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param) ? -errno : 0;
}

pid_t child_fork(const char *name, enum child_use use)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	if (prctl(PR_SET_NAME, name, 0, 0, 0) || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		_exit(errno);
	if (use == CHILD_PROGRAM && (child_detach() || child_schedule()))
		_exit(errno);
	return 0;
}
