// SPDX-License-Identifier: Apache-2.0
/* Which lines of the log coldinit itself writes to the console, and which the verdict lists. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/guest/console.h"
#include "init/guest/warnings.h"
#include "init/lib/log.h"

/* The console is a pipe, whose reading end this is. */
static int console_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	console_use(ends[1]);
	return ends[0];
}

static void assert_console(int fd, const char *expected)
{
	char text[256] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	assert_string_equal(text, expected);
}

/* The kernel shows lines with a smaller number than the first one in printk. */
static void the_console_gets_what_the_kernel_does_not_show(void **state)
{
	static const struct {
		const char *printk, *error, *warning;
	} rows[] = {
		{"7\t4\t1\t7\n", "", ""},
		{"4\t4\t1\t7\n", "", "coldinit: warning\n"},
		{"3 4 1 7\n", "coldinit: error\n", "coldinit: warning\n"},
		{"0\n", "coldinit: error\n", "coldinit: warning\n"},
		{"nonsense\n", "", "coldinit: warning\n"}, /* as with "quiet" */
		{NULL, "", "coldinit: warning\n"},
	};
	int console = console_pipe();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[64];
		int root = temp_root(path);

		if (rows[i].printk)
			put_file(root, "proc/sys/kernel/printk", rows[i].printk);
		warnings_start(root);
		pr_err("error");
		assert_console(console, rows[i].error);
		pr_warn("warning");
		assert_console(console, rows[i].warning);
		pr_info("information");
		assert_console(console, "");
		temp_root_remove(path, root);
	}
	warnings_console_off();
	pr_err("error");
	assert_console(console, "coldinit: error\n");
	close(console_fd());
	console_use(-1);
	close(console);
}

static void the_first_warnings_are_kept(void **state)
{
	const struct warnings *w = warnings_kept();
	char long_line[2 * WARNINGS_SIZE];
	size_t before = w->n;

	assert_in_range(before, 1, WARNINGS_MAX - 1);
	assert_string_equal(w->list[0], "warning");
	memset(long_line, 'x', sizeof(long_line) - 1);
	long_line[sizeof(long_line) - 1] = '\0';
	pr_warn("%s", long_line);
	assert_int_equal(strlen(w->list[before]), WARNINGS_SIZE - 1);
	assert_string_equal(w->list[before] + WARNINGS_SIZE - 5, "x...");
	pr_err("no warning");
	assert_int_equal(w->n, before + 1);
	for (size_t i = w->n; i < WARNINGS_MAX + 3; i++)
		pr_warn("one of many");
	assert_int_equal(w->n, WARNINGS_MAX);
	assert_int_equal(w->more, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_console_gets_what_the_kernel_does_not_show),
		cmocka_unit_test(the_first_warnings_are_kept),
	};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	log_to(null, false);
	return RUN_TESTS(tests);
}
