// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/tool/tool.h"

static const char usage[] =
	"usage: coldinit check FILE...\n"
	"           validate manifests, config.json files and CDI specs (JSON or YAML); all errors\n"
	"           of a file are printed\n"
	"       coldinit plan --root TREE [--cmdline TEXT] [--manifest FILE]\n"
	"                     --config config.json [--cdi DIR] [--initramfs DIR] [--diff]\n"
	"           show the config.json that a boot would patch for the devices of TREE,\n"
	"           a recorded tree or a directory that has sys/; --cdi: a directory with the CDI\n"
	"           specs of the guest, in etc/cdi and var/run/cdi; --initramfs: the unpacked\n"
	"           initramfs, for its manifest and the programs of hooks; --diff: only what\n"
	"           changes\n"
	"       coldinit record [--root DIR] > tree.txt\n"
	"           record the parts of /sys and /dev that plan needs\n"
	"       coldinit --version\n"
	"       coldinit --help | -h | help, also after a command\n"
	"As PID 1 of a virtual machine it boots one container.\n";

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
	if (file) {
		tool_say(file);
		tool_say(": ");
	}
	tool_say(fault->text);
	tool_say("\n");
	return TOOL_BAD_INPUT;
}

ssize_t tool_read(const char *path, char **data, size_t max, struct fault *fault)
{
	int fd cleanup(fd_close) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -errno : fd_read_all(fd, data, max);

	if (n < 0)
		fault_set(fault, (int)n, n == -EFBIG ? "the file is too large" : "%m");
	return n;
}

enum tool_status tool_usage(const char *why)
{
	tool_say(why);
	tool_say("\n");
	tool_say(usage);
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

static enum tool_status tool_version(int argc, char **argv, boot_runner *run)
{
	(void)argc, (void)argv, (void)run;
	return tool_print("coldinit " COLDINIT_VERSION "\n");
}

static enum tool_status tool_help(int argc, char **argv, boot_runner *run)
{
	(void)argc, (void)argv, (void)run;
	return tool_print(usage);
}

static bool tool_wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

int tool_main(int argc, char **argv, boot_runner *run)
{
	static const struct command {
		const char *name;
		enum tool_status (*call)(int argc, char **argv, boot_runner *run);
	} commands[] = {
		{"check", tool_check},	     {"plan", tool_plan},   {"record", tool_record},
		{"--version", tool_version}, {"--help", tool_help}, {"-h", tool_help},
		{"help", tool_help},
	};

	log_to(STDERR_FILENO, false);
	log_set_level(LOG_LEVEL_WARN);
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return tool_wants_help(argc - 2, argv + 2)
				       ? (int)tool_print(usage)
				       : (int)commands[i].call(argc - 2, argv + 2, run);
	return tool_usage(argc > 1 ? "no such command" : "a command is missing");
}
