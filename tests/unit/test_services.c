// SPDX-License-Identifier: Apache-2.0
/*
 * The services of a manifest, with real child processes: job_start() forks one that does what
 * args[0] says, without a separate root and cgroup.
 *
 *	N	end with status N at once
 *	run	run until it is killed
 *	said	the same, and the awaited output was there
 *	make DIR FILE	make DIR after 300 ms and FILE 300 ms later, and run
 *	listen PATH	bind a socket after 300 ms, listen 300 ms later, and run
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/services/job.h"
#include "init/services/services.h"
#include "init/services/services_private.h"

int __wrap_job_start(struct job *j, int guest, int loop, const char *cgroup, struct fault *fault);

/* struct started - what was started, in its order, and what was logged as a warning */
static struct {
	const char *labels[16];
	const struct job *jobs[16];
	size_t n;
	char warnings[4][256];
	size_t n_warnings, n_looks;
} seen;

int __real_services_ready(const struct service *service, const struct job *job, int changes,
			  bool *poll);
int __wrap_services_ready(const struct service *service, const struct job *job, int changes,
			  bool *poll);

int __wrap_services_ready(const struct service *service, const struct job *job, int changes,
			  bool *poll)
{
	seen.n_looks++;
	return __real_services_ready(service, job, changes, poll);
}

static void make_files(const char *dir, const char *file)
{
	usleep(300000);
	mkdir(dir, 0755);
	usleep(300000);
	close(creat(file, 0644));
}

static void listen_late(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	usleep(300000);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		_exit(1);
	usleep(300000);
	listen(fd, 1);
}

int __wrap_job_start(struct job *j, int guest, int loop, const char *cgroup, struct fault *fault)
{
	assert_true(seen.n < ARRAY_SIZE(seen.labels));
	seen.jobs[seen.n] = j;
	seen.labels[seen.n++] = j->label;
	j->cgroup = guest; /* has no cgroup.procs: only the first process is known */
	j->loop = loop;
	j->in_background = false;
	j->seen = !strcmp(j->args[0], "said");
	j->pid = fork();
	if (j->pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setpgid(0, 0);
		if (!strcmp(j->args[0], "make"))
			make_files(j->args[1], j->args[2]);
		if (!strcmp(j->args[0], "listen"))
			listen_late(j->args[1]);
		if (*j->args[0] < '0' || *j->args[0] > '9')
			for (;;)
				pause();
		_exit(atoi(j->args[0]));
	}
	assert_true(j->pid > 0);
	setpgid(j->pid, j->pid);
	j->running = true;
	return 0;
}

static void keep_warning(enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_WARN && seen.n_warnings < ARRAY_SIZE(seen.warnings))
		snprintf(seen.warnings[seen.n_warnings++], sizeof(seen.warnings[0]), "%s", line);
}

struct guest {
	struct arena arena;
	struct signals signals;
	struct manifest manifest;
	struct services services;
	struct fault fault;
	char path[64];
	int root, initrd, loop;
};

static int setup(void **state)
{
	struct guest *g = calloc(1, sizeof(*g));

	memset(&seen, 0, sizeof(seen));
	g->root = temp_root(g->path);
	g->initrd = dup(g->root);
	g->loop = loop_open();
	assert_int_equal(signals_open(&g->signals, g->loop), 0);
	log_to_sink(keep_warning);
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	struct guest *g = *state;

	services_end(&g->services, true, &g->fault);
	log_to_sink(NULL);
	arena_free(&g->arena);
	close(g->signals.source.fd);
	close(g->loop);
	close(g->initrd);
	temp_root_remove(g->path, g->root);
	free(g);
	return 0;
}

/* Start the services of a manifest in which ' is a quotation mark. */
static int start(struct guest *g, const char *services)
{
	char *text = arena_printf(&g->arena, "{'version': 1, 'services': [%s]}", services);

	assert_non_null(text);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	if (manifest_parse(&g->arena, text, strlen(text), &g->manifest, &g->fault))
		fail_msg("%s", g->fault.text);
	/* The parser wants absolute paths. */
	for (size_t i = 0; i < g->manifest.n_services; i++)
		g->manifest.services[i].args[0]++;
	g->services = (struct services){.manifest = &g->manifest,
					.root = g->root,
					.initrd = g->initrd,
					.loop = g->loop,
					.signals = &g->signals};
	return services_start(&g->services, &g->arena, &g->fault);
}

static void assert_started(const char *names)
{
	char all[256] = "";

	for (size_t i = 0; i < seen.n; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "",
			 strrchr(seen.labels[i], ' ') + 1);
	assert_string_equal(all, names);
}

