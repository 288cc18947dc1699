// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/container/lsm_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

#define APPARMOR "proc/self/attr/apparmor/"

/*
 * files: the files that exist; A: AppArmor runs, P: it has the profile, S: SELinux runs, L: it
 * accepts labels. exec, sid: contents of AppArmor's and SELinux's file afterwards.
 */
static const struct {
	struct oci_process process;
	const char *files, *exec, *sid, *fault, *line;
} rows[] = {
	{{0}, "APSL", "", "", NULL, ""},
	{{.apparmor_profile = "", .selinux_label = ""}, "APSL", "", "", NULL, ""},
	{{.apparmor_profile = "unconfined"}, "APSL", "", "", NULL, ""},
	{{.apparmor_profile = "a b", .selinux_label = "u:r:t"},
	 "APSL",
	 "exec a b",
	 "u:r:t",
	 NULL,
	 ""},
	{{.apparmor_profile = "a"},
	 "AL",
	 "",
	 "",
	 "process.apparmorProfile: the profile \"a\" is not loaded in the guest: load it in a createRuntime hook, remove the key, or boot with apparmor=0",
	 ""},
	{{.selinux_label = "u:r:t"},
	 "S",
	 "",
	 "",
	 "process.selinuxLabel: the guest's SELinux refuses \"u:r:t\": No such file or directory",
	 ""},
	{{.selinux_label = "t"},
	 "SL",
	 "",
	 "t",
	 "process.selinuxLabel: the guest's SELinux has no policy: load one in a createRuntime hook, or remove the key",
	 ""},
	{{.apparmor_profile = "a"},
	 "PSL",
	 "",
	 "",
	 NULL,
	 "coldinit: container: process.apparmorProfile is ignored: the guest kernel does not run AppArmor\n"},
	{{.selinux_label = "u:r:t"},
	 "APL",
	 "",
	 "",
	 NULL,
	 "coldinit: container: process.selinuxLabel is ignored: the guest kernel does not run SELinux\n"},
};

static void put_files(int root, const char *files)
{
	if (strchr(files, 'A'))
		put_file(root, APPARMOR "current", "unconfined");
	if (strchr(files, 'P'))
		put_file(root, APPARMOR "exec", "");
	if (strchr(files, 'S'))
		put_file(root, "sys/fs/selinux/load", "");
	if (strchr(files, 'L'))
		put_file(root, "proc/self/attr/exec", "");
}

static void assert_file(int root, const char *path, const char *expected)
{
	char text[64] = "";

	if (root_exists(root, "%s", path))
		assert_true(root_read(root, text, sizeof(text), "%s", path) >= 0);
	assert_string_equal(text, expected);
}

static void labels_go_to_the_modules_that_run(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char dir[64], line[256] = "";
		int root = temp_root(dir), ends[2];
		struct fault f = {0};

		put_files(root, rows[i].files);
		assert_int_equal(pipe(ends), 0);
		log_to(ends[1], false);
		assert_int_equal(lsm_apply(root, &rows[i].process, &f),
				 rows[i].fault ? -ENOENT : 0);
		log_to(STDERR_FILENO, false);
		close(ends[1]);
		assert_true(read(ends[0], line, sizeof(line) - 1) >= 0);
		close(ends[0]);
		assert_string_equal(line, rows[i].line);
		assert_string_equal(f.text, rows[i].fault ? rows[i].fault : "");
		assert_file(root, APPARMOR "exec", rows[i].exec);
		assert_file(root, "proc/self/attr/exec", rows[i].sid);
		temp_root_remove(dir, root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_go_to_the_modules_that_run),
	};

	return RUN_TESTS(tests);
}
