// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/masks_private.h"
#include "init/container/mount_private.h"
#include "init/container/nodes_private.h"
#include "init/container/pivot_private.h"
#include "init/container/rootfs_private.h"
#include "init/lib/root.h"
#include "tests/unit/support/container_namespace.h"

static mode_t type_of(int root, const char *path)
{
	struct stat st;

	return root_stat(root, &st, "%s", path) ? 0 : st.st_mode & S_IFMT;
}

static int ensure(int root, const char *path, mode_t type)
{
	int fd = rootfs_ensure(root, path, type, 0);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void missing_files_are_made_inside_the_root(void **state)
{
	static const struct {
		const char *path;
		mode_t type;
		const char *made;
	} rows[] = {
		{"/", S_IFDIR, "/"},
		{"/a/b/c", S_IFDIR, "a/b/c"},
		{"no/slash", S_IFDIR, "no/slash"},
		{"//a//d//", S_IFDIR, "a/d"},
		{"/etc/file", S_IFREG, "etc/file"},
		{"/../../up", S_IFDIR, "up"},
		{"/new/../beside", S_IFDIR, "beside"},
		{"/absolute/x", S_IFDIR, "outside/x"}, /* the target of the link, inside the root */
		{"/climbing/x", S_IFDIR, "tmp/x"},
		{"/dangling/y/z", S_IFDIR, "run/later/y/z"},
		{"/etc/resolv.conf", S_IFREG, "run/resolve/stub"},
		{"/chain", S_IFDIR, "run/end"},
	};
	char path[64];
	int root = temp_root(path);

	put_dir(root, "outside");
	put_dir(root, "tmp");
	put_link(root, "absolute", "/outside");
	put_link(root, "climbing", "../../../../../../../../../../tmp");
	put_link(root, "dangling", "/run/later");
	put_link(root, "etc/resolv.conf", "../run/resolve/stub");
	put_link(root, "chain", "link2");
	put_link(root, "link2", "../run/end");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(ensure(root, rows[i].path, rows[i].type), 0);
		assert_int_equal(type_of(root, rows[i].made), rows[i].type);
		assert_int_equal(ensure(root, rows[i].path, rows[i].type), 0);
	}
	temp_root_remove(path, root);
}

static void no_link_leads_out_of_the_root(void **state)
{
	char path[64], outside[64], target[128];
	int root = temp_root(path), other = temp_root(outside);

	snprintf(target, sizeof(target), "%s/made", outside);
	put_link(root, "evil", target);
	assert_int_equal(ensure(root, "/evil/dir", S_IFDIR), 0);
	assert_int_equal(type_of(other, "made"), 0);
	snprintf(target, sizeof(target), "../../../../../..%s/made", outside);
	put_link(root, "evil2", target);
	assert_int_equal(ensure(root, "/evil2", S_IFREG), 0);
	assert_int_equal(type_of(other, "made"), 0);
	put_link(root, "magic", "/proc/self/cwd");
	assert_int_equal(ensure(root, "/magic/x", S_IFDIR), 0);
	assert_int_equal(type_of(root, "proc/self/cwd/x"), S_IFDIR);
	temp_root_remove(path, root);
	temp_root_remove(outside, other);
}

static void paths_that_cannot_be_made_are_errors(void **state)
{
	static char longest[PATH_MAX + 1], component[300];
	char path[64];
	int root = temp_root(path);

	put_file(root, "file", "");
	put_link(root, "loop", "loop");
	put_link(root, "ping", "pong/x");
	put_link(root, "pong", "ping/x");
	assert_int_equal(ensure(root, "/file/below", S_IFDIR), -ENOTDIR);
	assert_int_equal(ensure(root, "/loop", S_IFDIR), -ELOOP);
	assert_int_equal(ensure(root, "/ping/x", S_IFDIR), -ELOOP);
	memset(component, 'x', sizeof(component) - 1);
	assert_int_equal(ensure(root, component, S_IFDIR), -ENAMETOOLONG);
	memset(longest, '/', sizeof(longest) - 1);
	assert_int_equal(ensure(root, longest, S_IFDIR), -ENAMETOOLONG);
	temp_root_remove(path, root);
}

