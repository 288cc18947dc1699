// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/child.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

static void reads_are_whole_or_fail(void **state)
{
	char path[64], buf[8] = "before", *all = NULL;
	int root = temp_root(path);

	put_file(root, "sys/short", "0x1af4\n");
	put_file(root, "sys/long", "0123456789");
	assert_int_equal(root_read(root, buf, sizeof(buf), "sys/%s", "long"), -EMSGSIZE);
	assert_string_equal(buf, "before");
	assert_int_equal(root_read(root, buf, sizeof(buf), "sys/none"), -ENOENT);
	assert_int_equal(root_read(root, buf, sizeof(buf), "sys/short"), 6);
	assert_string_equal(buf, "0x1af4");
	assert_int_equal(root_read_all(root, &all, 9, "sys/long"), -EFBIG);
	assert_null(all);
	assert_int_equal(root_read_all(root, &all, 10, "sys/long"), 10);
	assert_string_equal(all, "0123456789");
	free(all);
	temp_root_remove(path, root);
}

/* Each buffer holds a text that is shorter, also with a line feed behind it. */
static void texts_of_every_length_are_read(void **state)
{
	static const size_t sizes[] = {8, 511, 512, 513, 600, 4096};
	char path[64], text[5000], buf[4096];
	int root = temp_root(path);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(text, 'x', sizes[i]);
		text[sizes[i]] = '\0';
		put_file(root, "long", text);
		assert_int_equal(root_read(root, buf, sizes[i], "long"), -EMSGSIZE);
		text[sizes[i] - 1] = '\n';
		memcpy(text + sizes[i], "more", sizeof("more"));
		put_file(root, "longer", text);
		assert_int_equal(root_read(root, buf, sizes[i], "longer"), -EMSGSIZE);
		text[sizes[i] - 2] = '\n';
		text[sizes[i] - 1] = '\0';
		put_file(root, "fits", text);
		assert_int_equal(root_read(root, buf, sizes[i], "fits"), sizes[i] - 2);
		assert_int_equal(strlen(buf), sizes[i] - 2);
	}
	temp_root_remove(path, root);
}

/* Also of more bytes than the buffer for the usual ones, which has 256. */
static void paths_of_every_length_are_opened(void **state)
{
	char path[64], dir[201] = "", file[101] = "", whole[512];
	int root = temp_root(path);

	memset(dir, 'd', sizeof(dir) - 1);
	for (size_t n = 40; n < sizeof(file); n++) {
		memset(file, 'f', n);
		snprintf(whole, sizeof(whole), "%s/%s", dir, file);
		put_file(root, whole, "");
		assert_int_equal(root_exists(root, "%s/%s", dir, file), 1);
		assert_int_equal(root_exists(root, "%s/%s.", dir, file), 0);
	}
	temp_root_remove(path, root);
}

static void no_path_leaves_the_root(void **state)
{
	char path[64], outside[64], buf[32];
	int root = temp_root(path), other = temp_root(outside);
	char target[128];

	put_file(other, "secret", "outside");
	put_file(root, "secret", "inside");
	snprintf(target, sizeof(target), "%s/secret", outside);
	put_link(root, "absolute", target);
	put_link(root, "up", "../../../../../../../../secret");
	put_link(root, "to_root", "/secret");
	assert_int_equal(root_read(root, buf, sizeof(buf), "absolute"), -ENOENT);
	assert_int_equal(root_read(root, buf, sizeof(buf), "up"), 6);
	assert_string_equal(buf, "inside");
	assert_int_equal(root_read(root, buf, sizeof(buf), "to_root"), 6);
	assert_int_equal(root_read(root, buf, sizeof(buf), "../../secret"), 6);
	assert_string_equal(buf, "inside");
	temp_root_remove(path, root);
	temp_root_remove(outside, other);
}

static void a_fifo_does_not_hang_and_is_no_file(void **state)
{
	char path[64], name[80], event[256], *all = NULL;
	int root = temp_root(path), watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	put_dir(root, "dir");
	put_link(root, "link", "fifo");
	/* Not even opened: this would let a writer go on, or rewind a tape. */
	snprintf(name, sizeof(name), "%s/fifo", path);
	assert_true(inotify_add_watch(watch, name, IN_OPEN) >= 0);
	assert_int_equal(root_read_all(root, &all, 100, "fifo"), -EINVAL);
	assert_int_equal(root_read_all(root, &all, 100, "link"), -EINVAL);
	assert_int_equal(read(watch, event, sizeof(event)), -1);
	close(watch);
	assert_int_equal(root_read_all(root, &all, 100, "dir"), -EINVAL);
	temp_root_remove(path, root);
}

static void link_names_are_last_components(void **state)
{
	char path[64], name[16] = "old";
	int root = temp_root(path);

	put_link(root, "sys/dev/driver", "../../../bus/pci/drivers/vfio-pci");
	put_link(root, "sys/dev/plain", "name");
	put_link(root, "sys/dev/long", "a/name_that_is_too_long");
	assert_int_equal(root_link_name(root, name, sizeof(name), "sys/dev/none"), -ENOENT);
	assert_int_equal(root_link_name(root, name, sizeof(name), "sys/dev/long"), -ENAMETOOLONG);
	assert_string_equal(name, "old");
	assert_int_equal(root_link_name(root, name, sizeof(name), "sys/dev/driver"), 0);
	assert_string_equal(name, "vfio-pci");
	assert_int_equal(root_link_name(root, name, sizeof(name), "sys/dev/plain"), 0);
	assert_string_equal(name, "name");
	temp_root_remove(path, root);
}

