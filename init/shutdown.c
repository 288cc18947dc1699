// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shutdown: " fmt

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/report.h"
#include "init/shutdown.h"
#include "init/storage.h"
#include "init/watchdog.h"

/* A panic that the VMM's pvpanic device sees; the kernel's own way to make one on purpose. */
static void panic_guest(void)
{
	if (root_write(AT_FDCWD, "c", "/proc/sysrq-trigger"))
		pr_warn("on_failure=panic: the kernel has no /proc/sysrq-trigger");
}

void shutdown_now(const struct options *o, bool failed, int status)
{
	int how = RB_POWER_OFF;

	report_debug_exit(o, status);
	if (failed && o->on_failure == ON_FAILURE_PANIC)
		panic_guest();
	else if (failed && o->on_failure == ON_FAILURE_REBOOT)
		how = RB_AUTOBOOT;
	else if (failed && o->on_failure == ON_FAILURE_HALT)
		how = RB_HALT_SYSTEM;
	reboot(how);
	/* A platform that can do neither still must not see PID 1 exit. */
	reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}

/* A shell in the initramfs, on the console, until it is left. */
static void run_shell(int initrd)
{
	static char *const argv[] = {"-sh", NULL}, *const envp[] = {"PATH=/bin:/sbin", "TERM=linux",
								    NULL};
	sigset_t none;
	pid_t pid;

	if (initrd < 0 || !root_exists(initrd, "bin/sh")) {
		pr_warn("on_failure=shell: the initramfs has no /bin/sh");
		return;
	}
	pid = fork();
	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();
		if (fchdir(initrd) == 0 && chroot(".") == 0)
			execve("/bin/sh", argv, envp);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void shutdown_guest(const struct options *o, int initrd, bool failed, int status)
{
	if (failed && o->on_failure == ON_FAILURE_SHELL) {
		watchdog_limit(PHASE_EXIT, 0);
		run_shell(initrd);
		watchdog_limit(PHASE_EXIT, 30);
	}
	sync();
	storage_unmount_all();
	shutdown_now(o, failed, status);
}
