// SPDX-License-Identifier: Apache-2.0
/* Which paths need the mounts of the guest that are made only if something uses them. */
#include "tests/unit/test.h"

#include "init/guest/mounts.h"
#include "init/lib/compiler.h"

static void a_path_that_meets_such_a_mount_needs_it(void **state)
{
	static const char *const paths[] = {
		"/",
		"/dev",
		"/dev/",
		"/dev/pts",
		"/dev/pts/",
		"/dev/shm",
		"/dev/shm/x",
		"/dev/shm/x/y/",
		"/dev/mqueue",
		"/dev/mqueue/q",
		"/tmp",
		"/tmp/",
		"/tmp/a",
		"//tmp",
		"/run/../tmp",
		"/run//x",
		"dev",
		"",
		"/dev/pts/ptmx",
		"/dev/vfio/../shm",
	};
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		print_message("# \"%s\"\n", paths[i]);
		assert_true(mounts_is_extra(paths[i]));
	}
}

static void other_paths_do_not(void **state)
{
	static const char *const paths[] = {
		"/run",	     "/run/coldinit/x", "/dev/vfio/3", "/dev/shmem", "/dev/pts2/x",
		"/dev/sh",   "/tmpfs",		"/tm",	       "/sys",	     "/run/tmp",
		"/dev/null", "/mnt/dev/shm",	"/devices",    "/d",	     "/dev/ptmx",
	};
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		print_message("# \"%s\"\n", paths[i]);
		assert_false(mounts_is_extra(paths[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_that_meets_such_a_mount_needs_it),
		cmocka_unit_test(other_paths_do_not),
	};

	return RUN_TESTS(tests);
}
