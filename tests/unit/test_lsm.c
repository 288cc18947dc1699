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
	int err;
} rows[] = {
	{{0}, "APSL", "", "", NULL, "", 0},
	{{.apparmor_profile = "", .selinux_label = ""}, "APSL", "", "", NULL, "", 0},
	{{.apparmor_profile = "unconfined"}, "APSL", "", "", NULL, "", 0},
	{{.apparmor_profile = "a b", .selinux_label = "u:r:t"},
	 "APSL",
	 "exec a b",
	 "u:r:t",
	 NULL,
	 "",
	 0},
	{{.apparmor_profile = "a", .lsm_required = true},
	 "AL",
	 "",
	 "",
	 "process.apparmorProfile: the profile \"a\" is not loaded in the guest (a createRuntime hook can load it)",
	 "",
	 -ENOENT},
	{{.apparmor_profile = "a"},
	 "AL",
	 "",
	 "",
	 NULL,
	 "coldinit: container: process.apparmorProfile: the profile \"a\" is not loaded in the guest (a createRuntime hook can load it); it is ignored\n",
	 0},
	{{.selinux_label = "t", .lsm_required = true},
	 "SL",
	 "",
	 "t",
	 "process.selinuxLabel: the guest's SELinux has no policy (a createRuntime hook can load one)",
	 "",
	 -ENOENT},
	{{.selinux_label = "t"},
	 "SL",
	 "",
	 "t",
	 NULL,
	 "coldinit: container: process.selinuxLabel: the guest's SELinux has no policy (a createRuntime hook can load one); it is ignored\n",
	 0},
	{{.apparmor_profile = "a", .lsm_required = true},
	 "PSL",
	 "",
	 "",
	 "process.apparmorProfile: the guest kernel does not run AppArmor",
	 "",
	 -ENOTSUP},
	{{.apparmor_profile = "a"},
	 "PSL",
	 "",
	 "",
	 NULL,
	 "coldinit: container: process.apparmorProfile: the guest kernel does not run AppArmor; it is ignored\n",
	 0},
	{{.selinux_label = "u:r:t", .lsm_required = true},
	 "APL",
	 "",
	 "",
	 "process.selinuxLabel: the guest kernel does not run SELinux",
	 "",
	 -ENOTSUP},
	{{.selinux_label = "u:r:t"},
	 "APL",
	 "",
	 "",
	 NULL,
	 "coldinit: container: process.selinuxLabel: the guest kernel does not run SELinux; it is ignored\n",
	 0},
	{{.selinux_label = "u:r:t"},
	 "S",
	 "",
	 "",
	 "process.selinuxLabel: the guest's SELinux refuses \"u:r:t\": No such file or directory",
	 "",
	 -ENOENT},
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
		char dir[64], line[512] = "";
		int root = temp_root(dir), ends[2];
		struct fault f = {0};

		put_files(root, rows[i].files);
		assert_int_equal(pipe(ends), 0);
		log_to(ends[1], false);
		assert_int_equal(lsm_apply(root, &rows[i].process, &f), rows[i].err);
		log_to(STDERR_FILENO, false);
		close(ends[1]);
		assert_true(read(ends[0], line, sizeof(line) - 1) >= 0);
		close(ends[0]);
		assert_string_equal(line, rows[i].line);
		if (rows[i].err)
			assert_string_equal(f.text, rows[i].fault);
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
