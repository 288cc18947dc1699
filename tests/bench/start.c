// SPDX-License-Identifier: Apache-2.0
/*
 * /init of a measured guest: it loads the kernel modules, waits until the kernel is idle, and executes
 * the measured program at a time that it has printed. So neither modules nor the kernel's self-tests
 * behind them are part of the figures.
 *
 *	/bench/modules/0, 1, ...	modules, in the order of loading
 *	/bench/arguments		program and arguments, each with its NUL
 *	/bench/memory			if it is there, the memory of PID 1 is printed while its container runs
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 300
#define IDLE_NS	      1000000000 /* until the self-tests have ended and the console is empty */

static _Noreturn void stop(const char *what)
{
	perror(what);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void load_modules(void)
{
	char path[32];

	for (int i = 0;; i++) {
		int fd;

		snprintf(path, sizeof(path), "/bench/modules/%d", i);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return;
		if (syscall(SYS_finit_module, fd, "", 0))
			stop(path);
		close(fd);
		unlink(path);
	}
}

static void read_arguments(char *argv[ARGUMENTS_MAX])
{
	static char text[8192];
	int fd = open("/bench/arguments", O_RDONLY | O_CLOEXEC), n = 0;
	ssize_t len = read(fd, text, sizeof(text) - 1);

	if (len <= 0)
		stop("/bench/arguments");
	for (char *word = text; word < text + len && n < ARGUMENTS_MAX - 1;
	     word += strlen(word) + 1)
		argv[n++] = word;
	close(fd);
	unlink("/bench/arguments");
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* The last part is a loop: waking up takes longer than a call of the vDSO. */
static void wait_until(uint64_t ns)
{
	uint64_t early = ns - 1000000;
	struct timespec ts = {.tv_sec = (time_t)(early / 1000000000),
			      .tv_nsec = (long)(early % 1000000000)};

	clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &ts, NULL);
	while (now_ns() < ns)
		;
}

/* A process that PID 1 does not know. PID 1 kills it at its end. */
static void watch_memory(uint64_t ns)
{
	char line[256];
	FILE *status;

	if (unlink("/bench/memory"))
		return;
	mount("proc", "/proc", "proc", 0, NULL);
	status = fopen("/proc/1/status", "re");
	umount2("/proc", MNT_DETACH);
	if (!status)
		stop("/proc/1/status");
	if (fork())
		return;
	wait_until(ns);
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, "VmRSS:", 6) || !strncmp(line, "RssAnon:", 8))
			dprintf(STDOUT_FILENO, "bench: memory %s", line);
	for (;;)
		pause();
}

int main(int argc, char **argv, char **envp)
{
	static char *arguments[ARGUMENTS_MAX];
	uint64_t start;

	(void)argc, (void)argv;
	unlink("/init");
	load_modules();
	read_arguments(arguments);
	wait_until(now_ns() + IDLE_NS);
	start = now_ns() + IDLE_NS;
	watch_memory(start + IDLE_NS);
	rmdir("/bench/modules");
	rmdir("/bench");
	dprintf(STDOUT_FILENO, "bench: start %llu\n", (unsigned long long)start);
	wait_until(start);
	execve(arguments[0], arguments, envp);
	stop(arguments[0]);
}
