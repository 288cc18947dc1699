// SPDX-License-Identifier: Apache-2.0
/*
 * One job, with a real child process and a real shell. The calls that would give it a separate mount
 * namespace and another root are replaced: it stays in the root of the machine.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/services/job.h"

#define CGROUP "sys/fs/cgroup/.coldinit/a.service"

static struct {
	char lines[256][300];
	size_t n;
	int unshare_errno;
} seen;

int __wrap_unshare(int flags);
int __wrap_chroot(const char *path);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

int __wrap_unshare(int flags)
{
	(void)flags;
	errno = seen.unshare_errno;
	return seen.unshare_errno ? -1 : 0;
}

int __wrap_chroot(const char *path)
{
	(void)path;
	return 0;
}

/* A bind mount is the directory itself. */
long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list args;

	va_start(args, number);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_open_tree)
		return dup((int)a[0]);
	if (number == SYS_move_mount || number == SYS_mount_setattr || number == SYS_mount)
		return 0;
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void keep(enum log_level level, const char *line)
{
	(void)level;
	if (seen.n < ARRAY_SIZE(seen.lines))
		snprintf(seen.lines[seen.n++], sizeof(seen.lines[0]), "%s", line);
}

struct guest {
	struct job job;
	struct fault fault;
	const char *args[8];
	char path[64];
	int root, loop;
};

static int setup(void **state)
{
	static const char *const dirs[] = {"dev", "proc", "sys", "run", "tmp"};
	struct guest *g = calloc(1, sizeof(*g));

	memset(&seen, 0, sizeof(seen));
	g->root = temp_root(g->path);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		put_dir(g->root, dirs[i]);
	put_file(g->root, CGROUP "/cgroup.procs", "");
	g->loop = loop_open();
	g->job = (struct job){.label = "job a", .place = "/image", .root = g->root};
	log_to_sink(keep);
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	struct guest *g = *state;

	job_kill(&g->job);
	while (waitpid(-1, NULL, 0) > 0)
		;
	log_to_sink(NULL);
	close(g->job.cgroup);
	close(g->loop);
	temp_root_remove(g->path, g->root);
	free(g);
	return 0;
}

/* Start the shell with a script. */
static void start(struct guest *g, const char *script)
{
	const char *args[] = {"/bin/sh", "-c", script, NULL};

	memcpy(g->args, args, sizeof(args));
	g->job.args = g->args;
	if (job_start(&g->job, g->root, g->loop, "a.service", &g->fault))
		fail_msg("%s", g->fault.text);
}

/* Let the loop read until the output has ended. */
static void read_all(struct guest *g)
{
	uint64_t deadline = clock_us() + 20000000;

	while (g->job.output.fd > 0)
		assert_int_not_equal(loop_wait(g->loop, deadline), -ETIME);
}

/* Wait for its end. */
static void finish(struct guest *g)
{
	int status;

	read_all(g);
	assert_int_equal(waitpid(g->job.pid, &status, 0), g->job.pid);
	assert_false(job_child(&g->job, g->job.pid + 1, 0));
	assert_true(job_child(&g->job, g->job.pid, status));
	assert_false(g->job.running);
}

static void its_output_is_logged_by_lines(void **state)
{
	struct guest *g = *state;

	start(g, "printf 'one\\n\\ntwo\\tx\\nthree'");
	finish(g);
	assert_int_equal(seen.n, 3);
	assert_string_equal(seen.lines[0], "job a: one");
	assert_string_equal(seen.lines[1], "job a: two x");
	assert_string_equal(seen.lines[2], "job a: three");
	assert_string_equal(job_said(&g->job), "one  two x three");
	assert_int_equal(job_check(&g->job, &g->fault), 0);
}

static void a_long_line_is_split(void **state)
{
	struct guest *g = *state;

	start(g, "printf '%0300d\\n' 7");
	finish(g);
	assert_int_equal(seen.n, 2);
	assert_int_equal(strlen(seen.lines[0]), strlen("job a: ") + sizeof(g->job.line));
	assert_string_equal(seen.lines[1], "job a: 00000000000000000000000000000000000000000007");
}

static void its_status_and_the_end_of_its_output_are_the_error(void **state)
{
	struct guest *g = *state;

	start(g, "echo no device >&2; exit 3");
	finish(g);
	assert_int_equal(job_check(&g->job, &g->fault), -ECHILD);
	assert_string_equal(g->fault.text, "job a has failed with status 3: no device");
}

