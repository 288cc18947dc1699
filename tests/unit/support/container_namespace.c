// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "tests/unit/support/container_namespace.h"
#include "tests/unit/test.h"

int in_namespace(void (*fn)(void))
{
	char path[64];
	int root = temp_root(path), status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		/* Any user may do this in a user namespace. */
		CHECK(!unshare(CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0)));
		CHECK(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		CHECK(!mount("test", path, "tmpfs", 0, "mode=755"));
		CHECK(!chdir(path));
		fn();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	temp_root_remove(path, root);
	return status;
}
