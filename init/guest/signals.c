// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/guest/signals.h"

/* All except SIGCHLD are passed to the container. */
static const int signals_watched[] = {SIGCHLD, SIGTERM, SIGINT,	 SIGQUIT,
				      SIGHUP,  SIGUSR1, SIGUSR2, SIGPWR};

static void signals_reap(struct signals *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		s->child(s->arg, pid, status);
}

static void signals_ready(struct loop_source *source)
{
	struct signals *s = container_of(source, struct signals, source);
	struct signalfd_siginfo info;

	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		signals_reap(s);
	else if (info.ssi_signo == SIGINT && info.ssi_code == SI_KERNEL)
		s->stop(s->arg, SIGPWR); /* Ctrl-Alt-Del */
	else
		s->stop(s->arg, (int)info.ssi_signo);
}

int signals_open(struct signals *s, int loop)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals_watched); i++)
		sigaddset(&set, signals_watched[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	/* Ctrl-Alt-Del sends a SIGINT instead of a reset. Only PID 1 can choose that. */
	if (getpid() == 1)
		reboot(RB_DISABLE_CAD);
	s->source.ready = signals_ready;
	s->source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->source.fd < 0 ? -errno : loop_add(loop, &s->source);
}
