// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "init/container/hooks.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

#define SHELL(script)                    \
	(const char *[])                 \
	{                                \
		"sh", "-c", script, NULL \
	}

static const char *none[] = {NULL};

/* Run one shell script as the only hook of a point. */
static int run(enum oci_hook_point point, const char **args, uint32_t timeout_s, struct fault *f)
{
	struct oci_hook hook = {
		.path = "/bin/sh", .args = args, .env = none, .timeout_s = timeout_s};
	struct oci_config c = {
		.state = "{\"ociVersion\":\"1.0.2\"}", .id = "c1", .bundle = "/run/b"};

	c.hooks[point] = (struct oci_hook_list){&hook, 1};
	return hooks_run(&c, point, "creating", 7, -1, f);
}

static const char state_text[] =
	"{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"status\":\"creating\",\"pid\":7,\"bundle\":\"/run/b\"}";

static void a_hook_gets_the_state_and_nothing_else(void **state)
{
	char path[64], text[512], where[PATH_MAX], *script;
	int root = temp_root(path);
	struct arena a = {0};
	struct fault f;

	assert_non_null(getcwd(where, sizeof(where)));
	assert_int_equal(chdir(path), 0);
	script = arena_printf(&a, "cat >state; pwd >cwd; export -p >env; umask >umask");
	assert_int_equal(run(OCI_PRESTART, SHELL(script), 0, &f), 0);
	assert_true(root_read(root, text, sizeof(text), "state") > 0);
	assert_string_equal(text, state_text);
	assert_true(root_read(root, text, sizeof(text), "cwd") > 0);
	assert_string_equal(text, path);
	assert_true(root_read(root, text, sizeof(text), "env") > 0);
	assert_null(strstr(text, "PATH=")); /* the test's PATH is not inherited */
	assert_true(root_read(root, text, sizeof(text), "umask") > 0);
	assert_string_equal(text, "0022");
	assert_int_equal(chdir(where), 0);
	temp_root_remove(path, root);
	arena_free(&a);
}

static const struct {
	const char **args;
	int err;
	const char *fault;
} failing[] = {
	{(const char *[]){"sh", "-c", "echo no; echo such device >&2; exit 3", NULL}, -ECHILD,
	 "the createRuntime hook: /bin/sh has failed with status 3: no such device "},
	{(const char *[]){"sh", "-c", "exit 1", NULL}, -ECHILD,
	 "the createRuntime hook: /bin/sh has failed with status 1: it has printed nothing"},
	{(const char *[]){"sh", "-c", "kill -ABRT $$", NULL}, -ECHILD,
	 "the createRuntime hook: /bin/sh has failed with SIGABRT: it has printed nothing"},
	{(const char *[]){"sh", "-c", "echo waiting; trap '' TERM; sleep 600", NULL}, -ETIME,
	 "the createRuntime hook: /bin/sh was still running after 1 s and was killed: waiting "},
};

static void a_failed_hook_is_reported_with_its_output(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(failing); i++) {
		uint64_t start = clock_us();
		struct fault f;

		assert_int_equal(run(OCI_CREATE_RUNTIME, failing[i].args, 1, &f), failing[i].err);
		assert_string_equal(f.text, failing[i].fault);
		assert_true(clock_us() - start < 30000000);
	}
}

static void a_hook_that_cannot_be_executed_says_why(void **state)
{
	struct oci_hook hook = {.path = "/absent/hook", .args = none, .env = none};
	struct oci_config c = {.state = "{}", .id = "", .bundle = ""};
	struct fault f;

	c.hooks[OCI_CREATE_CONTAINER] = (struct oci_hook_list){&hook, 1};
	assert_int_equal(hooks_run(&c, OCI_CREATE_CONTAINER, "creating", 1, -1, &f), -ECHILD);
	assert_string_equal(
		f.text,
		"the createContainer hook: /absent/hook has failed with status 127: cannot execute it: No such file or directory: it is missing: there is no \"/absent\" ");
}

