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
 * struct watchdog_page - what PID 1 and the watchdog share
 * @armed: counts the limits that were set; the watchdog sleeps on it
 * @phase: that the limit is for
 * @deadline: CLOCK_BOOTTIME, in microseconds
 * @claimed: one of both gives the verdict
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

/* Sleep until the limit that was set as @armed is over. Return: false if there is a newer one. */
static bool watchdog_sleep(unsigned armed, uint64_t deadline)
{
	uint64_t now = clock_us(), us = deadline > now ? deadline - now : 0;
	struct timespec ts = {.tv_sec = (time_t)(us / 1000000),
			      .tv_nsec = (long)(us % 1000000) * 1000};

	syscall(SYS_futex, &page->armed, FUTEX_WAIT, armed, &ts, NULL, 0);
	return atomic_load(&page->armed) == armed && clock_us() >= deadline;
}

/* The watchdog process. All that it shares with PID 1 is the page. */
static _Noreturn void watchdog_watch(void)
{
	char where[64] = "unknown";
	unsigned armed;

	/* The kernel spares PID 1 by itself. */
	if (root_write(watchdog_root, "-1000", "proc/self/oom_score_adj"))
		pr_dbg("the watchdog cannot be protected from the OOM killer");
	do
		armed = atomic_load(&page->armed);
	while (!watchdog_sleep(armed, atomic_load(&page->deadline)));
	if (root_read(watchdog_root, where, sizeof(where), "proc/1/wchan") < 0)
		where[0] = '\0';
	watchdog_call(watchdog_arg, (enum phase)atomic_load(&page->phase), where);
	_exit(0);
}

static void watchdog_fork(void)
{
	watchdog_pid = child_fork("coldinit-watch", CHILD_HELPER);
	if (watchdog_pid == 0)
		watchdog_watch();
	if (watchdog_pid < 0) {
		pr_warn("no process for the watchdog");
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
		/* The loop reaps it. */
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
