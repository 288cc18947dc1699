// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "shell: " fmt

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/guest/mounts.h"
#include "init/lib/child.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/end/shell.h"

void shell_run(int initrd)
{
	static char *const argv[] = {"-sh", NULL}, *const envp[] = {"PATH=/bin:/sbin", "TERM=linux",
								    NULL};
	int there = initrd < 0 ? 0 : root_exists(initrd, "bin/sh");
	pid_t pid;

	if (there <= 0) {
		pr_warn("on_failure=shell: /bin/sh of the initramfs: %s",
			strerror(there ? -there : ENOENT));
		return;
	}
	if (mounts_noexec(initrd, false))
		pr_warn("on_failure=shell: programs of the initramfs may not be executed");
	pid = child_fork("coldinit-shell", CHILD_PROGRAM);
	if (pid == 0) {
		if (fchdir(initrd) == 0 && chroot(".") == 0)
			execve("/bin/sh", argv, envp);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			pid = -errno;
	if (pid < 0)
		pr_warn("on_failure=shell: %s", strerror(-pid));
}
