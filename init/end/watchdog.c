// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/end/watchdog.h"
#include "init/lib/child.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

/*
 * struct watchdog_page - memory that PID 1 and the watchdog process share
 * @armed: number of limits so far; the futex(2) that the watchdog sleeps on
 * @phase: phase of the current limit
 * @deadline: of the current limit (CLOCK_BOOTTIME, in microseconds)
 * @claimed: one of both processes gives the verdict
 */
struct watchdog_page {
	atomic_uint armed;
	atomic_uint phase;
	atomic_ullong deadline;
	atomic_bool claimed;
};

static struct watchdog_page *page;
static int watchdog_root;
static watchdog_expired *watchdog_call;
static void *watchdog_arg;
static pid_t watchdog_pid; /* 0: there is none */

/* Sleep until @deadline. Return: false if a newer limit than number @armed was set meanwhile. */
static bool watchdog_sleep(unsigned armed, uint64_t deadline)
{
	uint64_t now = clock_us(), us = deadline > now ? deadline - now : 0;
	struct timespec ts = {.tv_sec = (time_t)(us / 1000000),
			      .tv_nsec = (long)(us % 1000000) * 1000};

	syscall(SYS_futex, &page->armed, FUTEX_WAIT, armed, &ts, NULL, 0);
	return atomic_load(&page->armed) == armed && clock_us() >= deadline;
}

/* The watchdog process. It shares only the page with PID 1. */
static _Noreturn void watchdog_watch(void)
{
	char where[64] = "unknown";
	unsigned armed;

	/* The OOM killer never chooses PID 1; this process needs the same. */
	if (root_write(watchdog_root, "-1000", "proc/self/oom_score_adj"))
		pr_dbg("cannot protect the watchdog from the OOM killer");
	do
		armed = atomic_load(&page->armed);
	while (!watchdog_sleep(armed, atomic_load(&page->deadline)));
	if (root_read(watchdog_root, where, sizeof(where), "proc/1/wchan") < 0)
		pr_dbg("cannot read /proc/1/wchan");
	watchdog_call(watchdog_arg, (enum phase)atomic_load(&page->phase), where);
	_exit(0);
}

static void watchdog_fork(void)
{
	watchdog_pid = child_fork("coldinit-watch", CHILD_HELPER);
	if (watchdog_pid == 0)
		watchdog_watch();
	if (watchdog_pid < 0) {
		pr_warn("cannot fork the watchdog process");
		watchdog_pid = 0;
	}
}

int watchdog_start(int root, watchdog_expired *expired, void *arg)
{
	void *map = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);

	if (map == MAP_FAILED)
		return -errno;
	page = map;
	watchdog_root = root;
	watchdog_call = expired;
	watchdog_arg = arg;
	return 0;
}

void watchdog_limit(enum phase phase, unsigned seconds)
{
	if (!page)
		return;
	if (!seconds) {
		/* The event loop reaps it. */
		if (watchdog_pid)
			kill(watchdog_pid, SIGKILL);
		watchdog_pid = 0;
		return;
	}
	atomic_store(&page->phase, phase);
	atomic_store(&page->deadline, clock_us() + seconds * 1000000ULL);
	atomic_fetch_add(&page->armed, 1);
	if (watchdog_pid)
		syscall(SYS_futex, &page->armed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	else
		watchdog_fork();
}

bool watchdog_claim(void)
{
	return !page || !atomic_exchange(&page->claimed, true);
}
