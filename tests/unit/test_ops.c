// SPDX-License-Identifier: Apache-2.0
/* The operations of a boot, on a temporary root; FIFOs replace nodes, which need privileges. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev/ops.h"
#include "dev/pci.h"
#include "init/lib/root.h"
#include "tests/unit/support/fake_kernel.h"

static void assert_mode(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(root_stat(k.env.root, &st, "%s", path), 0);
	assert_int_equal(st.st_mode, mode);
}

static void test_write_needs_the_file(void **state)
{
	char text[16];

	fake_file(&k, "", "sys/attribute");
	assert_int_equal(dev_ops_live.write(k.env.root, "sys/attribute", "vfio-pci"), 0);
	assert_int_equal(root_read(k.env.root, text, sizeof(text), "sys/attribute"), 8);
	assert_string_equal(text, "vfio-pci");
	assert_int_equal(dev_ops_live.write(k.env.root, "sys/other", "vfio-pci"), -ENOENT);
}

static void test_drivers_probe_stays_open(void **state)
{
	int fd = -1;

	fake_remove(&k, PCI_DRIVERS_PROBE);
	assert_int_equal(dev_ops_live.probe(k.env.root, &fd, "0000:01:00.0"), -ENOENT);
	fake_file(&k, "", PCI_DRIVERS_PROBE);
	assert_int_equal(dev_ops_live.probe(k.env.root, &fd, "0000:01:00.0"), 0);
	/* A file of sysfs takes each write as a whole. */
	fake_remove(&k, PCI_DRIVERS_PROBE);
	assert_int_equal(dev_ops_live.probe(k.env.root, &fd, "0000:01:00.1"), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 2 * strlen("0000:01:00.0"));
	close(fd);
}

static void test_helper_writes_and_returns_the_error(void **state)
{
	int status;
	pid_t pid;
	char text[16];

	fake_file(&k, "", "sys/attribute");
	pid = dev_ops_live.write_async(k.env.root, "sys/attribute", "abc");
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(root_read(k.env.root, text, sizeof(text), "sys/attribute"), 3);
	pid = dev_ops_live.write_async(k.env.root, "sys/other", "abc");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), ENOENT);
}

static void test_node_is_made_with_its_parents(void **state)
{
	mode_t before = umask(022);

	assert_int_equal(
		dev_ops_live.mknod(k.env.root, "dev/vfio/devices/vfio0", S_IFIFO | 0600, 0, 0), 0);
	umask(before);
	assert_mode("dev", S_IFDIR | 0755);
	assert_mode("dev/vfio/devices", S_IFDIR | 0755);
	assert_mode("dev/vfio/devices/vfio0", S_IFIFO | 0600);
}

static void test_same_node_that_is_there_is_fine(void **state)
{
	assert_int_equal(dev_ops_live.mknod(k.env.root, "dev/a", S_IFIFO | 0600, 0, 0), 0);
	assert_int_equal(dev_ops_live.mknod(k.env.root, "dev/a", S_IFIFO | 0600, 0, 0), 0);
	assert_int_equal(dev_ops_live.mknod(k.env.root, "dev/a", S_IFCHR | 0600, 0, 0), -EEXIST);
	assert_int_equal(dev_ops_live.mknod(k.env.root, "dev/a", S_IFIFO | 0600, 1, 0), -EEXIST);
	assert_mode("dev/a", S_IFIFO | 0600);
}

static void test_node_stays_below_the_root(void **state)
{
	fake_dir(&k, "inside");
	fake_link(&k, "/inside", "dev/vfio");
	fake_link(&k, "../../../../../../../../inside", "dev/up");
	assert_int_equal(dev_ops_live.mknod(k.env.root, "dev/vfio/3", S_IFIFO | 0600, 0, 0), 0);
	assert_int_equal(dev_ops_live.mknod(k.env.root, "dev/up/4", S_IFIFO | 0600, 0, 0), 0);
	assert_mode("inside/3", S_IFIFO | 0600);
	assert_mode("inside/4", S_IFIFO | 0600);
}

static void test_parent_that_is_a_file_is_an_error(void **state)
{
	fake_file(&k, "", "dev/vfio");
	assert_int_equal(dev_ops_live.mknod(k.env.root, "dev/vfio/3", S_IFIFO | 0600, 0, 0),
			 -ENOTDIR);
}

static void test_name_that_is_too_long_is_an_error(void **state)
{
	char path[400];

	memset(path, 'a', sizeof(path));
	memcpy(path + 390, "/bbbbbbbb", 10);
	assert_int_equal(dev_ops_live.mknod(k.env.root, path, S_IFIFO | 0600, 0, 0), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_write_needs_the_file),
		FAKE_TEST(test_drivers_probe_stays_open),
		FAKE_TEST(test_helper_writes_and_returns_the_error),
		FAKE_TEST(test_node_is_made_with_its_parents),
		FAKE_TEST(test_same_node_that_is_there_is_fine),
		FAKE_TEST(test_node_stays_below_the_root),
		FAKE_TEST(test_parent_that_is_a_file_is_an_error),
		FAKE_TEST(test_name_that_is_too_long_is_an_error),
	};

	return RUN_TESTS(tests);
}
