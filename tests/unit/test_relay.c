// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/run/relay.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"

#ifdef CONFIG_TERMINAL

/*
 * Two pseudo-terminals: of the console the test has the far end (a person at the keyboard), of the
 * container's terminal the near one (its program).
 */
struct fixture {
	int loop, person, program;
	struct relay c;
};

static void begin(struct fixture *f, struct winsize console, struct winsize container)
{
	int outside, inside;

	*f = (struct fixture){.loop = loop_open()};
	assert_int_equal(openpty(&f->person, &outside, NULL, NULL, &console), 0);
	assert_int_equal(openpty(&inside, &f->program, NULL, NULL, &container), 0);
	for (int *fd = (int[]){f->person, outside, f->program, inside, -1}; *fd >= 0; fd++)
		assert_int_equal(fcntl(*fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(relay_connect(&f->c, f->loop, outside, inside), 0);
}

static void end(struct fixture *f)
{
	relay_disconnect(&f->c);
	close(f->person);
	close(f->program);
	close(f->loop);
}

static void run(struct fixture *f)
{
	while (loop_wait(f->loop, clock_us() + 20000) == 0)
		;
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_hears(int fd, const char *text)
{
	char buf[256] = "";
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	assert_int_equal(n, strlen(text));
	assert_string_equal(buf, text);
}

static char warned[512];

static void keep_warnings(enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_WARN)
		strncat(warned, line, sizeof(warned) - strlen(warned) - 1);
}

static void expect_warnings(void)
{
	*warned = '\0';
	log_to_sink(keep_warnings);
}

static void assert_warned(const char *text)
{
	log_to_sink(NULL);
	if (text)
		assert_non_null(strstr(warned, text));
	else
		assert_string_equal(warned, "");
}

static void keys_go_in_and_text_comes_out(void **state)
{
	struct fixture f;

	begin(&f, (struct winsize){0}, (struct winsize){0});
	say(f.person, "ls\r");
	run(&f);
	assert_hears(f.program, "ls\n");  /* the container's terminal makes a line of it, */
	assert_hears(f.person, "ls\r\n"); /* and the echo, once */
	say(f.program, "bin\n");
	run(&f);
	assert_hears(f.person, "bin\r\n");
	/* The console keeps no key for itself, not even those that make signals. */
	say(f.person, "\x04");
	run(&f);
	assert_int_equal(read(f.program, &(char){0}, 1), 0);
	end(&f);
}

static void the_console_is_put_back(void **state)
{
	struct termios before, during, after;
	struct fixture f;

	begin(&f, (struct winsize){0}, (struct winsize){0});
	before = f.c.saved;
	assert_int_equal(tcgetattr(f.person, &during), 0);
	assert_false(during.c_lflag & (ICANON | ECHO | ISIG));
	relay_disconnect(&f.c);
	assert_int_equal(tcgetattr(f.person, &after), 0);
	assert_int_equal(after.c_lflag, before.c_lflag);
	assert_int_equal(after.c_oflag, before.c_oflag);
	end(&f); /* twice does no harm */
}

static void what_was_said_last_is_not_lost(void **state)
{
	struct fixture f;

	begin(&f, (struct winsize){0}, (struct winsize){0});
	say(f.program, "bye\n");
	close(f.program);
	f.program = open("/dev/null", O_RDONLY | O_CLOEXEC);
	expect_warnings();
	relay_disconnect(&f.c);
	assert_warned(NULL);
	assert_hears(f.person, "bye\r\n");
	end(&f);
}

static void a_side_that_takes_nothing_holds_up_nobody(void **state)
{
	static char page[4096];
	struct termios quiet;
	struct fixture f;
	size_t said = 0, heard = 0;
	ssize_t n;

	begin(&f, (struct winsize){0}, (struct winsize){0});
	assert_int_equal(tcgetattr(f.program, &quiet), 0);
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	assert_int_equal(tcsetattr(f.program, TCSANOW, &quiet), 0);
	memset(page, 'x', sizeof(page));
	/* Until nothing goes in any more. */
	do {
		while ((n = write(f.program, page, sizeof(page))) > 0)
			said += (size_t)n;
		run(&f);
		n = write(f.program, page, 1);
		said += n > 0;
	} while (n > 0);
	/* Keys still arrive. */
	say(f.person, "q\r");
	run(&f);
	assert_int_equal(read(f.program, page, sizeof(page)), 2);
	/* All of it comes out. */
	do {
		while ((n = read(f.person, page, sizeof(page))) > 0)
			heard += (size_t)n;
		n = loop_wait(f.loop, clock_us() + 20000);
	} while (n == 0);
	assert_int_equal(heard, said);
	end(&f);
}

static void a_console_that_hangs_up_hangs_up_the_terminal(void **state)
{
	struct fixture f;

	begin(&f, (struct winsize){0}, (struct winsize){0});
	close(f.person);
	expect_warnings();
	run(&f);
	assert_warned("hung up");
	assert_int_equal(f.c.outside.fd, -1);
	assert_int_equal(read(f.program, &(char){0}, 1), 0);
	assert_int_equal(write(f.program, "x", 1), -1);
	assert_int_equal(errno, EIO);
	f.person = open("/dev/null", O_RDONLY | O_CLOEXEC);
	end(&f);
}

static void a_console_that_cannot_be_watched_hangs_up_the_terminal(void **state)
{
	struct fixture f;

	begin(&f, (struct winsize){0}, (struct winsize){0});
	f.c.loop = -1;
	say(f.person, "ls\r");
	expect_warnings();
	run(&f);
	assert_warned("cannot be watched: Bad file descriptor");
	assert_int_equal(f.c.outside.fd, -1);
	end(&f);
}

static void output_that_nobody_takes_is_reported(void **state)
{
	static char page[4096] = "x";
	struct fixture f;

	begin(&f, (struct winsize){0}, (struct winsize){0});
	do
		run(&f);
	while (write(f.program, page, sizeof(page)) > 0);
	expect_warnings();
	relay_disconnect(&f.c);
	assert_warned("output of the container is lost");
	end(&f);
}

static void a_container_may_close_its_terminal_and_open_it_again(void **state)
{
	struct fixture f;
	char name[64];

	begin(&f, (struct winsize){0}, (struct winsize){0});
	assert_int_equal(ttyname_r(f.program, name, sizeof(name)), 0);
	close(f.program);
	run(&f);
	f.program = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	assert_true(f.program >= 0);
	say(f.program, "again\n");
	run(&f);
	assert_hears(f.person, "again\r\n");
	end(&f);
}

static void without_a_console_text_is_dropped(void **state)
{
	struct fixture f = {.loop = loop_open()};
	int inside;

	assert_int_equal(openpty(&inside, &f.program, NULL, NULL, NULL), 0);
	assert_int_equal(fcntl(inside, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(f.program, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(relay_connect(&f.c, f.loop, -1, inside), 0);
	for (int i = 0; i < 100; i++) {
		say(f.program,
		    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\n");
		run(&f);
	}
	relay_disconnect(&f.c);
	close(f.program);
	close(f.loop);
}

static void sizes_are_followed(void **state)
{
	static const struct {
		struct winsize console, spec, first;
	} rows[] = {
		{{.ws_row = 50, .ws_col = 160}, {0}, {.ws_row = 50, .ws_col = 160}},
		{{.ws_row = 50, .ws_col = 160},
		 {.ws_row = 24, .ws_col = 80},
		 {.ws_row = 24, .ws_col = 80}},
		{{0}, {.ws_row = 24, .ws_col = 80}, {.ws_row = 24, .ws_col = 80}},
		{{0}, {0}, {0}},
	};
	const struct winsize larger = {.ws_row = 60, .ws_col = 200};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct winsize now;
		struct fixture f;

		begin(&f, rows[i].console, rows[i].spec);
		for (int changed = 0; changed < 2; changed++) {
			const struct winsize *want = changed ? &larger : &rows[i].first;

			if (changed)
				assert_int_equal(ioctl(f.person, TIOCSWINSZ, &larger), 0);
			say(f.person, "k");
			run(&f);
			assert_int_equal(ioctl(f.program, TIOCGWINSZ, &now), 0);
			assert_int_equal(now.ws_row, want->ws_row);
			assert_int_equal(now.ws_col, want->ws_col);
		}
		end(&f);
	}
}

#endif

int main(void)
{
#ifdef CONFIG_TERMINAL
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_go_in_and_text_comes_out),
		cmocka_unit_test(the_console_is_put_back),
		cmocka_unit_test(what_was_said_last_is_not_lost),
		cmocka_unit_test(a_side_that_takes_nothing_holds_up_nobody),
		cmocka_unit_test(a_console_that_hangs_up_hangs_up_the_terminal),
		cmocka_unit_test(a_console_that_cannot_be_watched_hangs_up_the_terminal),
		cmocka_unit_test(output_that_nobody_takes_is_reported),
		cmocka_unit_test(a_container_may_close_its_terminal_and_open_it_again),
		cmocka_unit_test(without_a_console_text_is_dropped),
		cmocka_unit_test(sizes_are_followed),
	};

	return RUN_TESTS(tests);
#else
	return 0;
#endif
}
