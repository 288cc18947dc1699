/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of boot tests that run several commands: PROGRAM COMMAND [ARGUMENT...] [";" COMMAND ...] */
#ifndef COLDINIT_TEST_COMMANDS_H
#define COLDINIT_TEST_COMMANDS_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/**
 * struct command - a command of a program
 * @name: its name
 * @arguments: how many it needs at least
 * @run: gets its name and its arguments, NULL-terminated. Return: the exit status
 */
struct command {
	const char *name;
	int arguments;
	int (*run)(const char *name, char **args);
};

static int commands_run_one(const struct command *all, size_t n_all, char **args, int n)
{
	for (size_t i = 0; i < n_all; i++)
		if (!strcmp(args[0], all[i].name) && n - 1 >= all[i].arguments)
			return all[i].run(args[0], args + 1);
	printf("probe: unknown command or too few arguments: %s\n", args[0]);
	return 2;
}

/**
 * commands_run() - run the commands of main()'s arguments, one after the other
 * @all: the commands that there are
 * @n_all: their number
 * @argc, @argv: of main()
 *
 * Return: the first exit status that is not 0, else 0.
 */
static int commands_run(const struct command *all, size_t n_all, int argc, char **argv)
{
	int status = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int from = 1, to; from < argc; from = to + 1) {
		int result;

		for (to = from; to < argc && strcmp(argv[to], ";"); to++)
			;
		argv[to] = NULL;
		result = to > from ? commands_run_one(all, n_all, argv + from, to - from) : 0;
		if (!status)
			status = result;
	}
	return status;
}

#endif
