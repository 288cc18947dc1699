// SPDX-License-Identifier: Apache-2.0
#define _XOPEN_SOURCE_EXTENDED 1
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

int temp_root(char path[64])
{
	int fd;

	snprintf(path, 64, "/tmp/coldinit-test-XXXXXX");
	assert_non_null(mkdtemp(path));
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void temp_root_remove(const char *path, int fd)
{
	close(fd);
	assert_int_equal(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
}

static void make_parents(int root, const char *path)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdirat(root, part, 0755);
	}
}

void put_file(int root, const char *path, const char *text)
{
	int fd;

	make_parents(root, path);
	fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void put_link(int root, const char *path, const char *target)
{
	make_parents(root, path);
	assert_int_equal(symlinkat(target, root, path), 0);
}

void put_dir(int root, const char *path)
{
	make_parents(root, path);
	mkdirat(root, path, 0755);
	assert_int_equal(faccessat(root, path, F_OK, 0), 0);
}
