// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/cgroup_private.h"
#include "init/container/container.h"
#include "init/container/launch_private.h"
#include "init/lib/root.h"

/* A launch in which the test replaces the child, and a directory replaces the cgroup. */
struct fixture {
	char path[64];
	int root, child;
	struct container c;
	struct oci_config config;
	struct fault fault;
};

static const char *args[] = {"/bin/program", NULL};

static void begin(struct fixture *f)
{
	int ends[2];

	*f = (struct fixture){.config.process.args = args};
	f->root = temp_root(f->path);
	put_file(f->root, "cgroup.kill", "");
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	f->child = ends[1];
	f->c = (struct container){.pid = -1,
				  .socket = ends[0],
				  .cgroup = f->root,
				  .program = -1,
				  .status = 125,
				  .limit = ""};
}

static void end(struct fixture *f)
{
	fd_close(&f->child);
	fd_close(&f->c.socket);
	temp_root_remove(f->path, f->root);
}

static int message(struct fixture *f)
{
	return container_message(&f->c, &f->config, &f->fault);
}

static void say(struct fixture *f, const struct launch_message *m, size_t size)
{
	assert_int_equal(send(f->child, m, size, 0), size);
}

static bool killed(struct fixture *f)
{
	char text[4];

	return root_read(f->root, text, sizeof(text), "cgroup.kill") == 1 && *text == '1';
}

static void a_launch_runs_its_course(void **state)
{
	struct launch_message m = {.word = LAUNCH_READY};
	struct fixture f;
	char go[2];

	begin(&f);
	assert_int_equal(message(&f), 0); /* nothing to read: PID 1 does not wait */
	assert_int_equal(recv(f.child, go, sizeof(go), MSG_DONTWAIT), -1);
	say(&f, &m, LAUNCH_WORD_SIZE);
	assert_int_equal(message(&f), 0);
	assert_int_equal(recv(f.child, go, sizeof(go), MSG_DONTWAIT), 1);
	m = (struct launch_message){.word = LAUNCH_EXEC, .exec_us = 12345};
	say(&f, &m, LAUNCH_WORD_SIZE);
	assert_int_equal(message(&f), 0);
	assert_int_equal(message(&f), 0);
	close(f.child); /* what execve does */
	f.child = -1;
	assert_int_equal(message(&f), 1);
	assert_int_equal(f.c.exec_us, 12345);
	assert_int_equal(f.c.socket, -1);
	assert_false(killed(&f));
	end(&f);
}

static void the_child_waits_for_the_guests_hooks(void **state)
{
	struct launch_message m = {.word = LAUNCH_HOOKS};
	struct fixture f;
	char go[2];

	begin(&f);
	say(&f, &m, LAUNCH_WORD_SIZE);
	assert_int_equal(message(&f), CONTAINER_HOOKS);
	assert_int_equal(recv(f.child, go, sizeof(go), MSG_DONTWAIT), -1); /* no permission yet */
	assert_int_equal(message(&f), 0);
	assert_int_equal(container_go_on(&f.c, &f.fault), 0);
	assert_int_equal(recv(f.child, go, sizeof(go), MSG_DONTWAIT), 1);
	assert_false(killed(&f));
	/* The child has died meanwhile. */
	close(f.child);
	f.child = -1;
	assert_true(container_go_on(&f.c, &f.fault) < 0);
	assert_non_null(strstr(f.fault.text, "cannot send to the container's first process"));
	end(&f);
}

static void the_error_of_the_child_is_passed_on(void **state)
{
	struct launch_message m = {.word = LAUNCH_EXEC, .exec_us = 1};
	struct fixture f;

	begin(&f);
	f.c.progress = CONTAINER_READY;
	say(&f, &m, LAUNCH_WORD_SIZE);
	assert_int_equal(message(&f), 0);
	m = (struct launch_message){.word = LAUNCH_FAILED, .err = -ENOENT, .status = 127};
	fault_set(&m.fault, 0, "cannot find \"x\"");
	say(&f, &m, sizeof(m));
	assert_int_equal(message(&f), -ENOENT);
	assert_int_equal(f.c.status, 127);
	assert_string_equal(f.fault.text, "cannot find \"x\"");
	assert_int_equal(f.c.socket, -1);
	assert_true(killed(&f));
	end(&f);
}

static void a_child_that_dies_before_exec_is_a_failure(void **state)
{
	struct launch_message m = {.word = LAUNCH_READY};
	struct fixture f;

	for (int ready = 0; ready < 2; ready++) {
		begin(&f);
		if (ready) {
			say(&f, &m, LAUNCH_WORD_SIZE);
			assert_int_equal(message(&f), 0);
		}
		close(f.child);
		f.child = -1;
		assert_true(message(&f) < 0);
		assert_int_equal(f.c.status, 125);
		assert_non_null(strstr(f.fault.text, "/bin/program"));
		assert_true(killed(&f));
		end(&f);
	}
}

