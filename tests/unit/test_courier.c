// SPDX-License-Identifier: Apache-2.0
/* A helper process that writes where writing may block, made before the text is known. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/report/courier.h"

static struct courier c;
static int ends[2];

static int setup(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(courier_start(&c, ends[1]), 0);
	return 0;
}

static int teardown(void **state)
{
	close(ends[0]);
	close(ends[1]);
	kill(c.pid, SIGKILL);
	waitpid(c.pid, NULL, 0);
	return 0;
}

static void the_text_arrives_whole(void **state)
{
	char buf[64] = "";

	assert_int_equal(courier_deliver(&c, "a text\n", 5000), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], buf, sizeof(buf)), 7);
	assert_string_equal(buf, "a text\n");
}

static void an_error_of_the_file_is_the_result(void **state)
{
	close(ends[0]);
	ends[0] = -1;
	/* The process has the reading end too, so it only sees that nobody reads: use another one.
	 */
	kill(c.pid, SIGKILL);
	waitpid(c.pid, NULL, 0);
	close(c.socket);
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(courier_start(&c, full), 0);
	assert_int_equal(courier_deliver(&c, "x", 5000), -ENOSPC);
	close(full);
}

static void one_that_hangs_is_given_up(void **state)
{
	static char much[1 << 20];
	uint64_t start = clock_us();

	memset(much, 'x', sizeof(much) - 1);
	assert_int_equal(courier_deliver(&c, much, 300), -ETIMEDOUT);
	assert_true(clock_us() - start < 5000000);
}

static void one_that_has_died_before_is_known(void **state)
{
	kill(c.pid, SIGKILL);
	waitpid(c.pid, NULL, 0);
	assert_int_equal(courier_deliver(&c, "x", 5000), -ESRCH);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_text_arrives_whole),
		TEST(an_error_of_the_file_is_the_result),
		TEST(one_that_hangs_is_given_up),
		TEST(one_that_has_died_before_is_known),
	};

	return RUN_TESTS(tests);
}
