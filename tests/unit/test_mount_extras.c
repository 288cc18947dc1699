// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/container/copyup_private.h"
#include "init/container/mount_private.h"
#include "init/lib/root.h"
#include "tests/unit/support/container_namespace.h"

#ifdef CONFIG_MOUNT_EXTRAS

#define OPTIONS(...)                                \
	.options = ((const char *[]){__VA_ARGS__}), \
	.n_options = ARRAY_SIZE(((const char *[]){__VA_ARGS__}))

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* Return: true if the file contains exactly @text. */
static bool holds(const char *path, const char *text)
{
	char buf[64] = "";

	return root_read(AT_FDCWD, buf, sizeof(buf), "%s", path) >= 0 && !strcmp(buf, text);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_mode;
}

static void copy(void)
{
	char target[64] = "";
	int from, to;

	CHECK(!mkdir("from", 0755) && !mkdir("to", 0755) && !mkdir("from/d", 0700));
	CHECK(!mkdir("from/d/e", 0755) && !chmod("from/d/e", 01777));
	put("secret", "outside");
	put("from/file", "text");
	put("from/empty", "");
	put("from/d/e/program", "#!");
	CHECK(!chmod("from/d/e/program", 04755));
	CHECK(!symlink("../../secret", "from/d/link") && !symlink("../secret", "from/out"));
	CHECK(!mkfifo("from/pipe", 0600));
	from = open("from", O_PATH);
	to = open("to", O_PATH);
	CHECK(!copyup_tree(from, to));
	CHECK(holds("to/file", "text") && holds("to/empty", "") && holds("to/d/e/program", "#!"));
	CHECK(mode_of("to/d") == (S_IFDIR | 0700) && mode_of("to/d/e") == (S_IFDIR | 01777));
	CHECK(mode_of("to/d/e/program") == (S_IFREG | 04755));
	CHECK(mode_of("to/pipe") == (S_IFIFO | 0600));
	/* A link is copied, not its target. */
	CHECK(S_ISLNK(mode_of("to/out")) && readlink("to/d/link", target, 63) == 12);
	CHECK(!strcmp(target, "../../secret"));
	/* Nothing is overwritten. */
	CHECK(copyup_tree(from, to) == -EEXIST);
}

static void a_directory_is_copied_without_leaving_it(void **state)
{
	assert_int_equal(in_namespace(copy), 0);
}

static void copy_deep(void)
{
	int from, to;

	CHECK(!mkdir("from", 0755) && !mkdir("to", 0755));
	from = open("from", O_PATH);
	to = open("to", O_PATH);
	CHECK(!chdir("from"));
	for (int i = 0; i < 80; i++)
		CHECK(!mkdir("d", 0755) && !chdir("d"));
	CHECK(copyup_tree(from, to) == -ELOOP);
}

static void an_image_cannot_use_up_the_descriptors(void **state)
{
	assert_int_equal(in_namespace(copy_deep), 0);
}

/* Find the last line of mountinfo(5) with this mount point. Return: false if there is none. */
static bool mount_line(const char *point, char *line, int size)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	char cwd[64], wanted[256], here[512];
	bool found = false;

	CHECK(f && getcwd(cwd, sizeof(cwd)));
	snprintf(wanted, sizeof(wanted), " %s%s ", cwd, point);
	while (fgets(here, sizeof(here), f)) {
		if (!strstr(here, wanted))
			continue;
		snprintf(line, (size_t)size, "%s", here);
		found = true;
	}
	fclose(f);
	return found;
}

static void mount_and_remount(void)
{
	const struct oci_mount mounts[] = {
		{"/new", "tmpfs", "", OPTIONS("tmpcopyup", "size=64k", "ro")},
		{"/plain", "tmpfs", "", OPTIONS("size=64k", "nosuid")},
		{"/plain", "none", "", OPTIONS("remount", "bind", "noexec", "ro")},
		{"/large", "tmpfs", "", OPTIONS("size=64k", "nosuid")},
		{"/large", "tmpfs", "", OPTIONS("remount", "size=128k", "suid", "nodev")},
	};
	struct mount_readonly late = {0};
	struct arena arena = {0};
	struct fault fault = {0};
	char line[512];
	int root, trees[] = {-1, -1, -1, -1, -1};

	CHECK(!mkdir("root", 0755) && !mkdir("root/new", 0755));
	put("root/new/file", "text");
	root = open("root", O_PATH);
	if (mount_all(root, mounts, trees, ARRAY_SIZE(mounts), &arena, &late, &fault))
		fprintf(stderr, "# %s\n", fault.text);
	CHECK(!*fault.text);
	CHECK(!mount_seal(&late, &fault));
	CHECK(holds("root/new/file", "text") && unlink("root/new/file") && errno == EROFS);
	CHECK(mount_line("/root/plain", line, sizeof(line)));
	CHECK(strstr(line, " ro,nosuid,noexec,relatime "));
	CHECK(mount_line("/root/large", line, sizeof(line)));
	CHECK(strstr(line, " rw,nodev,relatime ") && strstr(line, "size=128k"));
}

static void mounts_begin_with_a_copy_and_change_later(void **state)
{
	assert_int_equal(in_namespace(mount_and_remount), 0);
}

#endif

int main(void)
{
#ifdef CONFIG_MOUNT_EXTRAS
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_is_copied_without_leaving_it),
		cmocka_unit_test(an_image_cannot_use_up_the_descriptors),
		cmocka_unit_test(mounts_begin_with_a_copy_and_change_later),
	};

	return RUN_TESTS(tests);
#else
	return 0;
#endif
}
