// SPDX-License-Identifier: Apache-2.0
/*
 * What a container does to its guest: memory, processes, its terminal. The second static program
 * of the boot tests, used and printing as the first (probe.c).
 *
 *	load COMMAND [ARGUMENT...] [";" COMMAND [ARGUMENT...]]...
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS_MAX 64

struct command {
	const char *name;
	int arguments; /* at least */
	int (*run)(const char *name, char **args);
};

static int run_exit(const char *name, char **args)
{
	(void)name;
	exit(atoi(args[0]));
}

static void eat(int mib)
{
	while (mib--) {
		volatile char *memory = malloc(1 << 20);

		if (!memory)
			_exit(2);
		for (size_t i = 0; i < 1 << 20; i += 4096)
			memory[i] = 1;
	}
	_exit(0);
}

/* eat MIB: in a child, which the kernel may kill for it */
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

/* forks COUNT: processes that live at the same time */
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

static const struct command commands[] = {
	{"exit", 1, run_exit},
	{"eat", 1, run_eat},
	{"forks", 1, run_forks},
};

static int run_command(char **args, int n)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(args[0], commands[i].name) && n - 1 >= commands[i].arguments)
			return commands[i].run(args[0], args + 1);
	printf("probe: unknown command or too few arguments: %s\n", args[0]);
	return 2;
}

int main(int argc, char **argv)
{
	int status = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int from = 1, to; from < argc; from = to + 1) {
		int result;

		for (to = from; to < argc && strcmp(argv[to], ";"); to++)
			;
		argv[to] = NULL;
		result = to > from ? run_command(argv + from, to - from) : 0;
		if (!status)
			status = result;
	}
	return status;
}
