// SPDX-License-Identifier: Apache-2.0
/* The watchdog: it acts when a limit is over, and only then; one of both gives the verdict. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/end/watchdog.h"
#include "init/lib/root.h"

/* What the watchdog process leaves in the memory that it shares. */
static struct {
	atomic_int calls, phase, claimed;
	int fds[2];
} seen;

static void expired(void *arg, enum phase phase, const char *where)
{
	atomic_fetch_add(&seen.calls, 1);
	seen.phase = phase;
	seen.claimed = watchdog_claim();
	assert_ptr_equal(arg, &seen);
	assert_non_null(where);
	if (write(seen.fds[1], "x", 1) != 1)
		_exit(1);
}

static bool wait_for_it(int ms)
{
	struct pollfd p = {.fd = seen.fds[0], .events = POLLIN};
	char c;

	return poll(&p, 1, ms) == 1 && read(seen.fds[0], &c, 1) == 1;
}

/* One test: the watchdog has state that lasts as long as PID 1. */
static void a_limit_that_is_over_is_acted_upon_once(void **state)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), status;
	struct rusage usage;

	assert_int_equal(pipe(seen.fds), 0);
	/* It starts with the limit that is set already. */
	watchdog_limit(PHASE_MOUNTS, 1);
	assert_int_equal(watchdog_start(root, expired, &seen), 0);
	assert_true(wait_for_it(10000));
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.phase, PHASE_MOUNTS);
	assert_true(seen.claimed);
	assert_false(watchdog_claim());
	/* One that has ended, or was killed, is made again. */
	assert_true(waitpid(-1, &status, 0) > 0);
	/* Newer limits replace older ones, and none ends them. */
	watchdog_limit(PHASE_DEVICES, 1);
	watchdog_limit(PHASE_SPEC, 60);
	assert_false(wait_for_it(1300));
	watchdog_limit(PHASE_EXEC, 1);
	watchdog_limit(PHASE_EXEC, 0);
	assert_false(wait_for_it(1300));
	watchdog_limit(PHASE_NETWORK, 1);
	assert_true(wait_for_it(10000));
	assert_int_equal(seen.calls, 2);
	assert_int_equal(seen.phase, PHASE_NETWORK);
	assert_false(seen.claimed);
	/* It slept all the time, also after a limit that a later one had replaced. */
	assert_true(wait4(-1, &status, 0, &usage) > 0);
	assert_int_equal(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec, 0);
	assert_in_range(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec, 0, 100000);
	close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_that_is_over_is_acted_upon_once),
	};

	return RUN_TESTS(tests);
}