static void it_has_its_variables_and_two_more(void **state)
{
	static const char *const env[] = {"HOME=/home/a", "A=1", NULL};
	struct guest *g = *state;

	g->job.env = env;
	start(g, "echo $HOME $A $PATH; pwd; cat; umask");
	finish(g);
	assert_string_equal(seen.lines[0], "job a: /home/a 1 /usr/sbin:/usr/bin:/sbin:/bin");
	assert_string_equal(seen.lines[1], "job a: /");
	assert_string_equal(seen.lines[2], "job a: 0022");
}

static void a_program_that_is_not_there(void **state)
{
	struct guest *g = *state;

	start(g, "true");
	finish(g);
	g->args[0] = "/bin/there/is/none";
	assert_int_equal(job_start(&g->job, g->root, g->loop, "a.service", &g->fault), 0);
	finish(g);
	assert_int_equal(job_check(&g->job, &g->fault), -ECHILD);
	assert_text(g->fault.text,
		    "job a has failed with status 127: cannot execute it in /image: ");
}

static void a_root_that_cannot_be_entered(void **state)
{
	struct guest *g = *state;

	seen.unshare_errno = EPERM;
	start(g, "true");
	finish(g);
	assert_int_equal(job_check(&g->job, &g->fault), -ECHILD);
	assert_string_equal(
		g->fault.text,
		"job a has failed with status 127: cannot enter /image: Operation not permitted");
}

static void the_awaited_text_is_seen(void **state)
{
	struct guest *g = *state;

	g->job.awaited = "is ready";
	start(g, "echo it is; sleep 0.1; echo it is ready now");
	finish(g);
	assert_true(g->job.seen);
	start(g, "echo it is not");
	finish(g);
	assert_false(g->job.seen);
	assert_string_equal(job_said(&g->job), "it is not");
}

static void it_is_killed(void **state)
{
	struct guest *g = *state;
	int status;

	start(g, "sleep 100 & sleep 100");
	assert_true(g->job.running);
	job_terminate(&g->job);
	assert_int_equal(waitpid(g->job.pid, &status, WNOHANG), 0);
	job_kill(&g->job);
	assert_int_equal(waitpid(g->job.pid, &status, 0), g->job.pid);
	assert_true(WIFSIGNALED(status));
	assert_false(job_child(&g->job, g->job.pid, status));
	assert_int_equal(g->job.output.fd, -1);
}

/* --- floods -------------------------------------------------------------------------------- */

static unsigned left_out(const char *line)
{
	unsigned n = 0;

	return strstr(line, "were left out") && sscanf(line, "job a: %u lines", &n) == 1 ? n : 0;
}

static void only_100_lines_of_a_second_are_logged(void **state)
{
	struct guest *g = *state;
	uint64_t begin = clock_us();
	unsigned logged = 0, dropped = 0;

	start(g, "yes | head -n 10000; sleep 1.5; echo later");
	finish(g);
	for (size_t i = 0; i < seen.n; i++) {
		logged += !strcmp(seen.lines[i], "job a: y");
		dropped += left_out(seen.lines[i]);
	}
	assert_int_equal(logged + dropped, 10000);
	assert_true(logged <= 100 * ((clock_us() - begin) / 1000000 + 1));
	/* The number comes when the second is over, before the next line. */
	assert_string_equal(seen.lines[seen.n - 1], "job a: later");
	assert_true(left_out(seen.lines[100]) > 0);
}

static void a_program_that_prints_too_much_waits(void **state)
{
	struct guest *g = *state;
	uint64_t begin = clock_us();

	start(g, "head -c 2500000 /dev/zero | tr '\\0' '\\n'; echo end");
	read_all(g);
	assert_true(clock_us() - begin > 1500000);
	assert_text(job_said(&g->job), " end");
	finish(g);
	assert_string_equal(seen.lines[seen.n - 1], "job a: end");
}

static void a_job_that_is_killed_in_a_flood(void **state)
{
	struct guest *g = *state;

	start(g, "exec yes");
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_wait(g->loop, CLOCK_NEVER), 0);
	job_kill(&g->job);
	assert_int_equal(seen.n, 101);
	assert_true(left_out(seen.lines[100]) > 0);
	assert_int_equal(g->job.timer.fd, -1);
	assert_int_equal(loop_wait(g->loop, clock_us() + 1200000), -ETIME);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(its_output_is_logged_by_lines),
		TEST(a_long_line_is_split),
		TEST(its_status_and_the_end_of_its_output_are_the_error),
		TEST(it_has_its_variables_and_two_more),
		TEST(a_program_that_is_not_there),
		TEST(a_root_that_cannot_be_entered),
		TEST(the_awaited_text_is_seen),
		TEST(it_is_killed),
		TEST(only_100_lines_of_a_second_are_logged),
		TEST(a_program_that_prints_too_much_waits),
		TEST(a_job_that_is_killed_in_a_flood),
	};
#undef TEST

	return RUN_TESTS(tests);
}
