// SPDX-License-Identifier: Apache-2.0
/* Hooks of the guest: a helper process runs them, and PID 1 gets the result in its event loop. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/run/guest_hooks.h"

#define SECOND 1000000ULL

static struct oci_hook hooks[OCI_HOOK_POINTS];
static const char *args[OCI_HOOK_POINTS][4];
static const char *none[] = {NULL};
static struct oci_config config;
static struct run run;
static struct fault fault;
static char dir[64];
static int root;

/* Make a shell script the only hook of a point; it runs in the bundle. */
static void set_hook(enum oci_hook_point point, const char *script)
{
	const char **a = args[point];

	a[0] = "sh", a[1] = "-c", a[2] = script;
	hooks[point] =
		(struct oci_hook){.path = "/bin/sh", .args = a, .env = none, .timeout_s = 600};
	config.hooks[point] = (struct oci_hook_list){&hooks[point], 1};
}

static int setup(void **state)
{
	root = temp_root(dir);
	config = (struct oci_config){.state = "{}", .id = "c1", .bundle = dir, .bundle_dir = root};
	run = (struct run){.loop = loop_open(), .config = &config, .container.pid = 77};
	return run.loop < 0;
}

static int teardown(void **state)
{
	close(run.loop);
	while (waitpid(-1, NULL, 0) > 0)
		;
	temp_root_remove(dir, root);
	return 0;
}

static const char *text_of(const char *file)
{
	static char text[512];

	assert_true(root_read(root, text, sizeof(text), "%s", file) >= 0);
	return text;
}

static unsigned done;

static void count_done(struct hook_run *h)
{
	assert_false(h->running);
	done++;
}

/* Start hooks and wait for their result. */
static void run_hooks(struct hook_run *h, enum oci_hook_point first, enum oci_hook_point last)
{
	done = 0;
	*h = (struct hook_run){.done = count_done};
	assert_int_equal(guest_hooks_start(h, &run, first, last, "creating", &fault), 0);
	assert_true(h->running && h->pid > 0);
	while (h->running)
		assert_int_equal(loop_wait(run.loop, clock_us() + 60 * SECOND), 0);
	assert_int_equal(done, 1);
}

static void the_hooks_of_all_points_run_in_the_bundle(void **state)
{
	struct hook_run h;

	set_hook(OCI_PRESTART, "cat >first");
	set_hook(OCI_CREATE_RUNTIME, "test -e first && cat >second");
	set_hook(OCI_CREATE_CONTAINER, "echo too much >third");
	run_hooks(&h, OCI_PRESTART, OCI_CREATE_RUNTIME);
	assert_int_equal(h.err, 0);
	assert_text(text_of("first"), "\"status\":\"creating\",\"pid\":77");
	assert_text(text_of("second"), "\"pid\":77");
	assert_false(root_exists(root, "third"));
}

static void a_container_that_has_ended_has_no_process(void **state)
{
	struct hook_run h;

	run.ended = true;
	set_hook(OCI_POSTSTOP, "cat >state");
	run_hooks(&h, OCI_POSTSTOP, OCI_POSTSTOP);
	assert_int_equal(h.err, 0);
	assert_no_text(text_of("state"), "\"pid\":77");
}

static void a_failure_ends_the_list(void **state)
{
	struct hook_run h;

	set_hook(OCI_PRESTART, "echo no device; exit 3");
	set_hook(OCI_CREATE_RUNTIME, "echo too much >second");
	run_hooks(&h, OCI_PRESTART, OCI_CREATE_RUNTIME);
	assert_int_equal(h.err, -ECHILD);
	assert_string_equal(h.fault.text,
			    "the prestart hook: /bin/sh has failed with status 3: no device ");
	assert_false(root_exists(root, "second"));
}

static void a_bundle_that_cannot_be_entered_is_an_error(void **state)
{
	struct hook_run h;

	config.bundle = "/run/b";
	config.bundle_dir = run.loop; /* no directory */
	set_hook(OCI_PRESTART, "true");
	run_hooks(&h, OCI_PRESTART, OCI_PRESTART);
	assert_int_equal(h.err, -ENOTDIR);
	assert_string_equal(h.fault.text, "cannot enter the bundle /run/b: Not a directory");
}