/* Send one packet to a launch in a state, and return what PID 1 makes of it. */
static int refused(enum container_progress progress, const void *packet, size_t size)
{
	struct fixture f;
	int result, status;

	begin(&f);
	f.c.progress = progress;
	assert_int_equal(send(f.child, packet, size, 0), size);
	result = message(&f);
	status = f.c.status;
	if (result < 0) {
		assert_true(killed(&f));
		assert_int_equal(status, 125);
		assert_non_null(strstr(f.fault.text, "not valid"));
	}
	end(&f);
	return result;
}

static void messages_of_another_size_are_refused(void **state)
{
	struct launch_message exec = {.word = LAUNCH_EXEC, .exec_us = 1};
	struct launch_message failed = {.word = LAUNCH_FAILED, .err = -EIO, .status = 126};
	char large[sizeof(failed) + 1] = "";

	memcpy(large, &failed, sizeof(failed));
	assert_int_equal(refused(CONTAINER_READY, &exec, 3), -EPROTO);
	assert_int_equal(refused(CONTAINER_READY, &exec, LAUNCH_WORD_SIZE - 1), -EPROTO);
	assert_int_equal(refused(CONTAINER_READY, &exec, sizeof(exec)), -EPROTO);
	assert_int_equal(refused(CONTAINER_READY, &failed, LAUNCH_WORD_SIZE), -EPROTO);
	assert_int_equal(refused(CONTAINER_READY, large, sizeof(large)), -EPROTO);
	assert_int_equal(refused(CONTAINER_READY, &exec, LAUNCH_WORD_SIZE), 0);
}

static void messages_out_of_order_are_refused(void **state)
{
	static const struct {
		enum container_progress progress;
		enum launch_word word;
		int result;
	} rows[] = {
		{CONTAINER_STARTED, LAUNCH_HOOKS, CONTAINER_HOOKS},
		{CONTAINER_STARTED, LAUNCH_EXEC, -EPROTO},
		{CONTAINER_HOOKED, LAUNCH_HOOKS, -EPROTO},
		{CONTAINER_HOOKED, LAUNCH_READY, 0},
		{CONTAINER_HOOKED, LAUNCH_EXEC, -EPROTO},
		{CONTAINER_READY, LAUNCH_HOOKS, -EPROTO},
		{CONTAINER_READY, LAUNCH_READY, -EPROTO},
		{CONTAINER_EXECUTED, LAUNCH_READY, -EPROTO},
		{CONTAINER_EXECUTED, LAUNCH_EXEC, -EPROTO},
		{CONTAINER_READY, (enum launch_word)77, -EPROTO},
		{CONTAINER_READY, (enum launch_word) - 1, -EPROTO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct launch_message m = {.word = rows[i].word, .exec_us = 1};

		assert_int_equal(refused(rows[i].progress, &m, LAUNCH_WORD_SIZE), rows[i].result);
	}
}

static void numbers_out_of_range_are_refused(void **state)
{
	static const struct launch_message rows[] = {
		{.word = LAUNCH_FAILED, .err = 0, .status = 125},
		{.word = LAUNCH_FAILED, .err = 1, .status = 125},
		{.word = LAUNCH_FAILED, .err = -4096, .status = 125},
		{.word = LAUNCH_FAILED, .err = INT32_MIN, .status = 125},
		{.word = LAUNCH_FAILED, .err = -EIO, .status = 0},
		{.word = LAUNCH_FAILED, .err = -EIO, .status = 124},
		{.word = LAUNCH_FAILED, .err = -EIO, .status = 128},
		{.word = LAUNCH_FAILED, .err = -EIO, .status = -1},
		{.word = LAUNCH_LOG, .level = (enum log_level)0},
		{.word = LAUNCH_LOG, .level = (enum log_level) - 1},
		{.word = LAUNCH_LOG, .level = (enum log_level)5},
		{.word = LAUNCH_LOG, .level = (enum log_level)99},
	};
	struct launch_message m;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(refused(CONTAINER_STARTED, &rows[i], sizeof(rows[i])), -EPROTO);
	m = (struct launch_message){.word = LAUNCH_EXEC, .exec_us = UINT64_MAX};
	assert_int_equal(refused(CONTAINER_READY, &m, LAUNCH_WORD_SIZE), -EPROTO);
	m.exec_us = 0;
	assert_int_equal(refused(CONTAINER_READY, &m, LAUNCH_WORD_SIZE), -EPROTO);
	m = (struct launch_message){.word = LAUNCH_READY, .terminal = -1};
	assert_int_equal(refused(CONTAINER_STARTED, &m, LAUNCH_WORD_SIZE), -EPROTO);
	m.terminal = 2;
	assert_int_equal(refused(CONTAINER_STARTED, &m, LAUNCH_WORD_SIZE), -EPROTO);
}

static void texts_without_an_end_are_refused(void **state)
{
	static const size_t ends[] = {
		offsetof(struct fault, text) + sizeof(((struct fault *)0)->text),
		offsetof(struct fault, expected) + sizeof(((struct fault *)0)->expected),
		offsetof(struct fault, found) + sizeof(((struct fault *)0)->found),
		offsetof(struct fault, members) + sizeof(((struct fault *)0)->members),
	};
	struct launch_message m = {.err = -EIO, .status = 125, .level = LOG_LEVEL_INFO};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t begin = i ? ends[i - 1] : 0;

		memset(&m.fault, 0, sizeof(m.fault));
		memset((char *)&m.fault + begin, 'x', ends[i] - begin);
		m.word = LAUNCH_FAILED;
		assert_int_equal(refused(CONTAINER_STARTED, &m, sizeof(m)), -EPROTO);
		m.word = LAUNCH_LOG;
		assert_int_equal(refused(CONTAINER_STARTED, &m, sizeof(m)), -EPROTO);
	}
}

