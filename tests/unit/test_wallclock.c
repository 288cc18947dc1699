// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#include "init/guest/wallclock.h"
#include "init/lib/log.h"

#define Y2026 1767225600

/* The kernel's clock, what it was set to, and the real-time clock. */
static time_t now, set;
static int rtc_year;

time_t __wrap_time(time_t *t);
int __wrap_clock_settime(clockid_t clock, const struct timespec *ts);
int __wrap_ioctl(int fd, unsigned long request, struct rtc_time *rtc);

time_t __wrap_time(time_t *t)
{
	(void)t;
	return now;
}

int __wrap_clock_settime(clockid_t clock, const struct timespec *ts)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	set = ts->tv_sec;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, struct rtc_time *rtc)
{
	(void)fd;
	assert_int_equal(request, RTC_RD_TIME);
	*rtc = (struct rtc_time){.tm_year = rtc_year - 1900, .tm_mday = 1};
	return 0;
}

static char lines[1024];

static void keep(enum log_level level, const char *line)
{
	(void)level;
	strncat(lines, line, sizeof(lines) - strlen(lines) - 1);
}

/* @ptp0, @ptp1: names of the clocks, NULL for none; @rtc: a real-time clock's device, or NULL. */
static void look(const char *ptp0, const char *ptp1, const char *rtc)
{
	char path[64], file[64];
	int root = temp_root(path);
	struct modules m = {.initrd = root, .root = root};

	if (ptp0)
		put_file(root, "sys/class/ptp/ptp0/clock_name", ptp0);
	if (ptp1)
		put_file(root, "sys/class/ptp/ptp1/clock_name", ptp1);
	put_file(root, "dev/ptp0", "");
	put_file(root, "dev/ptp1", "");
	if (rtc) {
		assert_true(snprintf(file, sizeof(file), "sys/class/rtc/%s/name", rtc) > 0);
		put_file(root, file, "rtc");
		assert_true(snprintf(file, sizeof(file), "dev/%s", rtc) > 0);
		put_file(root, file, "");
	}
	now = set = 0;
	lines[0] = '\0';
	log_to_sink(keep);
	wallclock_set(root, &m);
	log_to_sink(NULL);
	temp_root_remove(path, root);
}

/* The device is a file here, which clock_gettime() refuses: that shows which one it was. */
static void the_vmms_clock_is_found_by_its_name(void **state)
{
	rtc_year = 2026;
	look("KVM virtual PTP", NULL, "rtc0");
	assert_text(lines, "cannot read /dev/ptp0: Invalid argument");
	assert_int_equal(set, Y2026);
	look("mlx5_ptp", "KVM virtual PTP", "rtc0");
	assert_text(lines, "cannot read /dev/ptp1: Invalid argument");
	assert_int_equal(set, Y2026);
}

static void another_ptp_clock_is_not_used(void **state)
{
	rtc_year = 2025;
	look("mlx5_ptp", NULL, "rtc0");
	assert_int_equal(set, Y2026 - 365 * 86400);
	assert_string_equal(lines, "clock: set from /dev/rtc0");
}

static void a_real_time_clock_may_have_any_number(void **state)
{
	rtc_year = 2026;
	look(NULL, NULL, "rtc1");
	assert_int_equal(set, Y2026);
}

static void a_clock_with_no_better_time_is_reported(void **state)
{
	rtc_year = 1970;
	look(NULL, NULL, "rtc0");
	assert_int_equal(set, 0);
	assert_text(lines, "the time is before the year 2024");
	look(NULL, NULL, NULL);
	assert_int_equal(set, 0);
	assert_text(lines, "the time is before the year 2024");
}

/* Each day of six hundred years, beside the C library's timegm(). */
static void dates_are_those_of_the_c_library(void **state)
{
	for (int day = 0; day < 600 * 366; day++) {
		struct tm tm = {.tm_year = 0,
				.tm_mday = 1 + day,
				.tm_hour = day % 24,
				.tm_min = day % 60,
				.tm_sec = day % 61};
		time_t expected = timegm(&tm); /* and makes a date of it */

		assert_true(wallclock_seconds(&tm) == expected);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_those_of_the_c_library),
		cmocka_unit_test(the_vmms_clock_is_found_by_its_name),
		cmocka_unit_test(another_ptp_clock_is_not_used),
		cmocka_unit_test(a_real_time_clock_may_have_any_number),
		cmocka_unit_test(a_clock_with_no_better_time_is_reported),
	};

	return RUN_TESTS(tests);
}
