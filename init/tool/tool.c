// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/tool/tool.h"

static const char usage_end[] = "       coldinit --version\n"
				"       coldinit --help | -h | help, also after a command\n"
				"As PID 1 of a virtual machine it boots one container.\n";
static const char usage_guest[] =
	"The commands check and plan are in the program coldinit, which the build makes beside init.\n";

/* The linker gives an array the addresses of its section. */
extern const struct tool_command *const __start_commands[], *const __stop_commands[];

static bool tool_put(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	for (; left; text += n, left -= (size_t)n) {
		n = write(fd, text, left);
		if (n < 0)
			return false;
	}
	return true;
}

/* If stderr is closed, the exit status alone reports the error. */
static void tool_say(const char *text)
{
	if (!tool_put(STDERR_FILENO, text))
		return;
}

enum tool_status tool_print(const char *text)
{
	return tool_put(STDOUT_FILENO, text) ? TOOL_GOOD : TOOL_BAD_INPUT;
}

enum tool_status tool_fault(const char *file, const struct fault *fault)
{
	struct fault line = *fault;

	if (file) {
		tool_say(file);
		tool_say(": ");
	}
	log_tame(line.text);
	tool_say(line.text);
	tool_say("\n");
	return TOOL_BAD_INPUT;
}

ssize_t tool_read(const char *path, char **data, size_t max, struct fault *fault)
{
	int fd cleanup(fd_close) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -errno : fd_read_all(fd, data, max);
	struct stat st;

	if (n >= 0)
		return n;
	if (fd >= 0 && !fstat(fd, &st) && !S_ISREG(st.st_mode))
		return fault_set(
			fault, (int)n,
			S_ISDIR(st.st_mode)
				? "this is a directory: name a file in it, such as a bundle's config.json"
				: "this is no regular file");
	return fault_set(fault, (int)n, n == -EFBIG ? "the file is too large" : "%m");
}

static size_t tool_commands(void)
{
	return ((uintptr_t)__stop_commands - (uintptr_t)__start_commands) /
	       sizeof(*__start_commands);
}

static bool tool_put_usage(int fd)
{
	bool good = true;

	for (size_t i = 0; i < tool_commands(); i++)
		good = good && tool_put(fd, i ? "       " : "usage: ") &&
		       tool_put(fd, __start_commands[i]->usage);
	good = good && tool_put(fd, usage_end);
	if (tool_commands() == 1)
		good = good && tool_put(fd, usage_guest);
	return good;
}

enum tool_status tool_usage(const char *why)
{
	tool_say(why);
	tool_say("\n");
	(void)tool_put_usage(STDERR_FILENO);
	return TOOL_USAGE;
}

enum tool_status tool_options(int argc, char **argv, const struct tool_option *options)
{
	for (int i = 0; i < argc; i++) {
		const struct tool_option *o = options;

		while (o->name && strcmp(o->name, argv[i]) != 0)
			o++;
		if (o->name && o->flag) {
			*o->flag = true;
		} else if (o->name && !*o->value && i + 1 < argc) {
			*o->value = argv[++i];
		} else {
			tool_say(argv[i]);
			return tool_usage(!o->name    ? ": no such option"
					  : *o->value ? ": given twice"
						      : ": needs a value");
		}
	}
	return TOOL_GOOD;
}

static bool tool_is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static bool tool_wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (tool_is_help(argv[i]))
			return true;
	return false;
}

static enum tool_status tool_help(void)
{
	return tool_put_usage(STDOUT_FILENO) ? TOOL_GOOD : TOOL_BAD_INPUT;
}

int tool_main(int argc, char **argv, boot_runner *run)
{
	const char *word = argc > 1 ? argv[1] : "";

	log_to(STDERR_FILENO, false);
	log_set_level(LOG_LEVEL_WARN);
	if (!strcmp(word, "--version"))
		return (int)tool_print("coldinit " COLDINIT_VERSION "\n");
	if (tool_is_help(word) || !strcmp(word, "help"))
		return (int)tool_help();
	for (size_t i = 0; i < tool_commands(); i++)
		if (!strcmp(word, __start_commands[i]->name))
			return tool_wants_help(argc - 2, argv + 2)
				       ? (int)tool_help()
				       : (int)__start_commands[i]->call(argc - 2, argv + 2, run);
	return (int)tool_usage(*word ? "no such command" : "a command is missing");
}