static char last_line[1024];

static void keep_line(enum log_level level, const char *line)
{
	snprintf(last_line, sizeof(last_line), "%d %s", (int)level, line);
}

static void lines_of_the_child_are_logged(void **state)
{
	struct launch_message m = {.word = LAUNCH_LOG, .level = LOG_LEVEL_WARN};
	struct fixture f;

	begin(&f);
	fault_set(&m.fault, 0, "mount: two\nlines");
	say(&f, &m, sizeof(m));
	log_to_sink(keep_line);
	assert_int_equal(message(&f), 0);
	log_to_sink(NULL);
	assert_string_equal(last_line, "4 mount: two?lines");
	assert_int_equal(f.c.progress, CONTAINER_STARTED);
	end(&f);
}

static void a_terminal_that_cannot_be_taken_is_an_error(void **state)
{
	struct launch_message m = {.word = LAUNCH_READY, .terminal = 255};
	struct fixture f;

	begin(&f);
	f.c.pid = getpid();
	say(&f, &m, LAUNCH_WORD_SIZE);
	assert_int_equal(message(&f), -EBADF);
	assert_non_null(strstr(f.fault.text, "cannot get the container's terminal"));
	assert_int_equal(f.c.terminal, -1);
	end(&f);
}

static pid_t fork_waiting(int *pidfd)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(*pidfd >= 0);
	return pid;
}

static void kill_ends_the_first_process_and_the_guard(void **state)
{
	struct container c = CONTAINER_NONE;
	pid_t first = fork_waiting(&c.pidfd), guard = fork_waiting(&c.guard);
	int status;

	container_kill(&c); /* no cgroup: an old kernel */
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(waitpid(guard, &status, 0), guard);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(c.pidfd);
	close(c.guard);
}

static void a_signal_reaches_only_that_process(void **state)
{
	struct container c = CONTAINER_NONE;
	pid_t first = fork_waiting(&c.pidfd);
	int status;

	container_signal(&c, SIGTERM);
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	/* It has been reaped, and its number can be another process's now. */
	c.pid = getpid();
	container_signal(&c, SIGKILL);
	container_kill(&c);
	close(c.pidfd);
}

static void oom_kills_are_read_from_memory_events(void **state)
{
	static const struct {
		const char *events;
		bool killed;
	} rows[] = {
		{"low 0\nhigh 0\nmax 7\noom 3\noom_kill 1\noom_group_kill 0\n", true},
		{"low 0\nhigh 0\nmax 7\noom 3\noom_kill 0\noom_group_kill 5\n", false},
		{"oom_kill 23", true},
		{"low 1\noom_group_kill 1\n", false},
		{"", false},
	};
	struct fixture f;

	begin(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(cgroup_events_oom(rows[i].events), rows[i].killed);
		put_file(f.root, "memory.events", rows[i].events);
		assert_int_equal(container_oom_killed(&f.c, &f.fault), rows[i].killed);
	}
	end(&f);
}

static void names_that_are_no_cgroup_are_refused(void **state)
{
	static const char *const names[] = {"", ".", "..", "a/b", "/", "../escape", ".hidden"};
	struct fault fault;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(cgroup_check_name(names[i], &fault), -EINVAL);
	assert_int_equal(cgroup_check_name("c1", &fault), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_launch_runs_its_course),
		cmocka_unit_test(the_child_waits_for_the_guests_hooks),
		cmocka_unit_test(the_error_of_the_child_is_passed_on),
		cmocka_unit_test(a_child_that_dies_before_exec_is_a_failure),
		cmocka_unit_test(messages_of_another_size_are_refused),
		cmocka_unit_test(messages_out_of_order_are_refused),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(texts_without_an_end_are_refused),
		cmocka_unit_test(lines_of_the_child_are_logged),
		cmocka_unit_test(a_terminal_that_cannot_be_taken_is_an_error),
		cmocka_unit_test(kill_ends_the_first_process_and_the_guard),
		cmocka_unit_test(a_signal_reaches_only_that_process),
		cmocka_unit_test(oom_kills_are_read_from_memory_events),
		cmocka_unit_test(names_that_are_no_cgroup_are_refused),
	};

	return RUN_TESTS(tests);
}
