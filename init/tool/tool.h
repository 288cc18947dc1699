/* SPDX-License-Identifier: Apache-2.0 */
/* The same binary when it is not PID 1: a tool for those who build images and launchers. */
#ifndef COLDINIT_TOOL_TOOL_H
#define COLDINIT_TOOL_TOOL_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/boot.h"
#include "init/lib/compiler.h"

/**
 * enum tool_status - the exit status
 * @TOOL_GOOD: success
 * @TOOL_BAD_INPUT: a file or its content was refused; one line on stderr has the reason
 * @TOOL_USAGE: wrong arguments
 */
enum tool_status {
	TOOL_GOOD,
	TOOL_BAD_INPUT,
	TOOL_USAGE,
};

#ifdef CONFIG_TOOL

/**
 * tool_main() - run a command
 * @argc: of main()
 * @argv: of main()
 * @run: runs the steps of a boot, for `plan`
 *
 * Return: the exit status, an enum tool_status.
 */
int tool_main(int argc, char **argv, boot_runner *run) nonnull(2, 3);

#else

/* A binary for guests only. */
static inline int tool_main(int argc, char **argv, boot_runner *run)
{
	(void)argc, (void)argv, (void)run;
	return TOOL_USAGE;
}

#endif

/**
 * struct tool_command - a command
 * @name: its first argument
 * @usage: lines for the usage, each with a newline at its end
 * @call: runs it with the arguments after the name; @run runs the steps of a boot. Return: the exit
 *	status
 */
struct tool_command {
	const char *name, *usage;
	enum tool_status (*call)(int argc, char **argv, boot_runner *run);
};

/**
 * TOOL_COMMAND() - add a command to those of the binary that its file is linked into
 * @name: a static struct tool_command of the same file
 */
#define TOOL_COMMAND(name)                                        \
	static const struct tool_command *const name##_registered \
		__attribute__((used, retain, section("commands"))) = &(name)

/**
 * struct tool_option - one "--name VALUE" or "--name" of a command
 * @name: with its dashes
 * @value: gets the argument after it, which must not be given twice
 * @flag: set if the option, which has no value, is given; NULL for options with a value
 */
struct tool_option {
	const char *name, **value;
	bool *flag;
};

/**
 * tool_usage() - print an error of the arguments and the usage on stderr
 * @why: the error
 *
 * Return: TOOL_USAGE.
 */
enum tool_status tool_usage(const char *why) nonnull(1);

/**
 * tool_options() - read the options of a command
 * @argc: number of arguments after the command
 * @argv: these arguments
 * @options: ends with an empty one
 *
 * Return: TOOL_GOOD, or TOOL_USAGE after printing the error.
 */
enum tool_status tool_options(int argc, char **argv, const struct tool_option *options) must_check
	nonnull(3);

/**
 * tool_fault() - print an error on stderr
 * @file: the file that it is about, NULL for none
 * @fault: the error
 *
 * Return: TOOL_BAD_INPUT.
 */
enum tool_status tool_fault(const char *file, const struct fault *fault) nonnull(2);

/**
 * tool_print() - print a text on stdout
 * @text: the text
 *
 * Return: TOOL_GOOD, or TOOL_BAD_INPUT if it cannot be written.
 */
enum tool_status tool_print(const char *text) nonnull(1);

/**
 * tool_read() - read a whole regular file
 * @path: of the file
 * @data: gets malloc()ed bytes, NUL-terminated; the caller frees them
 * @max: the most bytes that are accepted
 * @fault: set on failure, without the path
 *
 * Return: length in bytes, -EFBIG above @max, or -errno of fd_read_all().
 */
ssize_t tool_read(const char *path, char **data, size_t max, struct fault *fault) must_check
	nonnull(1, 2, 4);

#endif
