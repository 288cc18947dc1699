// SPDX-License-Identifier: Apache-2.0
/* Waiting for device nodes of CDI specs that come while the guest boots. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "tests/unit/support/cdi_wait.h"

static void make_node(const struct state *s)
{
	struct timespec ts = {.tv_nsec = 30000000};
	char path[128];

	/* One directory at a time: each needs another watch. */
	put_dir(s->env.root, "dev/sub");
	nanosleep(&ts, NULL);
	put_dir(s->env.root, "dev/sub/dir");
	nanosleep(&ts, NULL);
	snprintf(path, sizeof(path), "%s/dev/sub/dir/node", s->root);
	if (mkfifo(path, 0600))
		_exit(1);
}

static void a_node_that_is_made_later(void **state)
{
	struct state *s = *state;

	cdi_put_file(s->env.initrd, "etc/cdi/a.json", NODE);
	later(s, make_node);
	if (wait_for(s))
		fail_msg("%s", s->fault.text);
}

/* --- the moment between a look and a watch -------------------------------------------------- */

static const struct state *racing;

/* Replaces the C library's function: makes a directory and a node just before a new watch. */
int inotify_add_watch(int fd, const char *name, uint32_t mask)
{
	const struct state *s = racing;
	char path[128];

	if (s && (mask & IN_MASK_ADD)) {
		racing = NULL;
		put_dir(s->env.root, "dev/sub/dir");
		snprintf(path, sizeof(path), "%s/dev/sub/dir/node", s->root);
		assert_int_equal(mkfifo(path, 0600), 0);
	}
	return (int)syscall(SYS_inotify_add_watch, fd, name, mask);
}

/* There is no event for it: only a look after the watch was added finds it. */
static void a_node_that_comes_before_its_watch(void **state)
{
	struct state *s = *state;
	uint64_t start = clock_us();

	put_dir(s->env.root, "dev/sub");
	cdi_put_file(s->env.initrd, "etc/cdi/a.json", NODE);
	racing = s;
	if (wait_for(s))
		fail_msg("%s", s->fault.text);
	assert_null(racing);
	assert_true(clock_us() - start < 1000000 * s->request.options.cdi_timeout_s / 2);
}

static void a_node_that_is_never_made(void **state)
{
	struct state *s = *state;

	cdi_put_file(s->env.initrd, "etc/cdi/a.json", NODE);
	s->request.options.cdi_timeout_s = 1;
	assert_int_equal(wait_for(s), -ETIME);
	assert_string_equal(
		s->fault.text,
		"waited 1 s for CDI devices, there is no generator: CDI device node /dev/sub/dir/node: No such file or directory (for v/c=d of /etc/cdi/a.json)");
}

static void a_node_is_waited_for_as_long_as_for_devices(void **state)
{
	struct state *s = *state;
	uint64_t start = clock_us();

	s->env.producing = NULL;
	s->request.options.timeout_s = 1;
	cdi_put_file(s->env.initrd, "etc/cdi/a.json", NODE);
	assert_int_equal(wait_for(s), -ETIME);
	assert_text(s->fault.text, "waited 1 s for CDI devices, there is no generator: CDI device");
	assert_true(clock_us() - start < 3000000);
}

static unsigned failing_looks;

static int lstat_that_fails(int root, const char *path, struct stat *st)
{
	if (!failing_looks)
		return root_lstat(root, st, "%s", path);
	failing_looks--;
	return -EIO;
}

/* One EIO must neither end the boot nor cost the whole timeout. */
static void a_look_that_fails_is_repeated(void **state)
{
	struct state *s = *state;
	uint64_t start = clock_us();
	char path[128];

	s->env.producing = NULL;
	s->env.lstat = lstat_that_fails;
	failing_looks = 2;
	cdi_put_file(s->env.initrd, "etc/cdi/a.json", NODE);
	put_dir(s->env.root, "dev/sub/dir");
	snprintf(path, sizeof(path), "%s/dev/sub/dir/node", s->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	if (wait_for(s))
		fail_msg("%s", s->fault.text);
	assert_int_equal(failing_looks, 0);
	assert_true(clock_us() - start >= 500000);
	assert_true(clock_us() - start < 2500000);
}

static void a_look_that_always_fails_is_an_error(void **state)
{
	struct state *s = *state;

	s->env.producing = NULL;
	s->env.lstat = lstat_that_fails;
	failing_looks = 1000;
	s->request.options.timeout_s = 1;
	cdi_put_file(s->env.initrd, "etc/cdi/a.json", NODE);
	assert_int_equal(wait_for(s), -ETIME);
	assert_text(s->fault.text, "/dev/sub/dir/node: Input/output error (for v/c=d of ");
	assert_true(failing_looks > 990);
	failing_looks = 0;
}

static uint64_t absent_until;

static int lstat_without_event(int root, const char *path, struct stat *st)
{
	return clock_us() < absent_until ? -ENOENT : root_lstat(root, st, "%s", path);
}

static int reported;

static void count_reports(enum log_level level, const char *line)
{
	reported += level == LOG_LEVEL_WARN &&
		    strstr(line, "complete only at the end of the wait of 1 s");
}

static void a_node_without_an_event_is_found_at_the_end(void **state)
{
	struct state *s = *state;
	char path[128];

	s->env.producing = NULL;
	s->env.lstat = lstat_without_event;
	s->request.options.timeout_s = 1;
	cdi_put_file(s->env.initrd, "etc/cdi/a.json", NODE);
	put_dir(s->env.root, "dev/sub/dir");
	snprintf(path, sizeof(path), "%s/dev/sub/dir/node", s->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	absent_until = clock_us() + 900000;
	log_to_sink(count_reports);
	if (wait_for(s))
		fail_msg("%s", s->fault.text);
	log_to_sink(NULL);
	assert_int_equal(reported, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_that_is_made_later),
		TEST(a_node_that_comes_before_its_watch),
		TEST(a_node_that_is_never_made),
		TEST(a_node_is_waited_for_as_long_as_for_devices),
		TEST(a_look_that_fails_is_repeated),
		TEST(a_look_that_always_fails_is_an_error),
		TEST(a_node_without_an_event_is_found_at_the_end),
	};

	return RUN_TESTS(tests);
}