/* Wait until a hook has written its process ID. */
static pid_t pid_of_hook(void)
{
	char text[32] = "";
	uint64_t pid = 0;

	for (int i = 0; i < 2000 && root_read(root, text, sizeof(text), "pid") <= 0; i++)
		usleep(10000);
	assert_int_equal(str_number(text, strlen(text), 10, INT32_MAX, &pid), 0);
	return (pid_t)pid;
}

static bool has_ended(pid_t pid)
{
	for (int i = 0; i < 2000; i++) {
		char text[256];
		const char *state;

		/* an orphan may stay as a zombie */
		snprintf(text, sizeof(text), "/proc/%d/stat", pid);
		if (root_read(AT_FDCWD, text, sizeof(text), "/proc/%d/stat", pid) < 0)
			return true;
		state = strrchr(text, ')');
		if (state && state[2] == 'Z')
			return true;
		usleep(10000);
	}
	return false;
}

/* Start a hook that does not end. Return: its process ID. */
static pid_t start_hanging_hook(struct hook_run *h)
{
	done = 0;
	*h = (struct hook_run){.done = count_done};
	set_hook(OCI_PRESTART, "echo $$ >tmp && mv tmp pid; exec sleep 600");
	assert_int_equal(guest_hooks_start(h, &run, OCI_PRESTART, OCI_PRESTART, "creating", &fault),
			 0);
	return pid_of_hook();
}

static void a_helper_that_dies_is_an_error(void **state)
{
	struct hook_run h;
	pid_t hook = start_hanging_hook(&h);

	assert_int_equal(kill(h.pid, SIGKILL), 0);
	assert_int_equal(loop_wait(run.loop, clock_us() + 60 * SECOND), 0);
	assert_int_equal(done, 1);
	assert_int_equal(h.err, -ECHILD);
	assert_string_equal(h.fault.text, "the process that runs the hooks has died");
	assert_true(has_ended(hook));
}

static void hooks_that_are_stopped_leave_no_process(void **state)
{
	struct hook_run h;
	pid_t hook = start_hanging_hook(&h);

	guest_hooks_stop(&h);
	assert_false(h.running);
	assert_true(has_ended(hook));
	assert_int_equal(done, 0);
	/* The loop has nothing any more, and a second stop is harmless. */
	assert_int_equal(loop_wait(run.loop, clock_us() + SECOND / 100), -ETIME);
	guest_hooks_stop(&h);
}

static void poststop_hooks_come_after_poststart_hooks(void **state)
{
	struct hook_run poststart = {0};

	set_hook(OCI_POSTSTART, "sleep 0.3; echo start >>order; exit 1"); /* only a warning */
	set_hook(OCI_POSTSTOP, "echo stop >>order");
	guest_hooks_poststart(&poststart, &run);
	assert_true(poststart.running);
	run.ended = true;
	guest_hooks_poststop(&poststart, &run);
	assert_string_equal(text_of("order"), "start\nstop");
	assert_false(poststart.running);
}

static void without_hooks_nothing_is_started(void **state)
{
	struct hook_run poststart = {0};

	guest_hooks_poststart(&poststart, &run);
	assert_false(poststart.running);
	guest_hooks_poststop(&poststart, &run);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child process */
	assert_int_equal(errno, ECHILD);
}

static void a_launch_may_take_as_long_as_its_hooks(void **state)
{
	assert_int_equal(guest_hooks_launch_s(&config), 0);
	set_hook(OCI_PRESTART, "");
	set_hook(OCI_START_CONTAINER, "");
	set_hook(OCI_POSTSTART, "");
	set_hook(OCI_POSTSTOP, "");
	assert_int_equal(guest_hooks_launch_s(&config), 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(the_hooks_of_all_points_run_in_the_bundle),
		TEST(a_container_that_has_ended_has_no_process),
		TEST(a_failure_ends_the_list),
		TEST(a_bundle_that_cannot_be_entered_is_an_error),
		TEST(a_helper_that_dies_is_an_error),
		TEST(hooks_that_are_stopped_leave_no_process),
		TEST(poststop_hooks_come_after_poststart_hooks),
		TEST(without_hooks_nothing_is_started),
		TEST(a_launch_may_take_as_long_as_its_hooks),
	};

	return RUN_TESTS(tests);
}
