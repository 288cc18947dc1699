// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "test: " fmt
#include "tests/unit/test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"

static int log_end; /* the reading end of the pipe that the log writes to */

static void assert_logged(const char *expected)
{
	char text[2048] = "";
	ssize_t n = read(log_end, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	assert_string_equal(text, expected);
}

static int setup(void **state)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	log_end = ends[0];
	log_to(ends[1], false);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

static void lines_have_a_prefix_and_a_priority(void **state)
{
	pr_err("%s", "error");
	assert_logged("coldinit: test: error\n");
	log_set_level(LOG_LEVEL_WARN);
	pr_warn("warning");
	assert_logged("coldinit: test: warning\n");
	pr_info("information");
	assert_logged("");
}

/* A quoted text cannot forge a line or hide the rest of one. */
static void a_line_is_one_record(void **state)
{
	pr_err("%s", "a\ncoldinit: forged\x1b[2J\x7f\t\r");
	assert_logged("coldinit: test: a?coldinit: forged?[2J???\n");
}

/* The kernel refuses a record that is longer than LOG_LINE_MAX. */
static void a_long_line_is_visibly_cut(void **state)
{
	char text[3000], line[2048];
	ssize_t n;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	pr_err("%s", text);
	n = read(log_end, line, sizeof(line));
	assert_int_equal(n, 976 - 1);
	assert_memory_equal(line + n - 5, "x...\n", 5);
}

static char watched[64];

static void watch(enum log_level level, const char *line)
{
	strncat(watched, level == LOG_LEVEL_WARN ? "W:" : "?:", sizeof(watched) - 1);
	strncat(watched, line, sizeof(watched) - strlen(watched) - 1);
}

static void a_watcher_and_a_sink_get_the_lines(void **state)
{
	log_watch(watch);
	pr_warn("one");
	assert_logged("coldinit: test: one\n");
	assert_string_equal(watched, "W:test: one");
	log_watch(NULL);
	watched[0] = '\0';
	log_to_sink(watch);
	pr_warn("two\n");
	assert_logged("");
	assert_string_equal(watched, "W:test: two?");
	log_to_sink(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_have_a_prefix_and_a_priority, setup),
		cmocka_unit_test_setup(a_line_is_one_record, setup),
		cmocka_unit_test_setup(a_long_line_is_visibly_cut, setup),
		cmocka_unit_test_setup(a_watcher_and_a_sink_get_the_lines, setup),
	};

	return RUN_TESTS(tests);
}
