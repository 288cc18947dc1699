// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <fcntl.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/report/report.h"
#include "init/end/shell.h"
#include "init/end/poweroff.h"
#include "init/end/shutdown.h"
#include "init/end/unmount.h"
#include "init/end/watchdog.h"

void shutdown_guest(const struct options *o, int initrd, bool failed, int status)
{
	if (failed && o->on_failure == ON_FAILURE_SHELL) {
		watchdog_limit(PHASE_EXIT, 0);
		shell_run(initrd);
		watchdog_limit(PHASE_EXIT, EXIT_LIMIT_S);
	}
	sync();
	unmount_all();
	poweroff_guest(o, failed, status);
}
