// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <fcntl.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "init/end/poweroff.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/report/report.h"

/* Let the kernel panic, for the VMM's pvpanic device (admin-guide/sysrq.rst, command 'c'). */
static void poweroff_panic_guest(void)
{
	if (root_write(AT_FDCWD, "c", "/proc/sysrq-trigger"))
		pr_warn("on_failure=panic: the kernel has no /proc/sysrq-trigger");
}

void poweroff_guest(const struct options *o, bool failed, int status)
{
	int how = RB_POWER_OFF;

	report_end(o, status);
	if (failed && o->on_failure == ON_FAILURE_PANIC)
		poweroff_panic_guest();
	else if (failed && o->on_failure == ON_FAILURE_REBOOT)
		how = RB_AUTOBOOT;
	else if (failed && o->on_failure == ON_FAILURE_HALT)
		how = RB_HALT_SYSTEM;
	reboot(how);
	/* Not every platform can power off or reboot; PID 1 must not exit in any case. */
	reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}
