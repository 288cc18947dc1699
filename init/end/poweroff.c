// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "init/end/poweroff.h"
#include "init/lib/compiler.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/report/report.h"

/* Let the kernel panic, for the VMM's pvpanic device (admin-guide/sysrq.rst, command 'c'). */
static void poweroff_panic_guest(void)
{
	if (root_write(AT_FDCWD, "c", "/proc/sysrq-trigger"))
		pr_warn("on_failure=panic: the kernel has no /proc/sysrq-trigger");
}

/*
 * The last resort
 *
 * reboot(2) shuts all devices down, and a driver may wait for a disk that does not answer. The
 * kernel's sysrq does not (admin-guide/sysrq.rst).
 */

#define LAST_RESORT_S 10 /* some devices need five seconds */
#define STACK_SIZE    16384

/*
 * @sysrq: descriptor of /proc/sysrq-trigger, -1 without it
 * @command: 'b', reset; or 'c', panic
 */
static struct {
	int sysrq;
	const char *command;
} poweroff = {-1, "b"};

void poweroff_hold(int root)
{
	char vendor[64];
	ssize_t n =
		root_read(root, vendor, sizeof(vendor), "sys/devices/virtual/dmi/id/sys_vendor");

	if (n < 0 && n != -ENOENT)
		pr_warn("cannot read the machine's vendor: %s", strerror((int)-n));
	if (n > 0 && !strcmp(vendor, "Cloud Hypervisor"))
		poweroff.command = "c";
	poweroff.sysrq = root_open(root, O_WRONLY, 0, "proc/sysrq-trigger");
	if (poweroff.sysrq < 0 && poweroff.sysrq != -ENOENT)
		pr_warn("cannot open /proc/sysrq-trigger: %s", strerror(-poweroff.sysrq));
}

void poweroff_reset(const struct options *o, int status)
{
	report_end(o, status);
	log_watch(NULL); /* the verdict is the console's last line */
	if (poweroff.sysrq < 0)
		return;
	if (write(poweroff.sysrq, poweroff.command, 1) != 1)
		pr_err("cannot reset the guest: %m");
}

/* struct poweroff_end - the arguments of the process that waits */
static struct poweroff_end {
	const struct options *options;
	int status;
} poweroff_end;

static int poweroff_last_resort(void *arg)
{
	const struct poweroff_end *end = arg;
	struct timespec left = {.tv_sec = LAST_RESORT_S};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
	pr_err("the devices do not shut down: resetting the guest");
	poweroff_reset(end->options, end->status);
	return 0;
}

/* It shares this process's memory, so there need not be any free memory. */
static void poweroff_arm(void)
{
	static pages_apart char stack[STACK_SIZE];

	if (poweroff.sysrq >= 0 && clone(poweroff_last_resort, stack + sizeof(stack),
					 CLONE_VM | CLONE_FILES | SIGCHLD, &poweroff_end) < 0)
		pr_warn("no process for the last resort: %m");
}

void poweroff_guest(const struct options *o, bool failed, int status)
{
	int how = RB_POWER_OFF;

	log_watch(NULL); /* the verdict is the console's last line */
	poweroff_end = (struct poweroff_end){o, status};
	report_end(o, status);
	if (failed && o->on_failure == ON_FAILURE_PANIC)
		poweroff_panic_guest();
	else if (failed && o->on_failure == ON_FAILURE_REBOOT)
		how = RB_AUTOBOOT;
	else if (failed && o->on_failure == ON_FAILURE_HALT)
		how = RB_HALT_SYSTEM;
	if (how != (int)RB_HALT_SYSTEM)
		poweroff_arm();
	reboot(how);
	/* Not every platform can power off or reboot; PID 1 must not exit in any case. */
	reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}
