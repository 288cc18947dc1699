// SPDX-License-Identifier: Apache-2.0
/* Waiting for CDI specs that come while the guest boots. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "tests/unit/support/cdi_wait.h"

#define READ " (read were /etc/cdi and /var/run/cdi, which is /run/cdi)"
#define MEANT                                                                                 \
	"; nothing in the guest makes such a spec (container.cdi_generator): is the request " \
	"meant for the CDI of the host?"

/* --- a process that does something later --------------------------------------------------- */

static void write_spec(const struct state *s)
{
	cdi_put_file(s->env.root, "var/run/cdi/late.json", GOOD);
}

static void move_spec(const struct state *s)
{
	char from[128], to[128];

	cdi_put_file(s->env.root, "tmp.json", GOOD);
	snprintf(from, sizeof(from), "%s/tmp.json", s->root);
	snprintf(to, sizeof(to), "%s/etc/cdi/late.json", s->root);
	if (rename(from, to))
		_exit(1);
}

static void remove_bad(const struct state *s)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/etc/cdi/bad.json", s->root);
	write_spec(s);
	if (unlink(path))
		_exit(1);
}

static void send_term(const struct state *s)
{
	(void)s;
	kill(getppid(), SIGTERM);
}

/* --- the wait ------------------------------------------------------------------------------ */

static void expect_env(struct state *s)
{
	if (wait_for(s))
		fail_msg("%s", s->fault.text);
	assert_document(
		s->doc,
		"{\"annotations\":{\"cdi.k8s.io/a\":\"v/c=d\"},\"process\":{\"env\":[\"A=1\"]}}");
}

static void without_a_device_nothing_is_done(void **state)
{
	struct state *s = *state;
	const char *generator[] = {"/bin/false", NULL};

	oci_free(s->doc);
	s->doc = document("{}");
	s->request.manifest.cdi_generator = generator;
	s->request.manifest.n_cdi_generator = 1;
	assert_int_equal(wait_for(s), 0);
	assert_false(root_exists(s->env.root, "etc"));
	assert_false(root_exists(s->env.root, "var"));
}

static void a_bad_request_is_the_configs_fault(void **state)
{
	struct state *s = *state;

	oci_free(s->doc);
	s->doc = document("{\"annotations\":{\"cdi.k8s.io/a\":\"x\"}}");
	assert_int_equal(wait_for(s), -EINVAL);
	assert_non_null(strstr(
		s->fault.text,
		"config.json: /annotations/cdi.k8s.io~1a: invalid CDI device name \"x\": it must be vendor/class="));
}

static void a_spec_of_the_initramfs(void **state)
{
	struct state *s = *state;

	cdi_put_file(s->env.initrd, "etc/cdi/a.json", GOOD);
	expect_env(s);
	assert_int_equal(root_exists(s->env.root, "etc/cdi/a.json"), 1);
}

static void a_file_in_place_of_a_directory_does_no_harm(void **state)
{
	struct state *s = *state;

	cdi_put_file(s->env.initrd, "etc/cdi", "not a directory");
	cdi_put_file(s->env.initrd, "var/run/cdi/a.json", GOOD);
	expect_env(s);
}

static void a_spec_that_is_written_later(void **state)
{
	struct state *s = *state;

	later(s, write_spec);
	expect_env(s);
}

static void a_spec_that_is_moved_in(void **state)
{
	struct state *s = *state;

	later(s, move_spec);
	expect_env(s);
}

static void a_spec_beside_a_bad_one_that_is_removed(void **state)
{
	struct state *s = *state;

	cdi_put_file(s->env.initrd, "etc/cdi/bad.json", "{");
	later(s, remove_bad);
	expect_env(s);
}

static void coldinits_own_device_needs_no_wait(void **state)
{
	struct state *s = *state;
	struct device device = {.id = "x", .container_path = "", .cdi = "v/c=d"};
	struct device_result result = {
		.ready = true, .node_type = 'c', .major = 1, .minor = 3, .node = "/dev/p"};

	s->request.devices = &device;
	s->request.n_listed = 1;
	s->found.devices = &result;
	s->request.options.cdi_timeout_s = 0;
	assert_int_equal(wait_for(s), 0);
}

/* --- the end of the wait ------------------------------------------------------------------- */

static void a_timeout_reports_everything(void **state)
{
	struct state *s = *state;
	uint64_t start = clock_us();

	cdi_put_file(s->env.initrd, "etc/cdi/bad.json", "{");
	s->request.options.cdi_timeout_s = 1;
	assert_int_equal(wait_for(s), -ETIME);
	assert_string_equal(
		s->fault.text,
		"waited 1 s for CDI devices, there is no generator: unresolvable CDI devices v/c=d (annotation cdi.k8s.io/a); the guest defines no device" READ
		"; /etc/cdi/bad.json: "
		"line 1, column 2: expected a key in quotes, found the end of the text");
	assert_string_equal(s->fault.expected, "v/c=d");
	assert_true(clock_us() - start >= 1000000);
	assert_document(s->doc, ASK);
}