/* Let the event loop run until there are @n warnings, or a failure. */
static void wait_for_warnings(struct guest *g, size_t n)
{
	uint64_t deadline = clock_us() + 5000000;

	while (seen.n_warnings < n && !g->services.failure.err)
		assert_int_not_equal(loop_wait(g->loop, deadline), -ETIME);
}

static void kill_job(size_t n)
{
	assert_int_equal(kill(seen.jobs[n]->pid, SIGKILL), 0);
}

/* --- start --------------------------------------------------------------------------------- */

static void without_services_nothing_is_done(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, ""), 0);
	assert_null(g->signals.watch);
	assert_false(services_end(&g->services, false, &g->fault));
}

static void all_start_side_by_side_unless_after(void **state)
{
	struct guest *g = *state;

	assert_int_equal(
		start(g,
		      "{'name': 'a', 'args': ['/0'], 'after': ['c']},"
		      "{'name': 'b', 'args': ['/said'], 'kind': 'daemon', 'ready': {'output': 'x'}},"
		      "{'name': 'c', 'args': ['/0'], 'after': ['b']},"
		      "{'name': 'd', 'args': ['/0']}"),
		0);
	assert_int_equal(seen.n, 4);
	assert_string_equal(seen.labels[2] + 8, "c");
	assert_string_equal(seen.labels[3] + 8, "a");
	assert_int_equal(seen.n_warnings, 0);
}

static void a_required_service_that_fails_ends_the_wait(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, "{'name': 'a', 'args': ['/7']},"
				  "{'name': 'b', 'args': ['/0'], 'after': ['a']}"),
			 -ECHILD);
	assert_string_equal(g->fault.text,
			    "service a has failed with status 7: it has printed nothing");
	assert_started("a");
}

static void another_one_is_a_warning(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, "{'name': 'a', 'args': ['/7'], 'required': false},"
				  "{'name': 'b', 'args': ['/0'], 'after': ['a']}"),
			 0);
	assert_string_equal(seen.warnings[0],
			    "service a has failed with status 7: it has printed nothing");
	assert_started("a b");
}

static void each_start_has_a_deadline(void **state)
{
	struct guest *g = *state;
	uint64_t begin = clock_us();

	assert_int_equal(start(g, "{'name': 'a', 'args': ['/run'], 'timeout_ms': 100}"), -ETIME);
	assert_string_equal(g->fault.text,
			    "service a: waited 100 ms for its end: it has printed nothing");
	assert_in_range(clock_us() - begin, 100000, 5000000);
	assert_false(seen.jobs[0]->running);
}

static void a_daemon_that_ends_early_is_not_ready(void **state)
{
	struct guest *g = *state;

	assert_int_equal(
		start(g,
		      "{'name': 'a', 'args': ['/2'], 'kind': 'daemon', 'ready': {'path': '/x'}}"),
		-ECHILD);
	assert_string_equal(
		g->fault.text,
		"service a has ended with status 2 before it was ready: it has printed nothing");
}

static void a_stop_request_ends_the_wait(void **state)
{
	struct guest *g = *state;

	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(start(g, "{'name': 'a', 'args': ['/run']}"), -EINTR);
	assert_string_equal(g->fault.text,
			    "a stop was requested (SIGTERM) while the services start");
}

/* The jobs of these tests stay in the root of the machine. */
static void in_this_root(struct guest *g)
{
	close(g->initrd);
	g->initrd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(g->initrd >= 0);
}

static void a_path_is_looked_up_when_something_changes(void **state)
{
	struct guest *g = *state;
	uint64_t begin = clock_us();

	in_this_root(g);
	assert_int_equal(
		start(g, arena_printf(&g->arena,
				      "{'name': 'a', 'args': ['/make', '%s/dir', '%s/dir/file'],"
				      "'kind': 'daemon', 'ready': {'path': '%s/dir/file'}}",
				      g->path, g->path, g->path)),
		0);
	assert_true(clock_us() - begin > 600000);
	/* A look every 50 ms would be 12 of them. */
	assert_in_range(seen.n_looks, 1, 6);
}

static void a_socket_is_tried_until_it_listens(void **state)
{
	struct guest *g = *state;

	in_this_root(g);
	assert_int_equal(
		start(g, arena_printf(&g->arena,
				      "{'name': 'a', 'args': ['/listen', '%s/socket'],"
				      "'kind': 'daemon', 'ready': {'socket': '%s/socket'}}",
				      g->path, g->path)),
		0);
	/* Only from the time when it is there. */
	assert_in_range(seen.n_looks, 1, 9);
}

