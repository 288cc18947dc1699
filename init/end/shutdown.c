// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <fcntl.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/report/report.h"
#include "init/end/shell.h"
#include "init/end/poweroff.h"
#include "init/end/shutdown.h"
#include "init/end/unmount.h"
#include "init/end/watchdog.h"
#include "init/end/writeback.h"

#define SYNC_LIMIT_S 10 /* for sync and unmount, unless they make progress */

void shutdown_hold(int root)
{
	writeback_hold(root);
	poweroff_hold(root);
}

void shutdown_guest(const struct options *o, int initrd, bool failed, int status)
{
	if (failed && o->on_failure == ON_FAILURE_SHELL) {
		watchdog_limit(PHASE_EXIT, 0);
		shell_run(initrd);
		watchdog_limit(PHASE_EXIT, EXIT_LIMIT_S);
	}
	log_watch(NULL); /* the verdict is the console's last line */
	/* A disk that does not answer stops sync(2) for good, a slow one makes progress. */
	writeback_progresses();
	watchdog_renew(writeback_progresses, SYNC_LIMIT_S);
	watchdog_limit(PHASE_EXIT, SYNC_LIMIT_S);
	sync();
	unmount_all();
	poweroff_guest(o, failed, status);
}
