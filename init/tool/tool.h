/* SPDX-License-Identifier: Apache-2.0 */
/* The same binary where it is not PID 1: a tool for those who build images and launchers. */
#ifndef COLDINIT_TOOL_TOOL_H
#define COLDINIT_TOOL_TOOL_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/boot.h"

/** enum tool_status - exit statuses */
enum tool_status {
	TOOL_GOOD,
	TOOL_BAD_INPUT,
	TOOL_USAGE,
};

#ifdef CONFIG_TOOL

/**
 * tool_main() - run a command
 * @argc, @argv: as main() has them
 * @run: runs the steps of a boot, for `plan`
 *
 * Return: its exit status.
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
 * tool_plan() - what a boot would make of a config.json, with the devices of a recorded tree
 * @argc, @argv: the words behind the command
 * @run: runs the steps of a boot
 *
 * Return: the exit status.
 */
enum tool_status tool_plan(int argc, char **argv, boot_runner *run) nonnull(2, 3);

/**
 * tool_record() - write the live /sys as a recorded tree
 * @argc, @argv: the words behind the command
 * @run: not used
 *
 * Return: the exit status.
 */
enum tool_status tool_record(int argc, char **argv, boot_runner *run) nonnull(2);

/**
 * struct tool_option - one "--name VALUE" of a command
 * @value: gets the word behind it
 * @flag: for an option without a value: set if it is there; NULL for the others
 */
struct tool_option {
	const char *name, **value;
	bool *flag;
};

/** tool_usage() - tell what is wrong with the command's words, and which there are */
enum tool_status tool_usage(const char *why) nonnull(1);

/** tool_options() - read a command's words. Return: TOOL_GOOD, or TOOL_USAGE after saying why. */
enum tool_status tool_options(int argc, char **argv, const struct tool_option *options) must_check
	nonnull(3);

/** tool_fault() - tell an error on stderr, with the file's name in front unless it is NULL */
enum tool_status tool_fault(const char *file, const struct fault *fault) nonnull(2);

/** tool_print() - write all of a text to stdout. Return: TOOL_BAD_INPUT if that does not go. */
enum tool_status tool_print(const char *text) nonnull(1);

/** tool_read() - read a regular file whole. Return: length or -errno with @fault set. */
ssize_t tool_read(const char *path, char **data, size_t max, struct fault *fault) must_check
	nonnull(1, 2, 4);

#endif