/* FIFOs need no privilege and are made by the same code as device nodes. */
static void nodes_do_not_follow_links_out(void **state)
{
	char path[64], outside[64], target[128];
	int root = temp_root(path), other = temp_root(outside);
	struct oci_device devices[] = {{"/evil/fifo", 'p', 0, 0, 0640, 0, 0},
				       {"/dev/deep/fifo", 'p', 0, 0, 01666, 0, 0}};
	struct oci_mount dev = {.destination = "/dev", .type = "bind", .source = "/dev"};
	struct oci_config config = {
		.devices = devices, .n_devices = 2, .mounts = &dev, .n_mounts = 1};
	struct fault fault = {0};
	mode_t mask = umask(0);
	struct stat st;

	devices[0].uid = devices[1].uid = geteuid();
	devices[0].gid = devices[1].gid = getegid();
	snprintf(target, sizeof(target), "%s", outside);
	put_link(root, "evil", target);
	assert_int_equal(nodes_make(root, &config, &fault), 0);
	assert_int_equal(type_of(other, "fifo"), 0);
	assert_int_equal(root_stat(root, &st, "%s/fifo", outside), 0);
	assert_int_equal(st.st_mode, S_IFIFO | 0640);
	assert_int_equal(root_stat(root, &st, "dev/deep/fifo"), 0);
	assert_int_equal(st.st_mode, S_IFIFO | 01666);
	/* Again: the same node exists, which is no error. Another file is an error that names it.
	 */
	assert_int_equal(nodes_make(root, &config, &fault), 0);
	put_link(root, "dev/link", "/evil/fifo");
	devices[1].path = "/dev/link";
	assert_int_equal(nodes_make(root, &config, &fault), -EEXIST);
	assert_non_null(strstr(fault.text, "/dev/link"));
	umask(mask);
	temp_root_remove(path, root);
	temp_root_remove(outside, other);
}

/* Any user may make device number 0:0 (mknod(2), overlayfs). */
static void a_node_with_another_number_is_not_taken_for_it(void **state)
{
	struct oci_device device = {"/dev/x", 'c', 0, 0, 0600, 0, 0};
	struct oci_mount dev = {.destination = "/dev", .type = "bind", .source = "/dev"};
	struct oci_config config = {
		.devices = &device, .n_devices = 1, .mounts = &dev, .n_mounts = 1};
	struct fault fault;
	char path[64];
	int root = temp_root(path);

	put_dir(root, "dev");
	assert_int_equal(mknodat(root, "dev/x", S_IFCHR | 0600, 0), 0);
	assert_int_equal(nodes_make(root, &config, &fault), 0);
	device.minor = 3;
	assert_int_equal(nodes_make(root, &config, &fault), -EEXIST);
	temp_root_remove(path, root);
}

#define OPTIONS(...)                                \
	.options = ((const char *[]){__VA_ARGS__}), \
	.n_options = ARRAY_SIZE(((const char *[]){__VA_ARGS__}))

/* Find the line of mountinfo(5) with this mount point. Return: false if there is none. */
static bool mount_line(const char *point, char *line, int size)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	char cwd[64], wanted[256];
	bool found = false;

	CHECK(f && getcwd(cwd, sizeof(cwd)));
	snprintf(wanted, sizeof(wanted), " %s%s ", cwd, point);
	while (!found && fgets(line, size, f))
		found = strstr(line, wanted) != NULL;
	fclose(f);
	return found;
}

