// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/lib/child.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/report/report.h"
#include "init/end/poweroff.h"
#include "init/end/watchdog.h"

/*
 * Shared by PID 1 and the watchdog.
 * @armed: counts the limits that were set; the watchdog sleeps on it
 */
struct shared {
	atomic_uint armed;
	atomic_uint phase;
	atomic_ullong deadline;
	atomic_bool claimed;
};

static struct shared *shared;
static const struct boot *watched;
static pid_t watcher; /* 0: there is none */

/* Sleep until the limit that was set as @armed is over. Return: false if there is a newer one. */
static bool sleep_until(unsigned armed, uint64_t deadline)
{
	uint64_t now = clock_us(), us = deadline > now ? deadline - now : 0;
	struct timespec ts = {.tv_sec = (time_t)(us / 1000000),
			      .tv_nsec = (long)(us % 1000000) * 1000};

	syscall(SYS_futex, &shared->armed, FUTEX_WAIT, armed, &ts, NULL, 0);
	return atomic_load(&shared->armed) == armed && clock_us() >= deadline;
}

static void give_verdict(const struct boot *b)
{
	struct verdict v = b->verdict;
	char where[64] = "unknown";
	char *json;

	if (root_read(b->root, where, sizeof(where), "proc/1/wchan") < 0)
		where[0] = '\0';
	v.outcome = OUTCOME_FAILED;
	v.status = 125;
	v.phase = (enum phase)atomic_load(&shared->phase);
	fault_set(
		&v.fault, -ETIME,
		"phase \"%s\" is not finished at its deadline: init is caught in a system call (kernel function %s); a virtio-fs daemon or a device does not answer",
		phase_name(v.phase), where);
	pr_err("%s", v.fault.text);
	json = verdict_json(&v);
	if (json)
		report_verdict(b->root, &b->options, json);
}

/* The process that watches; it shares nothing with PID 1 but the page. */
static void watch(const struct boot *b)
{
	unsigned armed;

	/* The kernel spares PID 1 by itself. */
	if (root_write(b->root, "-1000", "proc/self/oom_score_adj"))
		pr_dbg("cannot be kept from being killed for want of memory");
	do
		armed = atomic_load(&shared->armed);
	while (!sleep_until(armed, atomic_load(&shared->deadline)));
	if (watchdog_claim())
		give_verdict(b);
	poweroff_guest(&b->options, true, 125);
}

static void start(void)
{
	watcher = child_fork("coldinit-watch", CHILD_HELPER);
	if (watcher == 0) {
		watch(watched);
		_exit(0);
	}
	if (watcher < 0) {
		pr_warn("no process for the watchdog");
		watcher = 0;
	}
}

int watchdog_start(const struct boot *b)
{
	void *page = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	if (page == MAP_FAILED)
		return -errno;
	shared = page;
	watched = b;
	return 0;
}

void watchdog_limit(enum phase phase, unsigned seconds)
{
	if (!shared)
		return;
	if (!seconds) {
		/* The loop reaps it. */
		if (watcher)
			kill(watcher, SIGKILL);
		watcher = 0;
		return;
	}
	atomic_store(&shared->phase, phase);
	atomic_store(&shared->deadline, clock_us() + seconds * 1000000ULL);
	atomic_fetch_add(&shared->armed, 1);
	if (watcher)
		syscall(SYS_futex, &shared->armed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	else
		start();
}

bool watchdog_claim(void)
{
	return !shared || !atomic_exchange(&shared->claimed, true);
}
