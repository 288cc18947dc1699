// SPDX-License-Identifier: Apache-2.0
/* System calls for tests of seccomp filters, each harmless if it is allowed. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <unistd.h>

static void tell(const char *name, long result)
{
	printf("probe: syscalls: %s: %s\n", name, result < 0 ? strerror(errno) : "ok");
	fflush(stdout);
}

int main(void)
{
	tell("getpid", getpid());
	tell("personality(~0)", personality(0xffffffff));
	tell("personality(0)", personality(0));
	tell("mount", mount("a", "/", "b", 0, NULL));
	tell("unshare", unshare(CLONE_FILES));
	return 0;
}
