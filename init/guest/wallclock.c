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

/* The VMM's clock, through a hypercall. Another PTP clock may count from any time. */
static int wallclock_read_ptp(int root, struct timespec *now)
{
	char name[64];
	ssize_t n = root_read(root, name, sizeof(name), "sys/class/ptp/ptp0/clock_name");

	if (n < 0)
		return (int)n;
	if (!strstr(name, "KVM"))
		return -ENODEV;
	int fd cleanup(fd_close) = root_open(root, O_RDONLY, 0, "dev/ptp0");
	if (fd < 0)
		return fd;
	return clock_gettime(FD_TO_CLOCKID(fd), now) ? -errno : 0;
}

static int wallclock_read_rtc(int root, struct timespec *now)
{
	struct rtc_time rtc;

	int fd cleanup(fd_close) = root_open(root, O_RDONLY, 0, "dev/rtc0");
	if (fd < 0)
		return fd;
	if (ioctl(fd, RTC_RD_TIME, &rtc))
		return -errno;
	*now = (struct timespec){.tv_sec = timegm(&(struct tm){
					 .tm_sec = rtc.tm_sec,
					 .tm_min = rtc.tm_min,
					 .tm_hour = rtc.tm_hour,
					 .tm_mday = rtc.tm_mday,
					 .tm_mon = rtc.tm_mon,
					 .tm_year = rtc.tm_year,
				 })};
	return 0;
}

static const struct {
	const char *name;
	int (*read)(int root, struct timespec *now);
} clocks[] = {
	{"/dev/ptp0", wallclock_read_ptp},
	{"/dev/rtc0", wallclock_read_rtc},
};

void wallclock_set(int root, struct modules *m)
{
	struct timespec now;
	struct fault fault;
	int err;

	if (wallclock_plausible(time(NULL)))
		return;
	err = modules_want(m, "ptp_kvm", &fault);
	if (err && err != -EOPNOTSUPP) /* the VMM is another one */
		pr_warn("%s", fault.text);
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		err = clocks[i].read(root, &now);
		if (err && err != -ENOENT && err != -ENODEV)
			pr_warn("cannot read %s: %s", clocks[i].name, strerror(-err));
		if (err || !wallclock_plausible(now.tv_sec))
			continue;
		if (clock_settime(CLOCK_REALTIME, &now))
			pr_warn("cannot be set from %s: %s", clocks[i].name, strerror(errno));
		else
			pr_info("set from %s", clocks[i].name);
		return;
	}
	pr_warn("the time is before the year 2024, and neither /dev/ptp0 (KVM's) nor /dev/rtc0 has a better one: certificates will not be valid");
}
