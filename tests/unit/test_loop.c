// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/lib/loop.h"

/* A pipe whose reading end is a source. */
struct pipe_source {
	struct loop_source source;
	int loop, write_end, calls;
	struct pipe_source *removes; /* taken out of the loop when this one is called */
};

static void pipe_ready(struct loop_source *source)
{
	struct pipe_source *p = container_of(source, struct pipe_source, source);

	p->calls++;
	if (p->removes)
		loop_remove(p->loop, &p->removes->source);
}

static void pipe_open(struct pipe_source *p, int loop)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	*p = (struct pipe_source){
		.source = {ends[0], pipe_ready}, .loop = loop, .write_end = ends[1]};
}

static void pipe_close(struct pipe_source *p)
{
	close(p->source.fd);
	close(p->write_end);
}

static void a_source_is_called_when_it_is_ready(void **state)
{
	int loop = loop_open();
	struct pipe_source p;

	pipe_open(&p, loop);
	assert_int_equal(loop_add(loop, &p.source), 0);
	assert_int_equal(loop_add(loop, &p.source), -EEXIST);
	assert_int_equal(loop_wait(loop, 0), -ETIME);
	assert_int_equal(p.calls, 0);
	assert_int_equal(write(p.write_end, "x", 1), 1);
	assert_int_equal(loop_wait(loop, CLOCK_NEVER), 0);
	assert_int_equal(p.calls, 1);
	loop_remove(loop, &p.source);
	assert_int_equal(loop_wait(loop, 0), -ETIME);
	assert_int_equal(p.calls, 1);
	pipe_close(&p);
	close(loop);
}

static void a_wait_does_not_end_before_its_deadline(void **state)
{
	uint64_t deadline = clock_us() + 20500;
	int loop = loop_open();

	assert_int_equal(loop_wait(loop, deadline), -ETIME);
	assert_true(clock_us() >= deadline);
	close(loop);
}

/* Nothing reads the byte, so that the source is ready all the time. */
static void a_busy_source_does_not_delay_the_deadline(void **state)
{
	uint64_t deadline = clock_us() + 20000;
	int loop = loop_open(), err;
	struct pipe_source p;

	pipe_open(&p, loop);
	assert_int_equal(loop_add(loop, &p.source), 0);
	assert_int_equal(write(p.write_end, "x", 1), 1);
	do
		err = loop_wait(loop, deadline);
	while (err == 0 && clock_us() < deadline + 5000000);
	assert_int_equal(err, -ETIME);
	assert_true(p.calls > 1);
	pipe_close(&p);
	close(loop);
}

static void a_source_that_another_one_removes_is_not_called(void **state)
{
	struct pipe_source a, b;
	int loop = loop_open();

	pipe_open(&a, loop);
	pipe_open(&b, loop);
	a.removes = &b;
	b.removes = &a;
	assert_int_equal(loop_add(loop, &a.source), 0);
	assert_int_equal(loop_add(loop, &b.source), 0);
	assert_int_equal(write(a.write_end, "x", 1), 1);
	assert_int_equal(write(b.write_end, "x", 1), 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(loop_wait(loop, CLOCK_NEVER), 0);
	/* The kernel reports the first one that became ready first. */
	assert_int_equal(a.calls, 4);
	assert_int_equal(b.calls, 0);
	pipe_close(&a);
	pipe_close(&b);
	close(loop);
}

static void a_source_is_watched_for_what_is_chosen(void **state)
{
	int loop = loop_open(), ends[2];
	struct pipe_source p = {.source = {-1, pipe_ready}};

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	p.source.fd = ends[1]; /* can be written */
	assert_int_equal(loop_watch(loop, &p.source, true, false), 0);
	assert_int_equal(loop_wait(loop, 0), -ETIME);
	assert_int_equal(p.calls, 0);
	assert_int_equal(loop_watch(loop, &p.source, false, true), 0);
	assert_int_equal(loop_wait(loop, CLOCK_NEVER), 0);
	assert_int_equal(loop_watch(loop, &p.source, false, false), 0);
	assert_int_equal(loop_wait(loop, 0), -ETIME);
	assert_int_equal(p.calls, 1);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(loop_watch(loop, &p.source, true, false), -EBADF);
	close(loop);
}

static void a_socket_is_watched_for_its_end(void **state)
{
	int loop = loop_open(), ends[2];
	struct pipe_source p = {.source = {-1, pipe_ready}};

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	p.source.fd = ends[0];
	assert_int_equal(loop_add_end(loop, &p.source), 0);
	assert_int_equal(loop_add_end(loop, &p.source), -EEXIST);
	assert_int_equal(send(ends[1], "x", 1, 0), 1);
	assert_int_equal(loop_wait(loop, 0), -ETIME);
	assert_int_equal(p.calls, 0);
	close(ends[1]);
	assert_int_equal(loop_wait(loop, CLOCK_NEVER), 0);
	assert_int_equal(p.calls, 1);
	close(ends[0]);
	close(loop);
}

static void who_lingers_calls_no_source(void **state)
{
	uint64_t begin = clock_us();
	int loop = loop_open();
	struct pipe_source p;

	pipe_open(&p, loop);
	assert_int_equal(loop_add(loop, &p.source), 0);
	loop_linger(loop, 20);
	assert_true(clock_us() >= begin + 20000);
	assert_int_equal(write(p.write_end, "x", 1), 1);
	begin = clock_us();
	loop_linger(loop, 60000);
	assert_true(clock_us() < begin + 60 * 1000000ULL);
	assert_int_equal(p.calls, 0);
	assert_int_equal(loop_wait(loop, CLOCK_NEVER), 0);
	assert_int_equal(p.calls, 1);
	pipe_close(&p);
	close(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_is_called_when_it_is_ready),
		cmocka_unit_test(a_wait_does_not_end_before_its_deadline),
		cmocka_unit_test(a_busy_source_does_not_delay_the_deadline),
		cmocka_unit_test(a_source_that_another_one_removes_is_not_called),
		cmocka_unit_test(a_source_is_watched_for_what_is_chosen),
		cmocka_unit_test(who_lingers_calls_no_source),
		cmocka_unit_test(a_socket_is_watched_for_its_end),
	};

	return RUN_TESTS(tests);
}
