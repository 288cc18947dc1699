// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/lib/clock.h"
#include "init/run/cause.h"

#ifdef __x86_64__
#define ARCH "c000003e"
#else
#define ARCH "c00000b7"
#endif

#define AUDIT(kind, pid, signal, arch, call)                                                    \
	"5,301,2211,-;audit: type=" kind " audit(1.2:3): auid=4294967295 uid=0 pid=" pid        \
	" comm=\"x\" exe=\"/app\" sig=" signal " arch=" arch " syscall=" call " compat=0 ip=0 " \
	"code=0x80000000\n"

static void a_record_of_a_filter_names_the_call(void **state)
{
	static const struct {
		const char *record;
		int pid;
		const char *call;
	} rows[] = {
		{AUDIT("1326", "77", "31", ARCH, "9999"), 77, "9999"},
		{AUDIT("1326", "77", "31", ARCH, "9999"), 0, "9999"},
		{AUDIT("1326", "77", "31", "c000ffff", "1"), 77, "1"},
		{AUDIT("1326", "77", "31", ARCH, "9999"), 7, NULL},
		{AUDIT("1326", "77", "0", ARCH, "9999"), 77, NULL}, /* it is only logged */
		{AUDIT("1400", "77", "31", ARCH, "9999"), 77, NULL},
		{"audit: type=1326 pid=77 sig=31", 77, NULL},
		{"", 77, NULL},
	};
	struct cause_call call;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(cause_parse(rows[i].record, rows[i].pid, &call), !!rows[i].call);
		if (rows[i].call)
			assert_string_equal(call.s, rows[i].call);
	}
}

#ifdef CONFIG_SECCOMP
static void a_call_has_its_name(void **state)
{
	char text[64];

	container_syscall(0xc000003e, 59, text, sizeof(text));
	assert_string_equal(text, "execve (59)");
	container_syscall(0xc00000b7, 221, text, sizeof(text));
	assert_string_equal(text, "execve (221)");
	container_syscall(0xc000003e, -1, text, sizeof(text));
	assert_string_equal(text, "-1");
}
#endif

static struct {
	char dir[64];
	const char *args[2];
	struct oci_config config;
	struct signals signals;
	struct run run;
	struct run_end end;
} t;

static int set_up(void **state)
{
	memset(&t, 0, sizeof(t));
	t.args[0] = "/app";
	t.config.process.args = t.args;
	t.signals.requested = "power button";
	t.run.config = &t.config;
	t.run.signals = &t.signals;
	t.run.grace_s = 10;
	t.run.container.pid = 77;
	t.run.container.pidfd = -1;
	t.run.root = temp_root(t.dir);
	return 0;
}

static int tear_down(void **state)
{
	temp_root_remove(t.dir, t.run.root);
	return 0;
}

static const char *cause(int signal)
{
	t.end.signal = signal;
	t.end.status = 128 + signal;
	cause_of_end(&t.run, &t.end);
	return t.end.fault.text;
}

static void a_signal_has_its_cause(void **state)
{
	assert_string_equal(cause(SIGKILL),
			    "SIGKILL ended /app: neither coldinit sent it, nor the kernel because "
			    "memory ran out");
	assert_string_equal(cause(SIGTERM),
			    "SIGTERM ended /app: a process sent it, or the program itself");
	assert_text(cause(SIGSYS), "has no audit records");
	put_file(t.run.root, "dev/kmsg", AUDIT("1326", "77", "31", ARCH, "9999"));
	assert_string_equal(cause(SIGSYS),
			    "SIGSYS ended /app: a seccomp filter refused the system call 9999");
	put_file(t.run.root, "dev/kmsg", "6,1,1,-;app[77]: segfault at 0 ip 1\n SUBSYSTEM=x\n");
	assert_string_equal(
		cause(SIGSEGV),
		"SIGSEGV ended /app: the kernel's log has \"app[77]: segfault at 0 ip 1\"");
	put_file(t.run.root, "dev/kmsg", "14,1,1,-;app[77]: forged\n");
	assert_text(cause(SIGSEGV), "a process sent it");
	put_file(t.run.root, "dev/kmsg", "5");
	assert_text(cause(SIGSEGV), "a process sent it");
	put_file(t.run.root, "dev/kmsg", "6,1,1,-;app[7]: segfault at 0 ip 1\n");
	assert_text(cause(SIGSEGV), "a process sent it");
}

