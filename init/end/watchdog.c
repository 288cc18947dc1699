// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/end/watchdog.h"
#include "init/lib/clock.h"
#include "init/lib/compiler.h"
#include "init/lib/fd.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

#define STACK_SIZE 65536 /* only one page of it is used before the end of a limit */

/*
 * The state that PID 1 and the watchdog process share
 * @armed: number of limits so far; the futex(2) that the watchdog sleeps on
 * @wakes: when it looks at the limit again; it is woken for an earlier one only
 * @phase: phase of the current limit
 * @deadline: of the current limit (CLOCK_BOOTTIME, in microseconds), CLOCK_NEVER for none
 * @claimed: one of both processes gives the verdict
 * @root, @expired, @arg: of watchdog_start()
 * @progresses, @renewal_s: of watchdog_renew()
 * @pidfd: descriptor of the watchdog process, -1 if there is none
 */
static struct {
	atomic_uint armed;
	atomic_uint phase;
	atomic_ullong deadline, wakes;
	atomic_bool claimed;
	int root, pidfd;
	watchdog_expired *expired;
	void *arg;
	bool (*progresses)(void);
	unsigned renewal_s;
} watchdog = {.deadline = CLOCK_NEVER, .wakes = CLOCK_NEVER, .pidfd = -1};

static pages_apart char watchdog_stack[STACK_SIZE];

/*
 * Sleep until the limit that is the current one, or until a wake-up. Usually the limit is a later one
 * at the end: PID 1 goes on without a system call and without a switch to this process.
 *
 * @armed is read before the limit. If PID 1 sets another one in between, futex(2) does not sleep.
 */
static void watchdog_sleep(void)
{
	unsigned armed = atomic_load(&watchdog.armed);
	uint64_t deadline = atomic_load(&watchdog.deadline), wakes = atomic_load(&watchdog.wakes);
	uint64_t until = deadline < wakes ? deadline : wakes, now = clock_us();
	uint64_t us = until > now ? until - now : 0;
	struct timespec ts = {.tv_sec = (time_t)(us / 1000000),
			      .tv_nsec = (long)(us % 1000000) * 1000};

	atomic_store(&watchdog.wakes, until);
	syscall(SYS_futex, &watchdog.armed, FUTEX_WAIT, armed, until == CLOCK_NEVER ? NULL : &ts,
		NULL, 0);
	/* Else a limit that a later one has replaced would end each sleep at once. */
	atomic_store(&watchdog.wakes, CLOCK_NEVER);
}

static bool watchdog_is_over(void)
{
	return clock_us() >= atomic_load(&watchdog.deadline);
}

static bool watchdog_is_renewed(void)
{
	if (!watchdog.progresses || !watchdog.progresses())
		return false;
	atomic_store(&watchdog.deadline, clock_us() + watchdog.renewal_s * 1000000ULL);
	return true;
}

static int watchdog_main(void *arg)
{
	char where[64] = "unknown";

	(void)arg;
	if (prctl(PR_SET_NAME, "coldinit-watch", 0, 0, 0) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		pr_warn("the watchdog process: prctl: %m");
	do
		watchdog_sleep();
	while (!watchdog_is_over() || watchdog_is_renewed());
	if (root_read(watchdog.root, where, sizeof(where), "proc/1/wchan") < 0)
		pr_dbg("cannot read /proc/1/wchan");
	watchdog.expired(watchdog.arg, (enum phase)atomic_load(&watchdog.phase), where);
	return 0;
}

static bool watchdog_is_alive(void)
{
	struct pollfd p = {.fd = watchdog.pidfd, .events = POLLIN};

	/* If poll(2) fails, it is not known to have ended: a second one would share its stack. */
	return watchdog.pidfd >= 0 && poll(&p, 1, 0) <= 0;
}

static int watchdog_clone(void)
{
	int pidfd;
	pid_t pid;

	/* If the process read a later limit, each limit that ends before that would have to wake it. */
	atomic_store(&watchdog.wakes, atomic_load(&watchdog.deadline));
	pid = clone(watchdog_main, watchdog_stack + sizeof(watchdog_stack),
		    CLONE_VM | CLONE_FILES | CLONE_PIDFD | SIGCHLD, NULL, &pidfd);

	if (pid < 0)
		return -errno;
	fd_close(&watchdog.pidfd);
	watchdog.pidfd = pidfd;
	return 0;
}

int watchdog_start(int root, watchdog_expired *expired, void *arg)
{
	watchdog.root = root;
	watchdog.expired = expired;
	watchdog.arg = arg;
	return watchdog_clone();
}

void watchdog_limit(enum phase phase, unsigned seconds)
{
	uint64_t deadline = seconds ? clock_us() + seconds * 1000000ULL : CLOCK_NEVER;
	int err;

	/* Before the start, too: the watchdog then sleeps until this limit, and a later one needs no wake-up. */
	atomic_store(&watchdog.phase, phase);
	atomic_store(&watchdog.deadline, deadline);
	if (!watchdog.expired)
		return;
	atomic_fetch_add(&watchdog.armed, 1);
	if (deadline < atomic_load(&watchdog.wakes))
		syscall(SYS_futex, &watchdog.armed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	err = seconds && !watchdog_is_alive() ? watchdog_clone() : 0;
	if (err)
		pr_warn("cannot make the watchdog process: %s", strerror(-err));
}

void watchdog_renew(bool (*progresses)(void), unsigned seconds)
{
	watchdog.renewal_s = seconds;
	watchdog.progresses = progresses;
}

bool watchdog_claim(void)
{
	return !watchdog.expired || !atomic_exchange(&watchdog.claimed, true);
}
