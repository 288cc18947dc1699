// SPDX-License-Identifier: Apache-2.0
/* The end of the guest: which file systems are unmounted, in which order, and how. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/end/unmount.h"
#include "tests/unit/support/container_namespace.h"

static void the_newest_is_first_and_the_guests_own_stay(void **state)
{
	char table[] = "rootfs / tmpfs rw 0 0\n"
		       "proc /proc proc rw 0 0\n"
		       "sysfs /sys sysfs rw 0 0\n"
		       "none /sys/fs/cgroup cgroup2 rw 0 0\n"
		       "dev /dev devtmpfs rw 0 0\n"
		       "pts /dev/pts devpts rw 0 0\n"
		       "run /run tmpfs rw 0 0\n"
		       "tmp /tmp tmpfs rw 0 0\n"
		       "/dev/vda /run/coldinit/disk ext4 rw 0 0\n"
		       "overlay /run/coldinit/bundle overlay rw 0 0\n"
		       "x /tmp/x tmpfs rw 0 0\n"
		       "x /devices tmpfs rw 0 0\n"
		       "x /a\\040b tmpfs rw 0 0\n";
	static const char *const expected[] = {"/a b", "/devices", "/tmp/x", "/run/coldinit/bundle",
					       "/run/coldinit/disk"};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(unmount_next(table), expected[i]);
	assert_null(unmount_next(table));
}

static void nothing_is_left_of_a_mount(void)
{
	struct stat below, here;

	CHECK(!mkdir("m", 0755) && !stat("m", &below));
	CHECK(!mount("x", "m", "tmpfs", 0, NULL));
	unmount_one("m");
	CHECK(!stat("m", &here) && here.st_dev == below.st_dev && here.st_ino == below.st_ino);
	/* a mount point that is none is no error */
	unmount_one("m");
	unmount_one("nothere");
}

/* Wait in a mount namespace that still has the mount, as a container's last process may be. */
static void hold_mount(const int ready[2], const int go[2])
{
	char c;

	CHECK(!unshare(CLONE_NEWNS));
	CHECK(write(ready[1], "x", 1) == 1 && read(go[0], &c, 1) == 1);
	/* It can no longer be written. */
	_exit(open("m/file", O_WRONLY | O_CREAT, 0600) < 0 && errno == EROFS ? 0 : 1);
}

static void a_mount_that_is_held_elsewhere_becomes_read_only(void)
{
	int ready[2], go[2], status;
	pid_t pid;
	char c;

	CHECK(!pipe(ready) && !pipe(go));
	CHECK(!mkdir("m", 0755) && !mount("x", "m", "tmpfs", 0, NULL));
	pid = fork();
	if (pid == 0)
		hold_mount(ready, go);
	CHECK(read(ready[0], &c, 1) == 1);
	unmount_one("m");
	CHECK(write(go[1], "x", 1) == 1 && waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
}

static void test_mounts(void **state)
{
	assert_int_equal(in_namespace(nothing_is_left_of_a_mount), 0);
	assert_int_equal(in_namespace(a_mount_that_is_held_elsewhere_becomes_read_only), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_is_first_and_the_guests_own_stay),
		cmocka_unit_test(test_mounts),
	};

	return RUN_TESTS(tests);
}
