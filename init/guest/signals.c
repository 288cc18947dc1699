// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/guest/signals.h"
#include "init/lib/log.h"

/* One failure must not leave PID 1 waiting for a process that has ended: no other signal comes. */
#define WAIT_TRIES 8

static void signals_reap(struct signals *s)
{
	int status, failed = 0;
	pid_t pid;

	do {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0 && s->watch)
			s->watch(s->watch_arg, pid, status);
		if (pid > 0 && s->child)
			s->child(s->arg, pid, status);
		failed += pid < 0;
	} while (pid > 0 || (pid < 0 && errno != ECHILD && failed < WAIT_TRIES));
	if (pid < 0 && errno != ECHILD)
		pr_warn("cannot wait for processes: %m");
}

void signals_request_stop(struct signals *s, const char *by, int signal)
{
	pr_info("a stop is requested: %s", by);
	if (!s->requested)
		s->requested = by;
	if (s->stop)
		s->stop(s->arg, signal);
}

/*
 * The meaning of a signal to PID 1.
 * @stop: it requests that the guest stops
 * @as_it_is: the container gets this signal instead of its stop signal
 */
static const struct {
	const char *name;
	int number;
	bool stop, as_it_is;
} signals_known[] = {
	{"SIGTERM", SIGTERM, true, false}, {"SIGPWR", SIGPWR, true, false},
	{"SIGINT", SIGINT, true, true},	   {"SIGQUIT", SIGQUIT, true, true},
	{"SIGHUP", SIGHUP, false, true},   {"SIGUSR1", SIGUSR1, false, true},
	{"SIGUSR2", SIGUSR2, false, true},
};

static void signals_handle(struct signals *s, int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals_known); i++) {
		if (signals_known[i].number != number)
			continue;
		if (signals_known[i].stop)
			signals_request_stop(s, signals_known[i].name,
					     signals_known[i].as_it_is ? number : 0);
		else if (s->pass)
			s->pass(s->arg, number);
	}
}

/* Return: false if there is none. */
static bool signals_take(struct signals *s)
{
	struct signalfd_siginfo info;

	if (read(s->source.fd, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo == SIGCHLD)
		signals_reap(s);
	else if (info.ssi_signo == SIGINT && info.ssi_code == SI_KERNEL)
		signals_request_stop(s, "Ctrl-Alt-Del", 0);
	else
		signals_handle(s, (int)info.ssi_signo);
	return true;
}

static void signals_ready(struct loop_source *source)
{
	signals_take(container_of(source, struct signals, source));
}

void signals_poll(struct signals *s)
{
	while (signals_take(s))
		;
}

int signals_open(struct signals *s, int loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(signals_known); i++)
		sigaddset(&set, signals_known[i].number);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	/* Ctrl-Alt-Del sends a SIGINT instead of a reset. Only PID 1 can choose that. */
	if (getpid() == 1 && reboot(RB_DISABLE_CAD))
		pr_warn("Ctrl-Alt-Del resets the guest: %m");
	s->source.ready = signals_ready;
	s->source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->source.fd < 0 ? -errno : loop_add(loop, &s->source);
}