static void mount_in_order(void)
{
	const struct oci_mount mounts[] = {
		{"/data", "bind", "source", OPTIONS("bind", "ro", "nosuid")},
		{"/data/inner", "tmpfs", "", OPTIONS("size=64k", "noatime", "nodev", "rprivate")},
		{"/evil/mnt", "tmpfs", "", OPTIONS("size=64k", "rro")},
		{"/etc/hosts", "bind", "hosts", OPTIONS("rbind", "noexec", "size=1k", "z")},
		{.destination = "/dev/shm", .type = "tmpfs", .source = "shm"},
	};
	struct mount_readonly late = {0};
	struct arena arena = {0};
	struct fault fault = {0};
	char line[512];
	int root, *trees;

	CHECK(!mkdir("source", 0755) && !mkdir("source/inner", 0755) && !mkdir("root", 0755));
	CHECK(!mkdir("escape", 0755) && !symlink("../../../../../escape", "root/evil"));
	close(open("hosts", O_WRONLY | O_CREAT, 0644));
	root = open("root", O_PATH);
	CHECK(!mount_open_sources(mounts, ARRAY_SIZE(mounts), AT_FDCWD, &arena, &trees, &fault));
	CHECK(trees[0] >= 0 && trees[1] == -1 && trees[3] >= 0);
	CHECK(!mount_all(root, mounts, trees, ARRAY_SIZE(mounts), &arena, &late, &fault));
	CHECK(trees[0] == -1 && trees[3] == -1);
	CHECK(late.n == 1);
	/* Not sealed yet: directories in it can still be made. */
	CHECK(!mkdir("root/data/late", 0755));
	CHECK(!mount_seal(&late, &fault));
	CHECK(mkdir("root/data/later", 0755) && errno == EROFS);
	CHECK(!mkdir("root/data/inner/x", 0755) && !mkdir("source/later", 0755));
	CHECK(mount_line("/root/data", line, sizeof(line)) && strstr(line, " ro,nosuid,relatime "));
	CHECK(mount_line("/root/data/inner", line, sizeof(line)));
	CHECK(strstr(line, " rw,nodev,noatime ") && strstr(line, "size=64k"));
	CHECK(mount_line("/root/escape/mnt", line, sizeof(line)) && strstr(line, " ro,relatime "));
	CHECK(!mount_line("/escape/mnt", line, sizeof(line)));
	CHECK(mount_line("/root/etc/hosts", line, sizeof(line)) && strstr(line, " rw,noexec,"));
	CHECK(mount_line("/root/dev/shm", line, sizeof(line)));
	CHECK(strstr(line, " rw,nosuid,nodev,noexec,relatime ") && strstr(line, "size=65536k"));
}

static void mounts_are_made_in_order_and_inside_of_the_root(void **state)
{
	assert_int_equal(in_namespace(mount_in_order), 0);
}

/* The second mount of /new covers the first one, in which "in" is. */
static void mount_over_mounts(void)
{
	const struct oci_mount mounts[] = {
		{"/new", "tmpfs", "", OPTIONS("size=64k")},
		{"/new/in", "tmpfs", "", OPTIONS("size=64k")},
		{"/new", "tmpfs", "", OPTIONS("size=64k")},
		{"/new/last", "tmpfs", "", OPTIONS("size=64k")},
		{"/new/last/file", "bind", "file", OPTIONS("bind")},
		{"/new/last/file", "bind", "file", OPTIONS("bind")},
	};
	struct mount_readonly late = {0};
	struct arena arena = {0};
	struct fault fault = {0};
	struct stat st, last;
	int root, *trees;

	CHECK(!mkdir("root", 0755));
	close(open("file", O_WRONLY | O_CREAT, 0644));
	root = open("root", O_PATH);
	CHECK(!mount_open_sources(mounts, ARRAY_SIZE(mounts), AT_FDCWD, &arena, &trees, &fault));
	CHECK(!mount_all(root, mounts, trees, ARRAY_SIZE(mounts), &arena, &late, &fault));
	CHECK(stat("root/new/in", &st) && errno == ENOENT);
	CHECK(!stat("root/new", &st) && !stat("root/new/last", &last) && last.st_dev != st.st_dev);
	CHECK(!stat("root/new/last/file", &st) && S_ISREG(st.st_mode) && st.st_dev != last.st_dev);
}

static void a_mount_that_is_covered_gets_no_mount_points(void **state)
{
	assert_int_equal(in_namespace(mount_over_mounts), 0);
}