static void a_process_that_enters_its_root_is_polled(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, arena_printf(&g->arena,
					       "{'name': 'a', 'args': ['/run'], 'timeout_ms': 400,"
					       "'kind': 'daemon', 'ready': {'path': '%s/file'}}",
					       g->path)),
			 -ETIME);
	assert_true(seen.n_looks > 2);
}

static void what_makes_no_event_is_polled(void **state)
{
	struct guest *g = *state;

	in_this_root(g);
	assert_int_equal(start(g, "{'name': 'a', 'args': ['/run'], 'timeout_ms': 400,"
				  "'kind': 'daemon', 'ready': {'path': '/proc/none'}}"),
			 -ETIME);
	assert_true(seen.n_looks > 2);
}

/* --- run ----------------------------------------------------------------------------------- */

#define DAEMON "{'name': 'a', 'args': ['/said'], 'kind': 'daemon', 'ready': {'output': 'x'}"

static void the_end_of_a_daemon_is_a_warning_while_the_container_runs(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, DAEMON "}"), 0);
	g->services.running = true;
	kill_job(0);
	wait_for_warnings(g, 1);
	assert_string_equal(seen.warnings[0],
			    "service a has ended with SIGKILL: it has printed nothing");
	assert_int_equal(services_check(&g->services, &g->fault), 0);
	assert_false(services_end(&g->services, false, &g->fault));
}

static void before_that_it_is_an_error(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, DAEMON "}"), 0);
	kill_job(0);
	wait_for_warnings(g, 1);
	assert_int_equal(services_check(&g->services, &g->fault), -ECHILD);
	assert_string_equal(
		g->fault.text,
		"service a has ended with SIGKILL before the container was started: it has printed nothing");
	assert_string_equal(g->signals.requested, "a service has ended");
}

static void it_can_end_the_guest(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, DAEMON ", 'on_exit': 'fail'}"), 0);
	g->services.running = true;
	kill_job(0);
	wait_for_warnings(g, 1);
	assert_true(services_end(&g->services, false, &g->fault));
	assert_string_equal(
		g->fault.text,
		"service a has ended with SIGKILL while the container ran: it has printed nothing");
}

static void it_can_start_again_each_time_later(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, DAEMON ", 'on_exit': 'restart'}"), 0);
	kill_job(0);
	wait_for_warnings(g, 1);
	assert_string_equal(
		seen.warnings[0],
		"service a has ended with SIGKILL and starts again in 1 s: it has printed nothing");
	while (seen.n < 2)
		loop_wait(g->loop, CLOCK_NEVER);
	kill_job(1);
	wait_for_warnings(g, 2);
	assert_non_null(strstr(seen.warnings[1], "starts again in 2 s"));
	assert_int_equal(services_check(&g->services, &g->fault), 0);
}

/* --- end ----------------------------------------------------------------------------------- */

static void at_the_end_nothing_starts_again(void **state)
{
	struct guest *g = *state;

	assert_int_equal(start(g, DAEMON ", 'on_exit': 'restart'}"), 0);
	assert_true(services_keep_initramfs(&g->services));
	assert_false(services_end(&g->services, false, &g->fault));
	assert_false(seen.jobs[0]->running);
	assert_int_equal(seen.n_warnings, 0);
	assert_int_equal(seen.n, 1);
}

static void another_root_needs_no_initramfs(void **state)
{
	struct guest *g = *state;

	put_dir(g->root, "image");
	assert_int_equal(start(g, DAEMON ", 'root': '/image'}, {'name': 'b', 'args': ['/0']}"), 0);
	assert_false(services_keep_initramfs(&g->services));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(without_services_nothing_is_done),
		TEST(all_start_side_by_side_unless_after),
		TEST(a_required_service_that_fails_ends_the_wait),
		TEST(another_one_is_a_warning),
		TEST(each_start_has_a_deadline),
		TEST(a_daemon_that_ends_early_is_not_ready),
		TEST(a_stop_request_ends_the_wait),
		TEST(a_path_is_looked_up_when_something_changes),
		TEST(a_socket_is_tried_until_it_listens),
		TEST(a_process_that_enters_its_root_is_polled),
		TEST(what_makes_no_event_is_polled),
		TEST(the_end_of_a_daemon_is_a_warning_while_the_container_runs),
		TEST(before_that_it_is_an_error),
		TEST(it_can_end_the_guest),
		TEST(it_can_start_again_each_time_later),
		TEST(at_the_end_nothing_starts_again),
		TEST(another_root_needs_no_initramfs),
	};

	return RUN_TESTS(tests);
}
