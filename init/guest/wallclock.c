// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "clock: " fmt

#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <string.h>
#include <sys/ioctl.h>

#include "init/guest/wallclock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

/* 2024-01-01, before the first version of coldinit */
#define EARLIEST 1704067200

/* Documentation/driver-api/ptp.rst: the clock behind a descriptor */
#define FD_TO_CLOCKID(fd) ((clockid_t)((~(unsigned)(fd) << 3) | 3))

bool wallclock_plausible(time_t now)
{
	return now >= EARLIEST;
}

/*
 * timegm(3) would take 1.5 KB more. The year begins in March here, so that a leap day is its last
 * one.
 */
time_t wallclock_seconds(const struct tm *tm)
{
	int64_t months = (tm->tm_year + 1900) * 12LL + tm->tm_mon - 2, year = months / 12;
	int64_t days = 365 * year + year / 4 - year / 100 + year / 400 +
		       (153 * (months % 12) + 2) / 5 + tm->tm_mday - 719469;

	return ((days * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60 + tm->tm_sec;
}

/* The VMM's clock, through a hypercall. Another PTP clock may count from any time. */
static int wallclock_read_ptp(int root, const char *clock, struct timespec *now)
{
	char name[64];
	ssize_t n = root_read(root, name, sizeof(name), "sys/class/ptp/%s/clock_name", clock);

	if (n < 0)
		return (int)n;
	if (!strstr(name, "KVM"))
		return -ENODEV;
	int fd cleanup(fd_close) = root_open(root, O_RDONLY, 0, "dev/%s", clock);
	if (fd < 0)
		return fd;
	return clock_gettime(FD_TO_CLOCKID(fd), now) ? -errno : 0;
}

static int wallclock_read_rtc(int root, const char *clock, struct timespec *now)
{
	struct rtc_time rtc;

	int fd cleanup(fd_close) = root_open(root, O_RDONLY, 0, "dev/%s", clock);
	if (fd < 0)
		return fd;
	if (ioctl(fd, RTC_RD_TIME, &rtc))
		return -errno;
	*now = (struct timespec){.tv_sec = wallclock_seconds(&(struct tm){
					 .tm_sec = rtc.tm_sec,
					 .tm_min = rtc.tm_min,
					 .tm_hour = rtc.tm_hour,
					 .tm_mday = rtc.tm_mday,
					 .tm_mon = rtc.tm_mon,
					 .tm_year = rtc.tm_year,
				 })};
	return 0;
}

/* struct wallclock - a search for a clock with a plausible time */
struct wallclock {
	int root;
	int (*read)(int root, const char *clock, struct timespec *now);
};

/* Return: 1 if the time is set or cannot be set, 0 to go on with the next clock. */
static int wallclock_try(const char *clock, void *arg)
{
	const struct wallclock *w = arg;
	struct timespec now;
	int err = w->read(w->root, clock, &now);

	if (err && err != -ENOENT && err != -ENODEV)
		pr_warn("cannot read /dev/%s: %s", clock, strerror(-err));
	if (err || !wallclock_plausible(now.tv_sec))
		return 0;
	if (clock_settime(CLOCK_REALTIME, &now))
		pr_warn("cannot be set from /dev/%s: %m", clock);
	else
		pr_info("set from /dev/%s", clock);
	return 1;
}

/* Return: what wallclock_try() returned last; 0 if there is no clock of this class. */
static int wallclock_search(int root, const char *class,
			    int (*read)(int root, const char *clock, struct timespec *now))
{
	struct wallclock w = {root, read};
	int found = root_each_sorted(root, wallclock_try, &w, "sys/class/%s", class);

	if (found < 0 && found != -ENOENT)
		pr_warn("cannot list the clocks of /sys/class/%s: %s", class, strerror(-found));
	return found;
}

void wallclock_set(int root, struct modules *m)
{
	struct fault fault;
	int err;

	if (wallclock_plausible(time(NULL)))
		return;
	err = modules_want(m, "ptp_kvm", &fault);
	if (err && err != -EOPNOTSUPP) /* the VMM is another one */
		pr_warn("%s", fault.text);
	if (wallclock_search(root, "ptp", wallclock_read_ptp) > 0 ||
	    wallclock_search(root, "rtc", wallclock_read_rtc) > 0)
		return;
	pr_warn("the time is before the year 2024, and neither a PTP clock of KVM nor a real-time clock (/sys/class/rtc) has a better one: certificates will not be valid");
}