static void paths_that_are_too_long_are_errors(void **state)
{
	static char name[5000];
	char buf[4];

	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(root_read(AT_FDCWD, buf, sizeof(buf), "%s", name), -ENAMETOOLONG);
	assert_int_equal(root_exists(AT_FDCWD, "%s", name), -ENAMETOOLONG);
	assert_int_equal(root_exists(AT_FDCWD, "/%s", name), -ENAMETOOLONG);
}

static void existence_has_three_answers(void **state)
{
	struct rlimit limit, none;
	struct fault f = {0};
	char path[64];
	int root = temp_root(path);

	put_file(root, "dir/file", "");
	put_link(root, "dir/link", "file");
	put_link(root, "dir/dangling", "none");
	put_link(root, "loop", "loop");
	assert_int_equal(root_exists(root, "dir/%s", "file"), 1);
	assert_int_equal(root_exists(root, "dir/link"), 1);
	assert_int_equal(root_exists(root, "dir/none"), 0);
	assert_int_equal(root_exists(root, "dir/dangling"), 0);
	assert_int_equal(root_exists(root, "dir/file/below"), 0); /* ENOTDIR */
	assert_int_equal(root_exists(root, "loop"), -ELOOP);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){0, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(root_exists(root, "dir/file"), -EMFILE);
	assert_int_equal(root_exists(root, "dir/none"), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* with a text for the error, and only for it */
	assert_int_equal(root_look(root, &f, "dir/%s", "file"), 1);
	assert_int_equal(root_look(root, &f, "/dir/none"), 0);
	assert_string_equal(f.text, "");
	assert_int_equal(root_look(root, &f, "/%s", "loop"), -ELOOP);
	assert_string_equal(f.text, "cannot look at /loop: Too many levels of symbolic links");
	temp_root_remove(path, root);
}

static int add_name(const char *name, void *arg)
{
	char *got = arg;
	size_t n = strlen(got);

	assert_int_equal(str_printf(got + n, 64 - n, "%s ", name), 0);
	return !strcmp(name, "stop") ? 7 : 0;
}

static void names_come_in_their_order(void **state)
{
	static const char *const names[] = {"b", "a", "d", "c", "10", "9", "B"};
	char path[64], got[64] = "";
	int root = temp_root(path);
	struct stat st;

	put_dir(root, "empty");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(got, sizeof(got), "dir/%s", names[i]);
		put_file(root, got, "");
	}
	got[0] = '\0';
	assert_int_equal(root_each_sorted(root, add_name, got, "%s", "dir"), 0);
	assert_string_equal(got, "10 9 B a b c d ");
	/* what the function returns ends the walk */
	put_file(root, "dir/stop", "");
	put_file(root, "dir/z", "");
	got[0] = '\0';
	assert_int_equal(root_each_sorted(root, add_name, got, "dir"), 7);
	assert_string_equal(got, "10 9 B a b c d stop ");
	got[0] = '\0';
	assert_int_equal(root_each_sorted(root, add_name, got, "empty"), 0);
	assert_int_equal(root_each_sorted(root, add_name, got, "absent"), -ENOENT);
	assert_string_equal(got, "");
	put_link(root, "link", "dir");
	assert_int_equal(root_lstat(root, &st, "link"), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(root_stat(root, &st, "link"), 0);
	assert_true(S_ISDIR(st.st_mode));
	temp_root_remove(path, root);
}

/*
 * A rename or a mount anywhere in the system makes openat2(2) give up on a path with "..". The
 * other process makes one all the time.
 */
static void other_processes_renames_do_no_harm(void **state)
{
	char path[64], text[8];
	int root = temp_root(path);
	pid_t pid;

	put_file(root, "a/b/file", "text");
	put_link(root, "link", "a/b/../../a/b/../b/file");
	put_dir(root, "other");
	pid = child_fork("test-rename", CHILD_HELPER);
	if (pid == 0)
		for (;;)
			if (renameat(root, "other", root, "another") ||
			    renameat(root, "another", root, "other"))
				_exit(1);
	assert_true(pid > 0);
	for (int i = 0; i < 20000; i++)
		if (root_read(root, text, sizeof(text), "link") != 4)
			fail_msg("attempt %d: %s", i, strerror(errno));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	temp_root_remove(path, root);
}

static int failing_opens;

int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	if (!failing_opens)
		return __real_open(path, flags, 0600);
	failing_opens--;
	errno = ENOENT;
	return -1;
}

/* The callers take ENOENT as an answer: there is no such file. */
static void a_file_that_goes_away_was_there(void **state)
{
	char path[64], *all = NULL;
	int root = temp_root(path);

	put_file(root, "file", "text");
	assert_int_equal(root_read_all(root, &all, 10, "missing"), -ENOENT);
	failing_opens = 1;
	assert_int_equal(root_read_all(root, &all, 10, "file"), -ESTALE);
	assert_int_equal(failing_opens, 0);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_are_whole_or_fail),
		cmocka_unit_test(names_come_in_their_order),
		cmocka_unit_test(existence_has_three_answers),
		cmocka_unit_test(texts_of_every_length_are_read),
		cmocka_unit_test(paths_of_every_length_are_opened),
		cmocka_unit_test(no_path_leaves_the_root),
		cmocka_unit_test(a_fifo_does_not_hang_and_is_no_file),
		cmocka_unit_test(link_names_are_last_components),
		cmocka_unit_test(paths_that_are_too_long_are_errors),
		cmocka_unit_test(other_processes_renames_do_no_harm),
		cmocka_unit_test(a_file_that_goes_away_was_there),
	};

	return RUN_TESTS(tests);
}