/* A process that writes to the log all the time, as one with the guest's /dev/kmsg can. */
static void write_records(const char *fifo)
{
	int fd = open(fifo, O_RDWR);

	for (int i = 0; i < 60; i++) {
		if (write(fd, "6,1,1,-;other\n", 14) != 14)
			_exit(1);
		usleep(50000);
	}
	_exit(0);
}

static void a_log_that_goes_on_is_read_until_the_deadline(void **state)
{
	char fifo[96];
	uint64_t begin;
	pid_t pid;

	put_file(t.run.root, "dev/null", "");
	snprintf(fifo, sizeof(fifo), "%s/dev/kmsg", t.dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	pid = fork();
	if (!pid)
		write_records(fifo);
	usleep(100000); /* it has opened the file */
	begin = clock_us();
	assert_text(cause(SIGSYS), "has no audit records");
	assert_true(clock_us() - begin < 2000000); /* 0.3 s, and not the 3 s of the writer */
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_stop_is_the_cause(void **state)
{
	t.run.stopped_by = SIGTERM;
	assert_string_equal(cause(SIGTERM),
			    "SIGTERM ended /app: a stop was requested (power button)");
	assert_text(cause(SIGHUP), "a process sent it");
	t.end.killed = true;
	assert_string_equal(cause(SIGKILL),
			    "SIGKILL ended /app: it still ran 10 s after a stop was requested "
			    "(power button) and it got SIGTERM");
}

static void what_is_known_already_stays(void **state)
{
	t.end.oom = true;
	fault_set(&t.end.fault, -ENOMEM, "out of memory");
	assert_string_equal(cause(SIGKILL), "out of memory");
	put_file(t.run.root, "dev/kmsg",
		 "3,1,1,-;Memory cgroup out of memory: Killed process 9 (load) total-vm:1kB\n");
	assert_string_equal(cause(SIGKILL),
			    "out of memory; the kernel's log has \"Memory cgroup out of memory: "
			    "Killed process 9 (load)\"");
	t.end.oom = false;
	t.end.signal = 0;
	t.end.status = 3;
	fault_clear(&t.end.fault);
	cause_of_end(&t.run, &t.end);
	assert_string_equal(t.end.fault.text, "");
}

static void a_death_before_the_program_has_its_signal(void **state)
{
	pid_t pid = fork();

	if (!pid)
		_exit(kill(getpid(), SIGKILL) ? 1 : 0);
	t.run.container.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fault_set(&t.end.fault, -EPIPE, "ended");
	cause_of_death(&t.run, &t.end);
	assert_text(t.end.fault.text, "ended: it got SIGKILL: neither coldinit");
	close(t.run.container.pidfd);
	assert_int_equal(waitpid(pid, NULL, 0), pid); /* it is still to be reaped */
}

static void an_exit_before_the_program_has_none(void **state)
{
	pid_t pid = fork();

	if (!pid)
		_exit(3);
	t.run.container.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fault_set(&t.end.fault, -EPIPE, "ended");
	cause_of_death(&t.run, &t.end);
	assert_string_equal(t.end.fault.text, "ended");
	close(t.run.container.pidfd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_of_a_filter_names_the_call),
#ifdef CONFIG_SECCOMP
		cmocka_unit_test(a_call_has_its_name),
#endif
		TEST(a_signal_has_its_cause),
		TEST(a_log_that_goes_on_is_read_until_the_deadline),
		TEST(a_stop_is_the_cause),
		TEST(what_is_known_already_stays),
		TEST(a_death_before_the_program_has_its_signal),
		TEST(an_exit_before_the_program_has_none),
	};

	return RUN_TESTS(tests);
}