static void mount_badly(void)
{
	const struct {
		struct oci_mount mount;
		int error;
		const char *says;
	} rows[] = {
		{{"/x", "tmpfs", "", OPTIONS("bogus=1")}, -EINVAL, "bogus"},
		{{"/x", "tmpfs", "", OPTIONS("size=nonsense")}, -EINVAL, "size"},
		{{"/x", "nosuchfs", "", OPTIONS("ro")}, -ENODEV, "nosuchfs"},
		{{"/x", "", "/etc", OPTIONS("ro")}, -EINVAL, "neither a type nor the option bind"},
#ifndef CONFIG_USER_NS
		{{"/x", "tmpfs", "", OPTIONS("idmap")}, -ENOTSUP, "idmap"},
#endif
#ifdef CONFIG_MOUNT_EXTRAS
		{{"/x", "mqueue", "", OPTIONS("tmpcopyup")}, -EINVAL, "tmpcopyup"},
		{{"/none", "", "", OPTIONS("remount", "bind")}, -ENOENT, "nothing to remount"},
		{{"/a", "", "", OPTIONS("remount", "bind", "dev")}, -EINVAL, "no mount to remount"},
		{{"/a", "tmpfs", "", OPTIONS("remount")}, -EINVAL, "no mount to remount"},
#else
		{{"/x", "tmpfs", "", OPTIONS("tmpcopyup")}, -ENOTSUP, "tmpcopyup"},
#endif
		{{"/x", "bind", "/no/such/place", OPTIONS("bind")}, -ENOENT, "/no/such/place"},
		{{"/", "tmpfs", "", OPTIONS("ro")}, -EBUSY, "container's root"},
		{{"/a/..", "tmpfs", "", OPTIONS("ro")}, -EBUSY, "container's root"},
		{{"/file", "tmpfs", "", OPTIONS("ro")}, -ENOTDIR, "mount point is a file"},
		{{"/a", "bind", "/dev/null", OPTIONS("bind")}, -EISDIR, "is a directory"},
		{{"/link", "proc", "", OPTIONS("ro")}, -ELOOP, "symbolic link"},
		{{"/dangling", "sysfs", "", OPTIONS("ro")}, -ELOOP, "symbolic link"},
	};
	struct mount_readonly late;
	struct arena arena = {0};
	struct fault fault = {0};
	int root;

	CHECK(!mkdir("root", 0755) && !mkdir("root/a", 0755) && !symlink("a", "root/link"));
	CHECK(!symlink("nowhere", "root/dangling"));
	close(open("root/file", O_WRONLY | O_CREAT, 0644));
	root = open("root", O_PATH);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int none = -1;
		int err = mount_all(root, &rows[i].mount, &none, 1, &arena, &late, &fault);

		if (err != rows[i].error || !strstr(fault.text, rows[i].says))
			fprintf(stderr, "# row %zu: %d %s\n", i, err, fault.text);
		CHECK(err == rows[i].error);
		CHECK(strstr(fault.text, rows[i].says) && strstr(fault.text, "mount /"));
	}
	CHECK(!mkdir("root/nowhere", 0755));
}

static void a_mount_that_fails_says_which_and_why(void **state)
{
	assert_int_equal(in_namespace(mount_badly), 0);
}

static void mask_paths(void)
{
	const char *masked[] = {"/dir", "/link", "/none", "/file/below"},
		   *readonly[] = {"/ro", "/no"};
	struct oci_config config = {.masked_paths = masked,
				    .n_masked_paths = 4,
				    .readonly_paths = readonly,
				    .n_readonly_paths = 2};
	struct fault fault = {0};
	struct stat st, null;
	int root;

	CHECK(!mkdir("root", 0755) && !mkdir("root/dir", 0755) && !mkdir("root/ro", 0755));
	CHECK(!mkdir("root/dir/secret", 0755) && !symlink("../../file", "root/link"));
	close(open("root/file", O_WRONLY | O_CREAT, 0644));
	root = open("root", O_PATH);
	CHECK(!masks_apply(root, &config, &fault));
	CHECK(stat("root/dir/secret", &st) && errno == ENOENT);
	CHECK(mkdir("root/dir/x", 0755) && errno == EROFS);
	CHECK(!stat("root/file", &st) && !stat("/dev/null", &null) && st.st_rdev == null.st_rdev);
	/* The container cannot change the mode of the guest's /dev/null. */
	CHECK(chmod("root/file", 0666) && errno == EROFS);
	CHECK(mkdir("root/ro/x", 0755) && errno == EROFS);
	/* The root itself. */
	close(root);
	CHECK(!chdir("root") && !mount(".", ".", NULL, MS_BIND, NULL) && !chdir("../root"));
	root = open(".", O_PATH);
	CHECK(!mkdir("before", 0755));
	CHECK(!mount_seal_root(root, &fault));
	CHECK(mkdir("after", 0755) && errno == EROFS);
}

static void masked_paths_are_empty_and_readonly_ones_read_only(void **state)
{
	assert_int_equal(in_namespace(mask_paths), 0);
}

