// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shell: " fmt

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/child.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/end/shell.h"

void shell_run(int initrd)
{
	static char *const argv[] = {"-sh", NULL}, *const envp[] = {"PATH=/bin:/sbin", "TERM=linux",
								    NULL};
	pid_t pid;

	if (initrd < 0 || !root_exists(initrd, "bin/sh")) {
		pr_warn("on_failure=shell: the initramfs has no /bin/sh");
		return;
	}
	pid = child_fork("coldinit-shell", CHILD_PROGRAM);
	if (pid == 0) {
		if (fchdir(initrd) == 0 && chroot(".") == 0)
			execve("/bin/sh", argv, envp);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
