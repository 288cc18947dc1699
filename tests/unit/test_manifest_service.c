// SPDX-License-Identifier: Apache-2.0
/* "services" of the manifest; tests/schema has more that the parser refuses. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "spec/manifest.h"

static void assert_refused(const char *services, const char *why)
{
	struct arena a = {0};
	struct manifest m;
	struct fault f;
	char *text = arena_printf(&a, "{\"version\":1,\"services\":%s}", services);

	assert_int_equal(manifest_parse(&a, text, strlen(text), &m, &f), -EINVAL);
	assert_non_null(strstr(f.text, why));
	arena_free(&a);
}

static void every_key_is_read(void **state)
{
	static const char text[] =
		"{\"version\":1,\"services\":[{\"name\":\"n\",\"args\":[\"/bin/a\",\"-b\"],"
		"\"env\":[\"A=1\"],\"user\":{\"uid\":5,\"gid\":6},\"root\":\"/run/x\",\"after\":[\"m\"],"
		"\"kind\":\"daemon\",\"ready\":{\"socket\":\"/run/s\"},\"timeout_ms\":70,"
		"\"required\":false,\"on_exit\":\"fail\"},{\"name\":\"m\",\"args\":[\"/b\"]}]}";
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	assert_int_equal(manifest_parse(&a, text, strlen(text), &m, &f), 0);
	assert_int_equal(m.n_services, 2);
	assert_string_equal(m.services[0].name, "n");
	assert_int_equal(m.services[0].n_args, 2);
	assert_string_equal(m.services[0].args[1], "-b");
	assert_null(m.services[0].args[2]);
	assert_string_equal(m.services[0].env[0], "A=1");
	assert_int_equal(m.services[0].uid, 5);
	assert_int_equal(m.services[0].gid, 6);
	assert_string_equal(m.services[0].root, "/run/x");
	assert_string_equal(m.services[0].after[0], "m");
	assert_true(m.services[0].daemon);
	assert_string_equal(m.services[0].ready_socket, "/run/s");
	assert_null(m.services[0].ready_path);
	assert_int_equal(m.services[0].timeout_ms, 70);
	assert_false(m.services[0].required);
	assert_int_equal(m.services[0].on_exit, SERVICE_FAIL);
	arena_free(&a);
}

static void defaults(void **state)
{
	static const char text[] =
		"{\"version\":1,\"services\":[{\"name\":\"m\",\"args\":[\"/b\"]}]}";
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	assert_int_equal(manifest_parse(&a, text, strlen(text), &m, &f), 0);
	assert_false(m.services[0].daemon);
	assert_true(m.services[0].required);
	assert_null(m.services[0].root);
	assert_null(m.services[0].env);
	assert_int_equal(m.services[0].uid, 0);
	assert_int_equal(m.services[0].on_exit, SERVICE_WARN);
	arena_free(&a);
}

static void errors_name_the_place(void **state)
{
	assert_refused("[{\"name\":\"a\",\"args\":[\"b\"]}]",
		       "/services/0: args must begin with the absolute path of a program");
	assert_refused("[{\"name\":\"a\",\"args\":[\"/b\"],\"on_exit\":\"warn\"}]",
		       "/services/0: \"ready\" and \"on_exit\" are for the kind \"daemon\"");
	assert_refused("[{\"name\":\"a\",\"args\":[\"/b\"],\"kind\":\"daemon\",\"ready\":{}}]",
		       "/services/0/ready: expected one of \"path\", \"socket\" and \"output\"");
	assert_refused("[{\"name\":\"a\",\"args\":[\"/b\"],\"env\":[\"A\"]}]",
		       "/services/0/env/0: expected NAME=value");
}

static void the_order_is_checked(void **state)
{
	assert_refused("[{\"name\":\"a\",\"args\":[\"/b\"]},{\"name\":\"a\",\"args\":[\"/b\"]}]",
		       "/services: two services have the name \"a\"");
	assert_refused("[{\"name\":\"a\",\"args\":[\"/b\"],\"after\":[\"c\"]}]",
		       "/services: the service \"a\" is to start after \"c\", which is no service");
	assert_refused("[{\"name\":\"a\",\"args\":[\"/b\"],\"after\":[\"b\"]},"
		       "{\"name\":\"b\",\"args\":[\"/b\"],\"after\":[\"a\"]},"
		       "{\"name\":\"c\",\"args\":[\"/b\"]}]",
		       "can never start: \"after\" forms a circle");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(defaults),
		cmocka_unit_test(errors_name_the_place),
		cmocka_unit_test(the_order_is_checked),
	};

	return RUN_TESTS(tests);
}
