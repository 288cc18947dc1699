// SPDX-License-Identifier: Apache-2.0
/*
 * The second static program of the boot tests: it uses memory, processes, the terminal. Its usage
 * and output are those of the first (probe.c).
 *
 *	load COMMAND [ARGUMENT...] [";" COMMAND [ARGUMENT...]]...
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "commands.h"

#define FORKS_MAX 64

static int run_exit(const char *name, char **args)
{
	(void)name;
	exit(atoi(args[0]));
}

static void take_memory(int mib)
{
	while (mib--) {
		volatile char *memory = malloc(1 << 20);

		if (!memory)
			_exit(2);
		for (size_t i = 0; i < 1 << 20; i += 4096)
			memory[i] = 1;
	}
}

static void eat(int mib)
{
	take_memory(mib);
	_exit(0);
}

/* eat MIB: use memory in a child, which the kernel may kill */
static int run_eat(const char *name, char **args)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		eat(atoi(args[0]));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	printf("probe: %s: %s MiB: %s\n", name, args[0],
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
	       : status		   ? "refused"
				   : "eaten");
	return 0;
}

/* swarm COUNT: child processes with 4 MiB each */
static int run_swarm(const char *name, char **args)
{
	int n = 0;
	pid_t pid = 1;

	while (n < atoi(args[0]) && (pid = fork()) > 0)
		n++;
	if (!pid) {
		take_memory(4);
		for (;;)
			pause();
	}
	sleep(5);
	printf("probe: %s: %d\n", name, n);
	return 0;
}

/* Fill pipes until a limit is reached. */
static void fill_pipes(void)
{
	static char block[65536];
	int ends[2];

	while (!pipe2(ends, O_NONBLOCK))
		while (write(ends[1], block, sizeof(block)) > 0)
			;
	for (;;)
		pause();
}

/* pipes COUNT: processes that write to pipes that nobody reads; then take the rest of the memory */
static int run_pipes(const char *name, char **args)
{
	int n = 0;
	pid_t pid = 1;

	while (n < atoi(args[0]) && (pid = fork()) > 0)
		n++;
	if (!pid)
		fill_pipes();
	printf("probe: %s: %d\n", name, n);
	sleep(2);
	eat(1 << 20);
	return 0;
}

/* bomb: each process forks for ever */
static _Noreturn int run_bomb(const char *name, char **args)
{
	(void)args;
	printf("probe: %s: begin\n", name);
	for (;;)
		if (fork() < 0)
			sched_yield();
}

/* forks COUNT: make processes that exist at the same time */
static int run_forks(const char *name, char **args)
{
	int count = atoi(args[0]), made = 0;
	pid_t pids[FORKS_MAX];

	for (; made < count && made < FORKS_MAX; made++) {
		pids[made] = fork();
		if (pids[made] < 0)
			break;
		if (!pids[made])
			for (;;)
				pause();
	}
	printf("probe: %s: %d of %d: %s\n", name, made, count,
	       made < count ? strerror(errno) : "ok");
	for (int i = 0; i < made; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return 0;
}

/* --- the terminal -------------------------------------------------------------------------- */

static int run_tty(const char *name, char **args)
{
	struct stat console = {0}, in = {0};
	struct winsize size = {0};
	char path[64] = "";

	(void)args;
	if (readlink("/proc/self/fd/0", path, sizeof(path) - 1) < 0 || fstat(0, &in) ||
	    stat("/dev/console", &console) || ioctl(0, TIOCGWINSZ, &size))
		return 1;
	printf("probe: %s: %s, %d rows, %d columns, owner %u\n", name, path, size.ws_row,
	       size.ws_col, in.st_uid);
	printf("probe: %s: terminals: %d %d %d, console the same: %d\n", name, isatty(0), isatty(1),
	       isatty(2), in.st_rdev == console.st_rdev);
	printf("probe: %s: session leader: %d, in the foreground: %d, /dev/tty: %d\n", name,
	       tcgetsid(0) == getpid(), tcgetpgrp(0) == getpgrp(), open("/dev/tty", O_RDWR) >= 0);
	return 0;
}

/* Print the typed lines. */
static int run_lines(const char *name, char **args)
{
	char line[256];

	(void)args;
	printf("probe: %s: ready\n", name);
	while (fgets(line, sizeof(line), stdin))
		printf("probe: %s: [%.*s]\n", name, (int)strcspn(line, "\n"), line);
	printf("probe: %s: end of file\n", name);
	return 0;
}

/* Give a child the terminal until a signal of the keyboard ends it. */
static int run_job(const char *name, char **args)
{
	int status = 0;
	pid_t pid = fork();

	(void)args;
	if (!pid)
		for (;;)
			pause();
	signal(SIGTTOU, SIG_IGN);
	setpgid(pid, pid);
	tcsetpgrp(0, pid);
	printf("probe: %s: ready\n", name);
	waitpid(pid, &status, 0);
	tcsetpgrp(0, getpgrp());
	printf("probe: %s: %s\n", name,
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "no signal");
	return 0;
}

/* flood COUNT: print lines of 100 characters */
static int run_flood(const char *name, char **args)
{
	int count = atoi(args[0]);

	for (int i = 0; i < count; i++)
		printf("probe: %s: %06d %078d\n", name, i, i);
	return 0;
}

static const struct command commands[] = {
	{"tty", 0, run_tty},	 {"lines", 0, run_lines}, {"job", 0, run_job},
	{"flood", 1, run_flood}, {"exit", 1, run_exit},	  {"eat", 1, run_eat},
	{"forks", 1, run_forks}, {"swarm", 1, run_swarm}, {"pipes", 1, run_pipes},
	{"bomb", 0, run_bomb},
};

int main(int argc, char **argv)
{
	return commands_run(commands, sizeof(commands) / sizeof(commands[0]), argc, argv);
}
