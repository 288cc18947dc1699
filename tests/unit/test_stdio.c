// SPDX-License-Identifier: Apache-2.0
/* The container's stdin, stdout and stderr: relayed whole, to ports or to the console. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/guest/console.h"
#include "init/lib/clock.h"
#include "init/run/stdio.h"

#define PREFIX "coldinit-verdict: "

static char dir[64];
static int root, loop, console[2];
static struct stdio s;
static struct fault fault;

static int setup(void **state)
{
	s = (struct stdio){0};
	root = temp_root(dir);
	loop = loop_open();
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(console, O_NONBLOCK | O_CLOEXEC), 0);
	console_use(console[1]);
	return 0;
}

static int teardown(void **state)
{
	stdio_close(&s);
	console_use(-1);
	close(console[0]);
	close(console[1]);
	close(loop);
	temp_root_remove(dir, root);
	return 0;
}

/* A port of that name, whose host side is the other end of a FIFO. Return: that end. */
static int port(const char *node, const char *name, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "sys/class/virtio-ports/%s/name", node);
	put_file(root, path, name);
	put_dir(root, "dev");
	snprintf(path, sizeof(path), "%s/dev/%s", dir, node);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void begin(void)
{
	assert_int_equal(stdio_open(&s, root, loop, &fault), 0);
	assert_int_equal(stdio_start(&s, &fault), 0);
}