/* Relative sources are in the bundle, absolute ones in the guest. */
static void open_sources(void)
{
	static const struct {
		const char *source, *has; /* a file in it, NULL for an error */
	} rows[] = {
		{"data", "in_bundle"},
		{"./link", "in_bundle"}, /* to /data of the bundle */
		{"../../../data", "in_bundle"},
		{"up", NULL}, /* to a directory beside the bundle */
		{"none", NULL},
	};
	struct arena arena = {0};
	struct fault fault = {0};
	int bundle, *trees;

	CHECK(!mkdir("data", 0755) && !mkdir("data/outside", 0755));
	CHECK(!mkdir("bundle", 0755) && !mkdir("bundle/data", 0755));
	CHECK(!mkdir("bundle/data/in_bundle", 0755));
	CHECK(!symlink("/data", "bundle/link") && !symlink("../outside", "bundle/up"));
	CHECK(!mkdir("outside", 0755));
	bundle = open("bundle", O_PATH);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct oci_mount m = {"/x", "", rows[i].source, OPTIONS("bind")};
		int err = mount_open_sources(&m, 1, bundle, &arena, &trees, &fault);

		CHECK(err == (rows[i].has ? 0 : -ENOENT));
		CHECK(!err || strstr(fault.text, "mount /x"));
		if (err)
			continue;
		CHECK(!faccessat(trees[0], rows[i].has, F_OK, 0));
		close(trees[0]);
	}
}

static void relative_sources_stay_in_the_bundle(void **state)
{
	assert_int_equal(in_namespace(open_sources), 0);
}

static void move_in(void)
{
	struct fault fault = {0};
	char cwd[64];
	struct statvfs fs;
	struct stat st;
	int root;

	CHECK(getcwd(cwd, sizeof(cwd)) && !mkdir("root", 0755) && !mkdir("root/inside", 0755));
	/* A distribution may share all mounts, which pivot_root(2) refuses. */
	CHECK(!mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL));
	CHECK(!mount("root", "root", NULL, MS_BIND, NULL));
	CHECK(!mount(NULL, "root", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		     NULL));
	root = rootfs_enter(open("root", O_PATH), &fault);
	CHECK(root >= 0);
	CHECK(!fstatvfs(root, &fs));
	CHECK((fs.f_flag & (ST_NOSUID | ST_RDONLY)) == 0 && !(fs.f_flag & MS_NODEV) &&
	      fs.f_flag & MS_NOEXEC);
	CHECK(!pivot_into(root, MS_REC | MS_UNBINDABLE, &fault));
	CHECK(mount("/", "/inside", NULL, MS_BIND, NULL) && errno == EINVAL);
	CHECK(!stat("/inside", &st) && !stat("/../../inside", &st));
	CHECK(stat(cwd, &st) && stat("/proc", &st));
}

static void the_old_root_is_gone(void **state)
{
	assert_int_equal(in_namespace(move_in), 0);
}

/* The host of a share moves directories between the look-up of the root and its use. */
static void exchange(void)
{
	struct fault fault = {0};
	struct stat st;
	int rootfs, root;

	CHECK(!mkdir("bundle", 0755) && !mkdir("bundle/root", 0755) && !mkdir("guest", 0755));
	CHECK(!mkdir("bundle/root/inside", 0755) && !mkdir("guest/secret", 0755));
	CHECK(!symlink("/", "bundle/link"));
	rootfs = open("bundle/root", O_PATH);
	CHECK(!syscall(SYS_renameat2, AT_FDCWD, "bundle/root", AT_FDCWD, "guest", RENAME_EXCHANGE));
	CHECK(!syscall(SYS_renameat2, AT_FDCWD, "bundle/root", AT_FDCWD, "bundle/link",
		       RENAME_EXCHANGE));
	root = rootfs_enter(rootfs, &fault);
	CHECK(root >= 0 && !pivot_into(root, 0, &fault));
	CHECK(!stat("/inside", &st) && stat("/secret", &st) && stat("/bundle", &st));
}

static void an_exchanged_root_is_the_one_that_was_opened(void **state)
{
	assert_int_equal(in_namespace(exchange), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_files_are_made_inside_the_root),
		cmocka_unit_test(no_link_leads_out_of_the_root),
		cmocka_unit_test(paths_that_cannot_be_made_are_errors),
		cmocka_unit_test(nodes_do_not_follow_links_out),
		cmocka_unit_test(a_node_with_another_number_is_not_taken_for_it),
		cmocka_unit_test(mounts_are_made_in_order_and_inside_of_the_root),
		cmocka_unit_test(a_mount_that_is_covered_gets_no_mount_points),
		cmocka_unit_test(a_mount_that_fails_says_which_and_why),
		cmocka_unit_test(masked_paths_are_empty_and_readonly_ones_read_only),
		cmocka_unit_test(relative_sources_stay_in_the_bundle),
		cmocka_unit_test(the_old_root_is_gone),
		cmocka_unit_test(an_exchanged_root_is_the_one_that_was_opened),
	};

	return RUN_TESTS(tests);
}
