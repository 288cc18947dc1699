// SPDX-License-Identifier: Apache-2.0
/* System calls that fail: none of it is silent, and each error has its text. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/process_private.h"
#include "init/guest/modules.h"
#include "init/lib/child.h"
#include "tests/unit/support/failing_lookup.h"
#include "tests/unit/test.h"

static bool no_session;

/* In place of the C library's. */
pid_t setsid(void)
{
	if (no_session)
		errno = EPERM;
	return no_session ? -1 : (pid_t)syscall(SYS_setsid);
}

static int setup(void **state)
{
	failing_call = 0;
	no_session = false;
	return 0;
}

static void a_module_needs_what_it_depends_on(void **state)
{
	static const char dep[] = "a/top.ko: a/below.ko\na/below.ko:\n";
	struct fault f = {0};
	char path[64];
	int root = temp_root(path);
	struct modules m = {
		.initrd = root, .root = root, .dir = "m", .dep = strdup(dep), .line = strdup("")};

	/* only a module that the initramfs does not have may be built in */
	assert_int_equal(modules_want(&m, "other", &f), 0);
	assert_int_equal(modules_load(&m, "other", &f), -ENOENT);
	put_file(root, "m/a/top.ko", "");
	assert_int_equal(modules_want(&m, "top", &f), -ENOEXEC);
	assert_string_equal(f.text,
			    "module top: module file /m/a/below.ko: No such file or directory");
	/* a symbol that is not known */
	put_file(root, "m/a/below.ko", "");
	failing_call = SYS_finit_module;
	failing_errno = ENOENT;
	assert_int_equal(modules_want(&m, "below", &f), -ENOEXEC);
	assert_text(f.text, "the kernel refuses module a/below.ko: No such file or directory");
	assert_text(f.text, "\"Unknown symbol\"");
	assert_int_equal(modules_want(&m, "top", &f), -ENOEXEC);
	assert_text(f.text, "module top: the kernel refuses module a/below.ko");
	/* nothing to drive; present already */
	failing_errno = ENODEV;
	assert_int_equal(modules_want(&m, "top", &f), 0);
	failing_errno = EEXIST;
	assert_int_equal(modules_load(&m, "top", &f), 0);
	modules_close(&m);
	temp_root_remove(path, root);
}

static void a_process_without_its_keyring_does_not_start(void **state)
{
	struct fault f = {0};

	failing_call = SYS_keyctl;
	failing_errno = ENOSYS;
	assert_int_equal(process_keyring("c", &f), 0);
	failing_errno = EDQUOT;
	assert_int_equal(process_keyring("c", &f), -EDQUOT);
	assert_string_equal(f.text, "cannot make a session keyring: Disk quota exceeded");
}

static void a_process_without_its_session_does_not_start(void **state)
{
	int status = 0;
	pid_t pid;

	no_session = true;
	assert_int_equal(child_detach(), -EPERM);
	pid = child_fork("test", CHILD_PROGRAM);
	if (pid == 0)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_module_needs_what_it_depends_on, setup),
		cmocka_unit_test_setup(a_process_without_its_keyring_does_not_start, setup),
		cmocka_unit_test_setup(a_process_without_its_session_does_not_start, setup),
	};

	return RUN_TESTS(tests);
}
