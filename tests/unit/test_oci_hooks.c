// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/support/spec_config.h"

#define HOOKS(text) TOP("\"hooks\":{" text "}")

static void hooks_are_read(void **state)
{
	struct arena a = {0};
	struct oci_config c;
	struct fault f = {0};

	assert_int_equal(
		config(&a,
		       HOOKS("\"prestart\":[{\"path\":\"/a\"}],\"createRuntime\":null,\"createContainer\":[{\"path\":\"/b\",\"args\":[\"b\",\"x\"],"
			     "\"env\":[\"A=1\"],\"timeout\":7},{\"path\":\"/c\","
			     "\"args\":[],\"timeout\":0}],\"startContainer\":[{\"path\":\"/d\"}],\"poststart\":[],\"poststop\":[{\"path\":\"/e\"}]"),
		       &c, &f),
		0);
	static const size_t numbers[OCI_HOOK_POINTS] = {1, 0, 2, 1, 0, 1};
	static const char *const paths[OCI_HOOK_POINTS] = {"/a", NULL, "/b", "/d", NULL, "/e"};

	for (int point = 0; point < OCI_HOOK_POINTS; point++) {
		assert_int_equal(c.hooks[point].n, numbers[point]);
		if (paths[point])
			assert_string_equal(c.hooks[point].hooks[0].path, paths[point]);
	}
	const struct oci_hook *b = &c.hooks[OCI_CREATE_CONTAINER].hooks[0], *bare = b + 1;
	assert_string_equal(b->args[0], "b");
	assert_string_equal(b->args[1], "x");
	assert_null(b->args[2]);
	assert_string_equal(b->env[0], "A=1");
	assert_null(b->env[1]);
	assert_int_equal(b->timeout_s, 7);
	/* The defaults: the first argument is the path, the environment is empty. */
	assert_string_equal(bare->args[0], "/c");
	assert_null(bare->args[1]);
	assert_null(bare->env[0]);
	assert_int_equal(bare->timeout_s, 0);
	assert_false(bare->from_cdi);
	arena_free(&a);
}

static const struct {
	const char *text, *fault;
} malformed[] = {
	{TOP("\"hooks\":[1]"), "/hooks: expected an object, found an array"},
	{HOOKS("\"prestart\":{\"path\":\"/a\"}"),
	 "/hooks/prestart: expected an array, found an object"},
	{HOOKS("\"prestart\":[{}]"), "/hooks/prestart/0: the key \"path\" is missing"},
	{HOOKS("\"poststop\":[{\"path\":\"a\"}]"),
	 "/hooks/poststop/0/path: expected an absolute path, found \"a\""},
	{HOOKS("\"poststop\":[{\"path\":\"/a\",\"timeout\":-1}]"),
	 "/hooks/poststop/0/timeout: expected an integer from 0 to 86400, found the number -1"},
	{HOOKS("\"poststop\":[{\"path\":\"/a\",\"timeout\":[]}]"),
	 "/hooks/poststop/0/timeout: expected an integer from 0 to 86400, found an array"},
	{HOOKS("\"poststop\":[{\"path\":\"/a\",\"timeout\":86401}]"),
	 "/hooks/poststop/0/timeout: expected an integer from 0 to 86400, found the number 86401"},
	{HOOKS("\"poststop\":[{\"path\":\"/a\",\"env\":[1]}]"),
	 "/hooks/poststop/0/env/0: expected a string, found the number 1"},
};

static void malformed_hooks_are_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		assert_config_refused(malformed[i].text, malformed[i].fault);
}

static void assert_state(const struct oci_config *c, const char *status, pid_t pid,
			 const char *expected)
{
	char *text = oci_hooks_state(c, status, pid);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void the_state_has_what_the_runtime_spec_requires(void **state)
{
	struct arena a = {0};
	struct oci_config c;
	struct fault f = {0};

	assert_int_equal(
		config(&a,
		       TOP("\"annotations\":{\"a\":\"b \\\"c\\\"\"},\"hooks\":{\"prestart\":[{\"path\":\"/a\"}]}"),
		       &c, &f),
		0);
	c.id = "c\"1";
	c.bundle = "/run/b";
	assert_state(
		&c, "creating", 42,
		"{\"ociVersion\":\"1.0.2\",\"annotations\":{\"a\":\"b \\\"c\\\"\"},\"id\":\"c\\\"1\",\"status\":\"creating\",\"pid\":42,\"bundle\":\"/run/b\"}");
	assert_state(
		&c, "stopped", 0,
		"{\"ociVersion\":\"1.0.2\",\"annotations\":{\"a\":\"b \\\"c\\\"\"},\"id\":\"c\\\"1\",\"status\":\"stopped\",\"bundle\":\"/run/b\"}");
	arena_free(&a);
}

/* Also without hooks. */
static void a_listener_gets_the_processs_state(void **state)
{
	struct arena a = {0};
	struct oci_config c;
	struct fault f = {0};
	char *text;

	assert_int_equal(
		config(&a,
		       LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"listenerMetadata\":\"x y\"}"),
		       &c, &f),
		0);
	assert_string_equal(c.seccomp->listener, "/l");
	c.id = "c1";
	c.bundle = "/b";
	text = oci_hooks_process_state(&c, 42);
	assert_non_null(text);
	assert_string_equal(
		text,
		"{\"fds\":[\"seccompFd\"],\"state\":{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"status\":\"creating\",\"pid\":42,\"bundle\":\"/b\"},\"ociVersion\":\"1.0.2\",\"pid\":42,\"metadata\":\"x y\"}");
	free(text);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_are_read),
		cmocka_unit_test(malformed_hooks_are_refused),
		cmocka_unit_test(the_state_has_what_the_runtime_spec_requires),
		cmocka_unit_test(a_listener_gets_the_processs_state),
	};

	return RUN_TESTS(tests);
}
