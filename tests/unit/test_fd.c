// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/lib/fd.h"
#include "init/lib/root.h"

static void a_path_leads_to_the_file(void **state)
{
	char path[64], text[8] = "";
	int root = temp_root(path), file, again;

	put_file(root, "f", "text");
	file = openat(root, "f", O_PATH | O_CLOEXEC);
	assert_int_equal(unlinkat(root, "f", 0), 0);
	again = open(fd_path(file).s, O_RDONLY | O_CLOEXEC);
	assert_true(again >= 0);
	assert_int_equal(fd_read(again, text, sizeof(text)), 4);
	assert_string_equal(text, "text");
	fd_close(&file);
	fd_close(&again);
	temp_root_remove(path, root);
}

/* A pipe gives its bytes in parts. */
static void all_parts_are_read(void **state)
{
	char buf[5] = "";
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "ab", 2), 2);
	assert_int_equal(write(ends[1], "cdef", 4), 4);
	assert_int_equal(fd_read(ends[0], buf, 4), 4);
	assert_string_equal(buf, "abcd");
	fd_close(&ends[1]);
	assert_int_equal(fd_read(ends[0], buf, 4), 2);
	assert_memory_equal(buf, "efcd", 4);
	assert_int_equal(fd_read(ends[0], buf, 4), 0);
	fd_close(&ends[0]);
	assert_int_equal(fd_read(ends[0], buf, 4), -EBADF);
}

static void a_descriptor_is_taken_once(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), taken = fd_take(&fd);

	assert_int_equal(fd, -1);
	fd_close(&fd);
	assert_true(fcntl(taken, F_GETFD) >= 0);
	fd_close(&taken);
	assert_int_equal(fcntl(taken, F_GETFD), -1);
}

static void targets_are_whole_or_fail(void **state)
{
	char path[64], buf[8];
	int root = temp_root(path), link;

	put_link(root, "fits", "1234567");
	put_link(root, "long", "12345678");
	assert_int_equal(fd_readlink(root, "fits", buf, sizeof(buf)), 7);
	assert_string_equal(buf, "1234567");
	assert_int_equal(fd_readlink(root, "long", buf, sizeof(buf)), -ENAMETOOLONG);
	assert_int_equal(fd_readlink(root, "none", buf, sizeof(buf)), -ENOENT);
	link = openat(root, "fits", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	assert_int_equal(fd_readlink(link, "", buf, sizeof(buf)), 7);
	fd_close(&link);
	temp_root_remove(path, root);
}

/* A file whose size says nothing, as those of proc(5). */
static void a_file_of_unknown_size_is_read_up_to_the_limit(void **state)
{
	static const size_t limits[] = {1, 100, 4095, 4096, 4097, 20000};
	int file = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	ssize_t n;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		assert_int_equal(lseek(file, 0, SEEK_SET), 0);
		assert_int_equal(fd_read_all(file, &text, limits[i]), -EFBIG);
	}
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	n = fd_read_all(file, &text, 1 << 24);
	assert_true(n > 20000);
	assert_int_equal(strlen(text), n);
	free(text);
	fd_close(&file);
}

static bool cut, busy;

/* In place of the C library's: the file ends before its size, as on a share that answers short. */
ssize_t read(int fd, void *buf, size_t n)
{
	ssize_t got = syscall(SYS_read, fd, buf, cut && n > 4 ? 4 : n);

	if (busy) {
		errno = EAGAIN;
		return -1;
	}
	return cut && got != 4 ? 0 : got;
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	char path[64], *text = NULL;
	int root = temp_root(path), file;

	put_file(root, "f", "123456");
	file = openat(root, "f", O_RDONLY | O_CLOEXEC);
	cut = true;
	assert_int_equal(fd_read_all(file, &text, 100), -ENODATA);
	assert_null(text);
	cut = false;
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(fd_read_all(file, &text, 100), 6);
	assert_string_equal(text, "123456");
	free(text);
	fd_close(&file);
	temp_root_remove(path, root);
}

/* A caller would wait for an event that never comes. */
static void a_file_that_is_busy_is_an_error(void **state)
{
	char path[64], text[8];
	int root = temp_root(path);

	put_file(root, "f", "123456");
	busy = true;
	assert_int_equal(root_read(root, text, sizeof(text), "f"), -EBUSY);
	busy = false;
	assert_int_equal(root_read(root, text, sizeof(text), "f"), 6);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_leads_to_the_file),
		cmocka_unit_test(all_parts_are_read),
		cmocka_unit_test(a_descriptor_is_taken_once),
		cmocka_unit_test(targets_are_whole_or_fail),
		cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(a_file_that_is_busy_is_an_error),
		cmocka_unit_test(a_file_of_unknown_size_is_read_up_to_the_limit),
	};

	return RUN_TESTS(tests);
}
