// SPDX-License-Identifier: Apache-2.0
/* Waiting for CDI specs and device nodes that come while the guest boots. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/bundle/cdi.h"
#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "tests/unit/support/cdi.h"
#include "tests/unit/support/spec_document.h"

#define ASK "{\"annotations\":{\"cdi.k8s.io/a\":\"v/c=d\"}}"
#define FILE_OF(device, edits)                                           \
	"{'cdiVersion':'0.5.0','kind':'v/c','devices':[{'name':'" device \
	"','containerEdits':{" edits "}}]}"
#define GOOD FILE_OF("d", "'env':['A=1']")
#define NODE FILE_OF("d", "'deviceNodes':[{'path':'/dev/sub/dir/node'}]")

#define READ " (read were /etc/cdi and /var/run/cdi, which is /run/cdi)"
#define MEANT                                                                                 \
	"; nothing in the guest makes such a spec (container.cdi_generator): is the request " \
	"meant for the CDI of the host?"

struct state {
	struct arena arena;
	struct signals signals;
	struct request request;
	struct found found;
	struct cdi_env env;
	char root[64], initrd[64];
	struct oci_document *doc;
	struct fault fault;
};

/* A service that is still starting. */
static bool produces(void *arg)
{
	(void)arg;
	return true;
}

static int setup(void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	*state = s;
	s->env = (struct cdi_env){
		.arena = &s->arena,
		.root = temp_root(s->root),
		.initrd = temp_root(s->initrd),
		.loop = loop_open(),
		.signals = &s->signals,
		.request = &s->request,
		.found = &s->found,
		.producing = produces,
	};
	s->env.specs = s->env.root;
	put_dir(s->env.root, "dev");
	options_default(&s->request.options);
	manifest_defaults(&s->request.manifest);
	assert_int_equal(signals_open(&s->signals, s->env.loop), 0);
	s->doc = document(ASK);
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;

	oci_free(s->doc);
	arena_free(&s->arena);
	close(s->signals.source.fd);
	close(s->env.loop);
	temp_root_remove(s->root, s->env.root);
	temp_root_remove(s->initrd, s->env.initrd);
	free(s);
	return 0;
}

/* --- a process that does something later --------------------------------------------------- */

static void later(const struct state *s, void (*fn)(const struct state *s))
{
	struct timespec ts = {.tv_nsec = 60000000};
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return;
	nanosleep(&ts, NULL);
	fn(s);
	_exit(0);
}

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

static void send_term(const struct state *s)
{
	(void)s;
	kill(getppid(), SIGTERM);
}

/* --- the wait ------------------------------------------------------------------------------ */

static int wait_for(struct state *s)
{
	return cdi_devices(&s->env, s->doc, &s->fault);
}

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
		snprintf(text, sizeof(text),
			 "unresolvable CDI devices v/c=d (annotation cdi.k8s.io/a)%s",
			 rows[i].says);
		assert_string_equal(s->fault.text, text);
		assert_true(clock_us() - start < 1000000);
	}
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
	assert_string_equal(s->fault.text, "asked to stop while waiting for CDI devices");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(a_node_that_is_made_later),
		TEST(a_node_that_comes_before_its_watch),
		TEST(coldinits_own_device_needs_no_wait),
		TEST(a_timeout_reports_everything),
		TEST(a_node_that_is_never_made),
		TEST(without_a_producer_nothing_is_waited_for),
		TEST(a_node_is_waited_for_as_long_as_for_devices),
		TEST(a_look_that_fails_is_repeated),
		TEST(a_look_that_always_fails_is_an_error),
		TEST(a_spec_in_run_cdi),
		TEST(a_spec_that_is_written_to_run_cdi_later),
		TEST(run_cdi_is_read_once),
		TEST(sigterm_ends_the_wait),
		TEST(a_generator_is_an_absolute_path),
		TEST(a_generator_that_fails_ends_the_wait),
	};

	return RUN_TESTS(tests);
}