static void run(void)
{
	while (loop_wait(loop, clock_us() + 20000) == 0)
		;
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_hears(int fd, const char *text)
{
	char buf[512] = "";

	run();
	assert_true(read(fd, buf, sizeof(buf) - 1) >= 0 || !*text);
	assert_string_equal(buf, text);
}

static void both_streams_go_to_the_console(void **state)
{
	begin();
	assert_false(stdio_has_input(&s));
	say(s.theirs[1], "out\n");
	assert_hears(console[0], "out\n");
	say(s.theirs[2], "err");
	assert_hears(console[0], "err");
}

static void nothing_on_the_console_begins_like_the_verdict(void **state)
{
	begin();
	say(s.theirs[1], PREFIX "{}\n");
	assert_hears(console[0], " " PREFIX "{}\n");
	/* From both streams together: the console is one. */
	say(s.theirs[1], "coldinit-");
	run();
	say(s.theirs[2], "verdict: {}");
	assert_hears(console[0], "coldinit-verdict : {}");
}

static void a_port_gets_the_bytes_as_they_are(void **state)
{
	int host = port("vport0p1", "org.coldinit.stdout", O_RDONLY);

	port("vport0p2", "org.coldinit.other", O_RDONLY);
	begin();
	say(s.theirs[1], PREFIX "{}\n");
	say(s.theirs[2], "err\n");
	assert_hears(host, PREFIX "{}\n");
	assert_hears(console[0], "err\n");
	close(host);
}

/* Not even when the port reports that it can be written. */
static void nothing_is_read_before_the_start(void **state)
{
	int host = port("vport0p1", "org.coldinit.stdout", O_RDONLY);

	assert_int_equal(stdio_open(&s, root, loop, &fault), 0);
	say(s.theirs[1], "out");
	say(s.theirs[2], "err");
	assert_hears(console[0], "");
	assert_hears(host, "");
	assert_int_equal(stdio_start(&s, &fault), 0);
	assert_hears(host, "out");
	assert_hears(console[0], "err");
	close(host);
}

static void stdin_comes_from_its_port_and_ends_with_it(void **state)
{
	char buf[64] = "";
	int host = port("vport0p1", "org.coldinit.stdin", O_RDWR);

	begin();
	assert_true(stdio_has_input(&s));
	say(host, "keys");
	run();
	assert_int_equal(read(s.theirs[0], buf, sizeof(buf)), 4);
	assert_string_equal(buf, "keys");
	close(host);
	run();
	assert_int_equal(read(s.theirs[0], buf, sizeof(buf)), 0);
}

static void without_a_port_stdin_is_at_its_end(void **state)
{
	char c;

	begin();
	assert_int_equal(read(s.theirs[0], &c, 1), 0);
}

/* The writer waits, nothing is lost, and PID 1 has nothing to do. */
static void a_console_that_takes_nothing_stops_the_writer(void **state)
{
	static char block[4096];
	size_t in = 0, out = 0;
	ssize_t n;

	begin();
	memset(block, 'x', sizeof(block));
	assert_int_equal(fcntl(s.theirs[1], F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 100; i++) {
		n = write(s.theirs[1], block, sizeof(block));
		in += n > 0 ? (size_t)n : 0;
		run();
	}
	assert_int_equal(loop_wait(loop, clock_us() + 20000), -ETIME);
	assert_true(in < 100 * sizeof(block));
	while (out < in) {
		n = read(console[0], block, sizeof(block));
		assert_true(n > 0 || errno == EAGAIN);
		out += n > 0 ? (size_t)n : 0;
		run();
	}
	assert_int_equal(out, in);
}

static void what_is_left_is_relayed_at_the_end(void **state)
{
	char buf[64] = "";

	begin();
	say(s.theirs[1], "last words");
	stdio_cloned(&s);
	stdio_close(&s);
	assert_int_equal(read(console[0], buf, sizeof(buf)), 10);
	assert_string_equal(buf, "last words");
}

static void the_end_does_not_wait_for_a_reader_for_ever(void **state)
{
	static char block[65536];
	uint64_t start = clock_us();

	begin();
	assert_true(write(console[1], block, sizeof(block)) > 0);
	say(s.theirs[1], "nobody reads this");
	stdio_cloned(&s);
	stdio_close(&s);
	assert_true(clock_us() - start > 1000000 && clock_us() - start < 10000000);
}

static void a_line_of_coldinit_begins_a_line(void **state)
{
	begin();
	say(s.theirs[1], "prompt> ");
	run();
	assert_int_equal(console_line("coldinit: hello\n", 100), 0);
	assert_hears(console[0], "prompt> \ncoldinit: hello\n");
	assert_int_equal(console_line("coldinit: again\n", 100), 0);
	assert_hears(console[0], "coldinit: again\n");
}

/* The pipe keeps writes apart. A line whose end failed would be there without it, and be written again. */
static void a_line_and_its_end_are_one_write(void **state)
{
	int flags = fcntl(console[1], F_GETFL);

	begin();
	assert_int_equal(fcntl(console[1], F_SETFL, flags | O_DIRECT), 0);
	assert_int_equal(console_line("coldinit: hello\n", 100), 0);
	assert_hears(console[0], "coldinit: hello\n");
	assert_int_equal(fcntl(console[1], F_SETFL, flags), 0);
}

/* stdio_open() and then stdio_close() with @more descriptors than there are. Return: of the former.
 */
static int open_and_close(unsigned more)
{
	struct rlimit old, new;
	int first = dup(loop), err;

	close(first);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	new = (struct rlimit){(rlim_t)first + more, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &new), 0);
	err = stdio_open(&s, root, loop, &fault);
	stdio_close(&s);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(dup(loop), first); /* nothing is left open */
	close(first);
	return err;
}

static void streams_that_were_not_opened_close_nothing(void **state)
{
	struct stdio none = {0};

	stdio_cloned(&none);
	assert_int_equal(stdio_start(&none, &fault), 0);
	stdio_close(&none);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}

static void each_failure_leaves_nothing(void **state)
{
	unsigned more = 0;
	int host = port("vport0p1", "org.coldinit.stdin", O_RDWR), err;

	while ((err = open_and_close(more++))) {
		assert_int_equal(err, -EMFILE);
		assert_text(fault.text, "Too many open files");
	}
	assert_true(more > 6);
	close(host);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(both_streams_go_to_the_console),
		TEST(nothing_on_the_console_begins_like_the_verdict),
		TEST(a_port_gets_the_bytes_as_they_are),
		TEST(nothing_is_read_before_the_start),
		TEST(stdin_comes_from_its_port_and_ends_with_it),
		TEST(without_a_port_stdin_is_at_its_end),
		TEST(a_console_that_takes_nothing_stops_the_writer),
		TEST(what_is_left_is_relayed_at_the_end),
		TEST(the_end_does_not_wait_for_a_reader_for_ever),
		TEST(a_line_of_coldinit_begins_a_line),
		TEST(a_line_and_its_end_are_one_write),
		TEST(streams_that_were_not_opened_close_nothing),
		TEST(each_failure_leaves_nothing),
	};

	return RUN_TESTS(tests);
}
