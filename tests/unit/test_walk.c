// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "init/lib/root.h"
#include "init/lib/walk.h"
#include "tests/unit/support/container_namespace.h"

/* Mount a tmpfs and write its name into a file of it. */
static void mount_tmpfs(int root, const char *path)
{
	char file[96];

	CHECK(!mkdirat(root, path, 0755) || errno == EEXIST);
	CHECK(!mount("test", path, "tmpfs", 0, NULL));
	snprintf(file, sizeof(file), "%s/name", path);
	put_file(root, file, path);
}

/* A guest: "/" and "/run" are PID 1's, the share is the host's, the disk is mounted in it. */
static int make_guest(void)
{
	int root = open(".", O_PATH | O_CLOEXEC);

	put_file(root, "name", "root");
	put_file(root, "etc/secret", "secret");
	mount_tmpfs(root, "run");
	put_dir(root, "run/share");
	mount_tmpfs(root, "run/share");
	put_dir(root, "run/share/disk");
	mount_tmpfs(root, "run/share/disk");
	put_dir(root, "run/share/dir/deep");
	put_link(root, "link", "/run/share");
	put_link(root, "run/up", "../etc");
	put_link(root, "run/top", "/etc");
	put_link(root, "run/share/top", "/");
	put_link(root, "run/share/out", "/etc/secret");
	put_link(root, "run/share/up", "../../etc/secret");
	put_link(root, "run/share/dir/up", "../../../name");
	put_link(root, "run/share/self", "self");
	put_link(root, "run/share/disk/top", "/name");
	put_link(root, "run/share/to_disk", "disk/top");
	return root;
}

/* Return: the text of the file, "" for a directory, or NULL with errno set. */
static const char *name_of(int root, const char *path)
{
	static char text[64];
	struct stat st;
	ssize_t n;

	int fd cleanup(fd_close) = walk_open(root, path);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	CHECK(!fstat(fd, &st));
	if (S_ISDIR(st.st_mode))
		return "";
	int file cleanup(fd_close) = open(fd_path(fd).s, O_RDONLY | O_CLOEXEC);
	n = read(file, text, sizeof(text) - 1);
	CHECK(n >= 0);
	text[n] = '\0';
	return text;
}

static void walk(void)
{
	static const struct {
		const char *path, *found;
		int err;
	} rows[] = {
		{"/", "", 0},
		{"", "", 0},
		{"/name", "root", 0},
		{"name", "root", 0},
		{"//run///name/", "run", 0},
		{"/run/./share/../name", "run/share", 0}, /* a share is a root */
		{"/../../name", "root", 0},
		{"/run/../name", "root", 0},
		{"/link/name", "run/share", 0},
		{"/run/up/secret", "secret", 0},
		{"/run/top/secret", "secret", 0},
		{"/run/share/top/name", "run/share", 0},
		{"/run/share/top/etc", NULL, ENOENT},
		{"/run/share/out", NULL, ENOENT},
		{"/run/share/up", NULL, ENOENT},
		{"/run/share/dir/up", "run/share", 0},
		{"/run/share/disk/top", "run/share/disk", 0},
		{"/run/share/to_disk", "run/share/disk", 0},
		{"/run/share/disk/../../name", "run/share/disk", 0},
		{"/run/share/dir/deep/..", "", 0},
		{"/run/share/self", NULL, ELOOP},
		{"/name/x", NULL, ENOTDIR},
		{"/run/share/none", NULL, ENOENT},
	};
	char name[300];
	int root = make_guest();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *found = name_of(root, rows[i].path);

		if (!found != !rows[i].found || (found && strcmp(found, rows[i].found) != 0) ||
		    (!found && errno != rows[i].err))
			fprintf(stderr, "# %s: %s\n", rows[i].path,
				found ? found : strerror(errno));
		CHECK(!found == !rows[i].found);
		CHECK(found ? !strcmp(found, rows[i].found) : errno == rows[i].err);
	}
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK(walk_open(root, name) == -ENAMETOOLONG);
}

static void links_stay_in_their_file_system(void **state)
{
	assert_int_equal(in_namespace(walk), 0);
}

static int open_count(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void no_descriptor_is_left_open(void **state)
{
	char path[64];
	int root = temp_root(path), before, fd;

	put_file(root, "a/b", "");
	put_link(root, "loop", "loop");
	before = open_count();
	fd = walk_open(root, "/a/b");
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(open_count(), before + 1);
	close(fd);
	assert_int_equal(walk_open(root, "/a/c"), -ENOENT);
	assert_int_equal(walk_open(root, "/loop"), -ELOOP);
	assert_int_equal(walk_open(-1, "/a/b"), -EBADF);
	assert_int_equal(open_count(), before);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_stay_in_their_file_system),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return RUN_TESTS(tests);
}
