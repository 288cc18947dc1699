// SPDX-License-Identifier: Apache-2.0
/* Device nodes of a recorded tree: their text, recording them, looking them up. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "init/lib/root.h"
#include "init/tool/nodes.h"

static void texts_of_nodes(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		unsigned major, minor;
	} rows[] = {
		{"c 195:0 0666", S_IFCHR | 0666, 195, 0},
		{"c 0:0 0000", S_IFCHR, 0, 0},
		{"b 4095:1048575 7777", S_IFBLK | 07777, 4095, 1048575},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stat st;

		assert_int_equal(nodes_parse(rows[i].text, &st), 0);
		assert_int_equal(st.st_mode, rows[i].mode);
		assert_int_equal(major(st.st_rdev), rows[i].major);
		assert_int_equal(minor(st.st_rdev), rows[i].minor);
	}
}

static void texts_that_are_no_nodes(void **state)
{
	static const char *const rows[] = {
		"",
		"c",
		"c ",
		"p 0:0 0666",
		"d 1:3 0666",
		"c1:3 0666",
		"c 1:3",
		"c 1 3 0666",
		"c 1:3 0888",
		"c 1:3 10000",
		"c 4096:0 0666",
		"c 1:-3 0666",
		"c 0:1048576 0666",
		"c x:3 0666",
		"c 1:3 0666 ",
		"c 1:3 0666 0666",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stat st = {.st_size = 77};

		if (nodes_parse(rows[i], &st) != -EINVAL || st.st_size != 77)
			fail_msg("\"%s\"", rows[i]);
	}
}

/* Without CAP_MKNOD, the kernel allows one device: 0:0, the whiteout of an overlay. */
static void put_node(int root, const char *path, mode_t mode)
{
	assert_int_equal(mknodat(root, path, S_IFCHR | mode, makedev(0, 0)), 0);
	assert_int_equal(fchmodat(root, path, mode, 0), 0);
}

static void nodes_are_recorded(void **state)
{
	struct arena a = {0};
	struct recording r = {.arena = &a};
	struct fault fault;
	char path[64], *text;
	int root = temp_root(path);

	put_dir(root, "sys/devices");
	put_dir(root, "dev/nvidia-caps");
	put_dir(root, "dev/pts");
	put_dir(root, "dev/shm");
	put_node(root, "dev/nvidia0", 0666);
	put_node(root, "dev/nvidia-caps/nvidia-cap1", 0400);
	put_node(root, "dev/tty1", 0600);
	put_node(root, "dev/vcsa", 0600);
	put_node(root, "dev/loop0", 0600);
	put_node(root, "dev/pts/0", 0600);
	put_file(root, "dev/shm/file", "x");
	put_link(root, "dev/core", "/proc/kcore");
	assert_int_equal(recording_take(root, &r, &fault), 0);
	text = recording_text(&r);
	assert_string_equal(text, "node dev/nvidia-caps/nvidia-cap1 c 0:0 0400\n"
				  "node dev/nvidia0 c 0:0 0666\n");
	free(text);
	arena_free(&a);
	temp_root_remove(path, root);
}

static void nodes_of_an_unpacked_tree_are_looked_up(void **state)
{
	static const char tree[] = "node dev/nvidia0 c 195:7 0640\n"
				   "node dev/sda b 8:0 0660\n"
				   "file sys/a c 1:3 0666\n";
	struct arena a = {0};
	struct recording r;
	struct fault fault;
	struct stat st;
	char path[64];
	int root = temp_root(path);

	assert_int_equal(recording_parse(&a, tree, strlen(tree), &r, &fault), 0);
	assert_int_equal(recording_unpack(&r, root, &fault), 0);
	assert_int_equal(nodes_lstat(root, "/dev/nvidia0", &st), 0);
	assert_int_equal(st.st_mode, S_IFCHR | 0640);
	assert_int_equal(st.st_rdev, makedev(195, 7));
	assert_int_equal(nodes_lstat(root, "/dev/sda", &st), 0);
	assert_int_equal(st.st_mode, S_IFBLK | 0660);
	assert_int_equal(nodes_lstat(root, "/dev/nvidia1", &st), -ENOENT);
	/* only what is below dev/ is a node */
	assert_int_equal(nodes_lstat(root, "/sys/a", &st), -ENOENT);
	assert_int_equal(nodes_lstat(root, "/dev/../sys/a", &st), -ENOENT);
	arena_free(&a);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_nodes),
		cmocka_unit_test(texts_that_are_no_nodes),
		cmocka_unit_test(nodes_are_recorded),
		cmocka_unit_test(nodes_of_an_unpacked_tree_are_looked_up),
	};

	return RUN_TESTS(tests);
}