/* A process that a hook leaves behind keeps the pipe open. hooks_run() does not wait for it. */
static void a_hook_may_leave_a_process_behind(void **state)
{
	uint64_t start = clock_us();
	struct fault f;

	assert_int_equal(run(OCI_PRESTART, SHELL("sleep 20 & exit 0"), 15, &f), 0);
	assert_true(clock_us() - start < 15000000);
}

/* More than fits into a pipe. */
static void a_hook_may_print_a_lot(void **state)
{
	struct fault f;

	assert_int_equal(
		run(OCI_PRESTART,
		    SHELL("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; echo last; exit 1"),
		    0, &f),
		-ECHILD);
	assert_non_null(strstr(f.text, "0123456789 last "));
}

static void a_late_failure_does_not_end_the_list(void **state)
{
	struct oci_hook hooks[] = {
		{.path = "/bin/sh", .args = SHELL("exit 1"), .env = none},
		{.path = "/bin/sh", .args = SHELL("echo 2 >>order; exit 9"), .env = none},
		{.path = "/bin/sh", .args = SHELL("echo 3 >>order"), .env = none},
	};
	struct oci_config c = {.state = "{}", .id = "", .bundle = ""};
	char path[64], text[16], where[PATH_MAX];
	int root = temp_root(path);
	struct fault f;

	assert_non_null(getcwd(where, sizeof(where)));
	assert_int_equal(chdir(path), 0);
	for (int point = 0; point < OCI_HOOK_POINTS; point++) {
		bool late = point == OCI_POSTSTART || point == OCI_POSTSTOP;

		put_file(root, "order", "");
		c.hooks[point] = (struct oci_hook_list){hooks, 3};
		assert_int_equal(hooks_run(&c, point, "", 1, -1, &f), -ECHILD);
		assert_text(f.text, "hook: /bin/sh has failed with status 1");
		assert_int_equal(root_read(root, text, sizeof(text), "order"), late ? 3 : 0);
		assert_int_equal(strstr(f.text, "; the post") != NULL, late);
		if (!late)
			continue;
		assert_string_equal(text, "2\n3");
		assert_text(f.text, "hook: /bin/sh has failed with status 9");
	}
	assert_int_equal(chdir(where), 0);
	temp_root_remove(path, root);
}

static void the_limit_is_the_sum_of_the_timeouts(void **state)
{
	struct oci_hook hooks[] = {{.timeout_s = 7}, {.timeout_s = 0}}, endless[65536];
	struct oci_config c = {0};

	assert_int_equal(hooks_limit_s(&c, OCI_PRESTART, OCI_POSTSTOP), 0);
	c.hooks[OCI_CREATE_RUNTIME] = (struct oci_hook_list){hooks, 2};
	c.hooks[OCI_POSTSTOP] = (struct oci_hook_list){hooks, 1};
	assert_int_equal(hooks_limit_s(&c, OCI_PRESTART, OCI_START_CONTAINER), 37);
	assert_int_equal(hooks_limit_s(&c, OCI_POSTSTOP, OCI_POSTSTOP), 7);
	for (size_t i = 0; i < ARRAY_SIZE(endless); i++)
		endless[i] = (struct oci_hook){.timeout_s = 86400};
	c.hooks[OCI_PRESTART] = (struct oci_hook_list){endless, ARRAY_SIZE(endless)};
	assert_int_equal(hooks_limit_s(&c, OCI_PRESTART, OCI_PRESTART), UINT32_MAX / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hook_gets_the_state_and_nothing_else),
		cmocka_unit_test(a_failed_hook_is_reported_with_its_output),
		cmocka_unit_test(a_hook_that_cannot_be_executed_says_why),
		cmocka_unit_test(a_hook_may_leave_a_process_behind),
		cmocka_unit_test(a_hook_may_print_a_lot),
		cmocka_unit_test(a_late_failure_does_not_end_the_list),
		cmocka_unit_test(the_limit_is_the_sum_of_the_timeouts),
	};

	log_set_level(LOG_LEVEL_ERR);
	return RUN_TESTS(tests);
}
