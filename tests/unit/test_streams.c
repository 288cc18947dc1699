// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/streams_private.h"
#include "init/lib/str.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "tests/unit/support/container_namespace.h"

/* A failed CHECK() must reach the test's output although stderr was replaced. */
static int said = -1;

#undef CHECK
#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			dprintf(said, "# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                       \
		}                                                                       \
	} while (0)

static int in_child(void (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int open_count(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void write_number(int fd, char number)
{
	CHECK(pwrite(fd, &number, 1, 0) == 1);
}

static char number_of(int fd)
{
	char number = 0;

	return pread(fd, &number, 1, 0) == 1 ? number : 0;
}

/* Three files with their numbers in them; each place of the three descriptors is tried. */
static void take_every_order(void)
{
	static const int orders[][3] = {{10, 11, 12}, {2, 1, 0}, {1, 2, 0}, {0, 1, 2}, {2, 2, 1}};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		struct fault fault;
		pid_t pid = fork();
		int status, first = 3, second = 4;

		if (pid) {
			CHECK(waitpid(pid, &status, 0) == pid && status == 0);
			continue;
		}
		for (int k = 0; k < 3; k++) {
			int file = memfd_create("file", 0);

			write_number(file, (char)(orders[i][k] + 1));
			CHECK(dup2(file, orders[i][k]) >= 0);
		}
		/* The kept ones have numbers that will be replaced, in the other order. */
		CHECK(dup2(said, 200) == 200);
		said = 200;
		first = fcntl(memfd_create("first", 0), F_DUPFD, 20);
		second = memfd_create("second", 0);
		CHECK(dup2(second, 3) == 3);
		second = 3;
		write_number(first, 70);
		write_number(second, 71);
		CHECK(streams_take(orders[i], (int *[]){&first, &second, &said}, 3, &fault) == 0);
		for (int k = 0; k < 3; k++) {
			CHECK(number_of(k) == orders[i][k] + 1);
			CHECK(fcntl(k, F_GETFD) == 0);
		}
		CHECK(number_of(first) == 70 && number_of(second) == 71);
		CHECK(fcntl(first, F_GETFD) == FD_CLOEXEC && fcntl(second, F_GETFD) == FD_CLOEXEC);
		CHECK(open_count() == 6);
		_exit(0);
	}
}

static void descriptors_are_replaced_and_all_others_closed(void **state)
{
	assert_int_equal(in_child(take_every_order), 0);
}

static void take_empty(void)
{
	struct fault fault;
	char byte;

	CHECK(streams_take((int[]){STREAMS_NULL, 1, 2}, (int *[]){&said}, 1, &fault) == 0);
	CHECK(read(STDIN_FILENO, &byte, 1) == 0); /* its end, and it does not block */
	CHECK(open_count() == 4);
}

static void stdin_without_a_descriptor_is_empty(void **state)
{
	assert_int_equal(in_child(take_empty), 0);
}

static void take_closed(void)
{
	struct fault fault;
	int closed = 99;

	CHECK(streams_take((int[]){0, 99, 2}, (int *[]){&said}, 1, &fault) == -EBADF);
	CHECK(strstr(fault.text, "Bad file descriptor"));
	CHECK(streams_take((int[]){0, 1, 2}, (int *[]){&closed}, 1, &fault) == -EBADF);
}

static void a_closed_descriptor_is_an_error(void **state)
{
	assert_int_equal(in_child(take_closed), 0);
}

static int logged;

static void count_lines(enum log_level level, const char *line)
{
	logged += level == LOG_LEVEL_WARN && strstr(line, "/dev/null");
}

/* Make the file @name of /dev the null device of a root, "" for an empty file, NULL for none. */
static int try_null(const char *name, unsigned long flags)
{
	char path[64];
	struct fault fault;
	struct stat st;
	int root, input = memfd_create("input", 0);

	CHECK(!mkdir("dev", 0755));
	if (name) {
		root = open("dev/null", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
		CHECK(root >= 0);
		close(root);
	}
	if (name && *name) {
		CHECK(!str_printf(path, sizeof(path), "/dev/%s", name));
		CHECK(!mount(path, "dev/null", NULL, MS_BIND, NULL));
		CHECK(!flags || !mount(NULL, "dev/null", NULL, MS_REMOUNT | MS_BIND | flags, NULL));
	}
	root = open(".", O_PATH | O_CLOEXEC);
	CHECK(dup2(input, STDIN_FILENO) == STDIN_FILENO);
	CHECK(streams_open_null(root, &fault) == 0);
	CHECK(!fstat(STDIN_FILENO, &st));
	close(root);
	close(input);
	if (name && *name)
		CHECK(!umount2("dev/null", MNT_DETACH));
	CHECK(!name || !unlink("dev/null"));
	CHECK(!rmdir("dev"));
	return S_ISCHR(st.st_mode) ? (int)st.st_rdev : 0;
}

static void open_null(void)
{
	char byte;

	log_to_sink(count_lines);
	CHECK(try_null("null", 0) == (int)makedev(1, 3));
	CHECK(read(STDIN_FILENO, &byte, 1) == 0);
	CHECK(fcntl(STDIN_FILENO, F_GETFD) == 0);
	CHECK(logged == 0);
	CHECK(try_null("zero", 0) == 0);
	CHECK(try_null("", 0) == 0);
	CHECK(try_null(NULL, 0) == 0);
	CHECK(try_null("null", MS_NODEV) == 0);
	CHECK(logged == 4);
	/* A link of the image does not lead to the guest's. */
	CHECK(!mkdir("dev", 0755) && !symlink("/../../../dev/zero", "dev/null"));
	CHECK(streams_open_null(AT_FDCWD, &(struct fault){0}) == 0);
	CHECK(logged == 5);
}

static void stdin_becomes_only_the_containers_null_device(void **state)
{
	assert_int_equal(in_namespace(open_null), 0);
}

static void give(void)
{
	struct fault fault;
	int ends[2], file = memfd_create("file", 0), null = open("/dev/null", O_RDWR);
	struct stat st, before;
	uid_t user = geteuid() ? geteuid() : 1000; /* others than root can give nothing away */

	CHECK(!pipe(ends) && file >= 0 && null >= 0);
	CHECK(!fstat(null, &before));
	CHECK(dup2(ends[0], 0) >= 0 && dup2(file, 1) >= 0 && dup2(null, 2) >= 0);
	CHECK(streams_give(0, false, &fault) == 0);
	CHECK(streams_give(user, false, &fault) == 0);
	CHECK(!fstat(0, &st) && st.st_uid == user && st.st_gid == getgid());
	CHECK(!fstat(1, &st) && st.st_uid == geteuid());
	CHECK(!fstat(2, &st) && st.st_uid == before.st_uid);
	close(2);
	CHECK(streams_give(user, false, &fault) == -EBADF);
}

static void only_pipes_are_given_to_the_user(void **state)
{
	assert_int_equal(in_child(give), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_replaced_and_all_others_closed),
		cmocka_unit_test(stdin_without_a_descriptor_is_empty),
		cmocka_unit_test(a_closed_descriptor_is_an_error),
		cmocka_unit_test(stdin_becomes_only_the_containers_null_device),
		cmocka_unit_test(only_pipes_are_given_to_the_user),
	};

	said = dup(STDERR_FILENO);
	return RUN_TESTS(tests);
}
