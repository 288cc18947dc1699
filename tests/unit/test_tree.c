// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/root.h"
#include "init/lib/tree.h"

static void a_moved_tree_keeps_its_attributes(void **state)
{
	char path[64], text[16];
	int root = temp_root(path);
	struct stat st;

	put_file(root, "from/etc/passwd", "root");
	put_link(root, "from/link", "/etc/passwd");
	put_file(root, "from/bin/su", "su");
	assert_int_equal(fchmodat(root, "from/bin/su", 04751, 0), 0);
	assert_int_equal(fchownat(root, "from/etc/passwd", 12, 34, 0), 0);
	assert_int_equal(tree_move(root, "from", root, "/a/b/to"), 0);
	assert_int_equal(root_read(root, text, sizeof(text), "a/b/to/etc/passwd"), 4);
	assert_int_equal(root_stat(root, &st, "a/b/to/etc/passwd"), 0);
	assert_int_equal(st.st_uid, 12);
	assert_int_equal(st.st_gid, 34);
	assert_int_equal(root_stat(root, &st, "a/b/to/bin/su"), 0);
	assert_int_equal(st.st_mode & 07777, 04751);
	assert_int_equal(readlinkat(root, "a/b/to/link", text, sizeof(text)),
			 strlen("/etc/passwd"));
	assert_false(root_exists(root, "from/bin/su"));
	assert_int_equal(tree_move(root, "nothing", root, "x"), -ENOENT);
	temp_root_remove(path, root);
}

static void a_tree_that_is_too_deep_is_an_error(void **state)
{
	char path[64], deep[1000] = "from";
	int root = temp_root(path);

	for (size_t n = strlen(deep); n < 304; n += 2)
		memcpy(deep + n, "/d", 3);
	put_dir(root, deep);
	assert_int_equal(tree_move(root, "from", root, "to"), -ELOOP);
	temp_root_remove(path, root);
}

static void assert_file(int root, const char *file, const char *expected)
{
	char text[16] = "";

	assert_true(root_read(root, text, sizeof(text), "%s", file) >= 0);
	assert_string_equal(text, expected);
}

static void merged_trees_keep_what_was_there(void **state)
{
	static const char *const leave[] = {"init", NULL};
	char from_path[64], to_path[64];
	int from = temp_root(from_path), to = temp_root(to_path);
	struct stat kept, st;

	put_file(from, "init", "init");
	put_file(from, "bin/init", "new");
	put_file(from, "bin/tool", "tool");
	put_file(from, "bin/old", "new");
	put_file(from, "file/below", "new");
	put_link(from, "bin/link", "/dev/null");
	put_file(from, "run/kept/file", "x");
	put_file(to, "bin/old", "old");
	put_file(to, "file", "old");
	put_link(to, "bin/link", "../file");
	assert_int_equal(fchmodat(to, "bin", 0711, 0), 0);
	assert_int_equal(root_stat(from, &kept, "run/kept"), 0);
	assert_int_equal(tree_merge(from, to, leave, &kept, false), 0);
	assert_file(to, "bin/tool", "tool");
	assert_file(to, "bin/init", "new"); /* only at the top it is left */
	assert_file(to, "bin/old", "old");
	assert_file(to, "bin/link", "old");
	assert_file(to, "file", "old");
	assert_int_equal(root_stat(to, &st, "bin"), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_false(root_exists(to, "init"));
	assert_false(root_exists(to, "run/kept"));
	assert_file(from, "init", "init");
	assert_file(from, "run/kept/file", "x");
	assert_false(root_exists(from, "bin/tool")); /* moved, not copied */
	temp_root_remove(from_path, from);
	temp_root_remove(to_path, to);
}

static void a_merge_can_copy(void **state)
{
	static const char *const none[] = {NULL};
	char from_path[64], to_path[64];
	int from = temp_root(from_path), to = temp_root(to_path);

	put_file(from, "bin/tool", "tool");
	assert_int_equal(tree_merge(from, to, none, NULL, true), 0);
	assert_file(to, "bin/tool", "tool");
	assert_file(from, "bin/tool", "tool");
	temp_root_remove(from_path, from);
	temp_root_remove(to_path, to);
}

static void a_merge_does_not_follow_links(void **state)
{
	static const char *const none[] = {NULL};
	char from_path[64], to_path[64];
	int from = temp_root(from_path), to = temp_root(to_path);

	put_file(from, "bin/tool", "new");
	put_file(to, "outside/tool", "old");
	put_link(to, "bin", "outside");
	assert_int_equal(tree_merge(from, to, none, NULL, false), 0);
	assert_file(to, "outside/tool", "old");
	temp_root_remove(from_path, from);
	temp_root_remove(to_path, to);
}

static void an_emptied_tree_is_empty_and_nothing_else(void **state)
{
	char path[64];
	int root = temp_root(path), dir;

	put_file(root, "keep/file", "x");
	put_file(root, "drop/a/b/file", "x");
	put_link(root, "drop/link", "../keep");
	dir = openat(root, "drop", O_PATH | O_DIRECTORY);
	assert_int_equal(tree_empty(dir, NULL), 0);
	assert_int_equal(unlinkat(root, "drop", AT_REMOVEDIR), 0);
	assert_int_equal(root_exists(root, "keep/file"), 1);
	close(dir);
	temp_root_remove(path, root);
}

static void an_emptied_tree_keeps_what_is_to_be_kept(void **state)
{
	struct rlimit limit, none;
	char path[64];
	int root = temp_root(path);
	struct stat kept;

	put_file(root, "a/kept/b/file", "x");
	put_file(root, "a/kept2/file", "x");
	put_file(root, "a/file", "x");
	assert_int_equal(root_stat(root, &kept, "a/kept"), 0);
	assert_int_equal(tree_empty(root, &kept), 0);
	assert_int_equal(root_exists(root, "a/kept/b/file"), 1);
	assert_false(root_exists(root, "a/kept2"));
	assert_false(root_exists(root, "a/file"));
	/* one that is empty */
	assert_int_equal(unlinkat(root, "a/kept/b/file", 0), 0);
	assert_int_equal(root_stat(root, &kept, "a/kept/b"), 0);
	assert_int_equal(tree_empty(root, &kept), 0);
	assert_int_equal(root_exists(root, "a/kept/b"), 1);
	put_file(root, "a/kept/b/file", "x");
	/* a directory that cannot be looked at may be the one that is kept */
	assert_int_equal(tree_empty(-1, &kept), -EBADF);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){0, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(tree_empty(root, &kept), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* all of it (coldinit.bundle=initrd:/.) */
	assert_int_equal(root_stat(root, &kept, "."), 0);
	assert_int_equal(tree_empty(root, &kept), 0);
	assert_int_equal(root_exists(root, "a/kept/b/file"), 1);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moved_tree_keeps_its_attributes),
		cmocka_unit_test(a_tree_that_is_too_deep_is_an_error),
		cmocka_unit_test(merged_trees_keep_what_was_there),
		cmocka_unit_test(a_merge_can_copy),
		cmocka_unit_test(a_merge_does_not_follow_links),
		cmocka_unit_test(an_emptied_tree_is_empty_and_nothing_else),
		cmocka_unit_test(an_emptied_tree_keeps_what_is_to_be_kept),
	};

	return RUN_TESTS(tests);
}