/* Nothing can make it any more. */
static void without_a_producer_nothing_is_waited_for(void **state)
{
	static const struct {
		const char *file, *says;
	} rows[] = {
		{FILE_OF("other", "'env':['A=1']"), "; the guest defines v/c=other" READ},
		{"{'cdiVersion':'0.5.0','kind':'x/y','devices':[{'name':'z','containerEdits':{'env':['A=1']}}]}",
		 "; the guest defines x/y=z" READ MEANT},
		{"{",
		 "; the guest defines no device" READ
		 "; /etc/cdi/a.json: line 1, column 2: expected a key in quotes, found the end of the text" MEANT},
	};
	struct state *s = *state;
	char text[1024];

	s->env.producing = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t start = clock_us();

		cdi_put_file(s->env.root, "etc/cdi/a.json", rows[i].file);
		assert_int_equal(wait_for(s), -ENODEV);
		assert_int_equal(s->fault.err,
				 -ENODEV); /* else the caller adds an errno to the text */
		snprintf(text, sizeof(text),
			 "unresolvable CDI devices v/c=d (annotation cdi.k8s.io/a)%s",
			 rows[i].says);
		assert_string_equal(s->fault.text, text);
		assert_true(clock_us() - start < 1000000);
	}
}

static void a_spec_in_run_cdi(void **state)
{
	struct state *s = *state;

	s->env.producing = NULL;
	cdi_put_file(s->env.initrd, "run/cdi/a.json", GOOD);
	expect_env(s);
}

static void write_run_spec(const struct state *s)
{
	cdi_put_file(s->env.root, "run/cdi/late.json", GOOD);
}

static void a_spec_that_is_written_to_run_cdi_later(void **state)
{
	struct state *s = *state;

	later(s, write_run_spec);
	expect_env(s);
}

/* /var/run is usually a link to /run: the file is not read twice, which would be a conflict. */
static void run_cdi_is_read_once(void **state)
{
	struct state *s = *state;

	s->env.producing = NULL;
	put_dir(s->env.root, "run/cdi");
	put_link(s->env.root, "var/run", "../run");
	cdi_put_file(s->env.root, "run/cdi/a.json", GOOD);
	expect_env(s);
}

static void sigterm_ends_the_wait(void **state)
{
	struct state *s = *state;

	later(s, send_term);
	assert_int_equal(wait_for(s), -EINTR);
	assert_string_equal(s->fault.text,
			    "a stop was requested (SIGTERM) while waiting for CDI devices");
}

static void a_generator_is_an_absolute_path(void **state)
{
	struct state *s = *state;
	const char *generator[] = {"nvidia-ctk", NULL};

	s->request.manifest.cdi_generator = generator;
	s->request.manifest.n_cdi_generator = 1;
	assert_int_equal(wait_for(s), -EINVAL);
	assert_string_equal(s->fault.text,
			    "container.cdi_generator: \"nvidia-ctk\" is not an absolute path");
}

/* A test does not run in an initramfs, so the generator fails before its program runs. */
static void a_generator_that_fails_ends_the_wait(void **state)
{
	struct state *s = *state;
	const char *generator[] = {"/bin/generator", NULL};
	uint64_t start = clock_us();

	cdi_put_file(s->env.initrd, "etc/cdi/a.json", GOOD); /* the failure is fatal even so */
	s->request.manifest.cdi_generator = generator;
	s->request.manifest.n_cdi_generator = 1;
	assert_int_equal(wait_for(s), -ECHILD);
	assert_non_null(strstr(
		s->fault.text,
		"the CDI generator /bin/generator has failed with status 127: cannot enter the initramfs: "));
	assert_true(clock_us() - start < 5000000);
	assert_document(s->doc, ASK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_device_nothing_is_done),
		TEST(a_bad_request_is_the_configs_fault),
		TEST(a_spec_of_the_initramfs),
		TEST(a_file_in_place_of_a_directory_does_no_harm),
		TEST(a_spec_that_is_written_later),
		TEST(a_spec_that_is_moved_in),
		TEST(a_spec_beside_a_bad_one_that_is_removed),
		TEST(coldinits_own_device_needs_no_wait),
		TEST(a_timeout_reports_everything),
		TEST(without_a_producer_nothing_is_waited_for),
		TEST(a_spec_in_run_cdi),
		TEST(a_spec_that_is_written_to_run_cdi_later),
		TEST(run_cdi_is_read_once),
		TEST(sigterm_ends_the_wait),
		TEST(a_generator_is_an_absolute_path),
		TEST(a_generator_that_fails_ends_the_wait),
	};

	return RUN_TESTS(tests);
}
