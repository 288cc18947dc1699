// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/container/caps_private.h"
#include "init/container/process_private.h"
#include "init/lib/root.h"

static void make_program(int root, const char *path, mode_t mode)
{
	put_file(root, path, "#!/bin/sh\n");
	assert_int_equal(fchmodat(root, path, mode, 0), 0);
}

static void a_program_is_looked_up_in_path(void **state)
{
	char dir[64], path[256], file[PATH_MAX], expected[PATH_MAX];
	struct stat st;
	int root = temp_root(dir);
	static const struct {
		const char *name;
		int err;
		const char *where;
	} rows[] = {
		{"both", 0, "one/both"},     {"second", 0, "two/second"},
		{"none", -ENOENT, ""},	     {"plain", -EACCES, "one/plain"},
		{"folder", 0, "two/folder"}, {"subdir", -EACCES, "two/subdir"},
		{"", -ENOENT, ""},	     {"link", 0, "two/link"},
	};

	make_program(root, "one/both", 0755);
	make_program(root, "two/both", 0755);
	make_program(root, "two/second", 0755);
	make_program(root, "two/folder", 0755);
	make_program(root, "one/plain", 0644);
	put_dir(root, "one/folder");
	put_dir(root, "two/subdir");
	put_link(root, "two/link", "second");
	snprintf(path, sizeof(path), "%s/missing:%s/one:%s/two", dir, dir, dir);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(file, sizeof(file), "untouched");
		assert_int_equal(process_find(rows[i].name, path, file, &st), rows[i].err);
		snprintf(expected, sizeof(expected), "%s/%s", dir, rows[i].where);
		assert_string_equal(file, *rows[i].where ? expected : "untouched");
		assert_true(rows[i].err || S_ISREG(st.st_mode));
	}
	temp_root_remove(dir, root);
}

static void a_name_with_a_slash_is_a_path(void **state)
{
	char dir[64], name[PATH_MAX], file[PATH_MAX];
	struct stat st;
	int root = temp_root(dir);

	make_program(root, "bin/yes", 0755);
	make_program(root, "bin/no", 0644);
	snprintf(name, sizeof(name), "%s/bin/yes", dir);
	assert_int_equal(process_find(name, "/nowhere", file, &st), 0);
	assert_string_equal(file, name);
	snprintf(name, sizeof(name), "%s/bin/no", dir);
	assert_int_equal(process_find(name, "/nowhere", file, &st), -EACCES);
	snprintf(name, sizeof(name), "%s/bin", dir);
	assert_int_equal(process_find(name, "/nowhere", file, &st), -EACCES);
	snprintf(name, sizeof(name), "%s/bin/none", dir);
	assert_int_equal(process_find(name, "/nowhere", file, &st), -ENOENT);
	snprintf(name, sizeof(name), "%s/bin/yes/below", dir);
	assert_int_equal(process_find(name, "/nowhere", file, &st), -ENOENT);
	temp_root_remove(dir, root);
}

static void odd_paths_do_no_harm(void **state)
{
	static char name[PATH_MAX + 10];
	char file[PATH_MAX];
	struct stat st;

	/* Without PATH, the default has a shell on every machine that runs this. */
	assert_int_equal(process_find("sh", NULL, file, &st), 0);
	assert_int_equal(process_find("no-such-program", NULL, file, &st), -ENOENT);
	assert_int_equal(process_find("no-such-program", "", file, &st), -ENOENT);
	assert_int_equal(process_find("no-such-program", ":::", file, &st), -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(process_find(name, "/bin:/usr/bin", file, &st), -ENOENT);
}

static void exit_status_says_not_found_or_not_executable(void **state)
{
	assert_int_equal(process_exit_status(-ENOENT), 127);
	assert_int_equal(process_exit_status(-ENOTDIR), 127);
	assert_int_equal(process_exit_status(-EACCES), 126);
	assert_int_equal(process_exit_status(-ENOEXEC), 126);
	assert_int_equal(process_exit_status(-E2BIG), 126);
}

#define BIT(n) (UINT64_C(1) << (n))

static void ambient_needs_permitted_and_inheritable(void **state)
{
	const uint64_t kill = BIT(CAP_KILL), bpf = BIT(CAP_BPF);
	uint64_t sets[OCI_CAPSETS] = {[OCI_AMBIENT] = kill | bpf};

	assert_int_equal(caps_ambient(sets), 0);
	sets[OCI_PERMITTED] = kill | bpf;
	assert_int_equal(caps_ambient(sets), 0);
	sets[OCI_INHERITABLE] = bpf | BIT(CAP_CHOWN);
	assert_int_equal(caps_ambient(sets), bpf);
	sets[OCI_AMBIENT] = 0;
	assert_int_equal(caps_ambient(sets), 0);
}

static void files_above_the_guests_limit_raise_it(void **state)
{
	static const struct {
		const char *nr_open; /* NULL: the guest does not have the file */
		rlim_t hard;
		const char *after;
	} rows[] = {
		{"1048576\n", 1073741816, "1073741816"},
		{"1048576\n", 1048577, "1048577"},
		{"1048576\n", 1048576, "1048576"},
		{"1073741816\n", 524288, "1073741816"},
		{NULL, 1073741816, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_rlimit limits[] = {{RLIMIT_CORE, {0, RLIM_INFINITY}},
					      {RLIMIT_NOFILE, {1024, rows[i].hard}}};
		const struct oci_process p = {.rlimits = limits, .n_rlimits = 2};
		char dir[64], text[32];
		int root = temp_root(dir);
		struct fault f;

		if (rows[i].nr_open)
			put_file(root, "proc/sys/fs/nr_open", rows[i].nr_open);
		assert_int_equal(process_raise_files(root, &p, &f), 0);
		if (rows[i].after) {
			assert_true(root_read(root, text, sizeof(text), "proc/sys/fs/nr_open") > 0);
			text[strlen(rows[i].after)] = '\0'; /* a file keeps its old end */
			assert_string_equal(text, rows[i].after);
		}
		temp_root_remove(dir, root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_looked_up_in_path),
		cmocka_unit_test(a_name_with_a_slash_is_a_path),
		cmocka_unit_test(odd_paths_do_no_harm),
		cmocka_unit_test(exit_status_says_not_found_or_not_executable),
		cmocka_unit_test(files_above_the_guests_limit_raise_it),
		cmocka_unit_test(ambient_needs_permitted_and_inheritable),
	};

	return RUN_TESTS(tests);
}
