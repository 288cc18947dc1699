// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/arena.h"
#include "init/lib/root.h"
#include "init/tool.h"
#include "spec/manifest.h"

enum {
	GOOD,
	BAD_INPUT,
	WRONG_USAGE
};

static const char usage[] = "usage: coldinit check FILE...   validate manifests\n"
			    "       coldinit --version\n"
			    "       coldinit --help\n"
			    "As PID 1 of a virtual machine it boots one container.\n";

static void printf_like(2, 3) say(int fd, const char *fmt, ...)
{
	char text[PATH_MAX + sizeof(((struct fault *)0)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The exit status tells it to whoever has closed the descriptor. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static int check_file(const char *path)
{
	struct arena arena cleanup(arena_free) = {0};
	char *text cleanup(free_ptr) = NULL;
	int fd cleanup(close_fd) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct manifest manifest;
	struct fault fault;
	ssize_t n = fd < 0 ? -errno : file_read_all(fd, &text, MANIFEST_MAX);

	if (n < 0) {
		say(STDERR_FILENO, "%s: %s\n", path, strerror((int)-n));
		return BAD_INPUT;
	}
	if (manifest_parse(&arena, text, (size_t)n, &manifest, &fault)) {
		say(STDERR_FILENO, "%s: %s\n", path, fault.text);
		return BAD_INPUT;
	}
	say(STDOUT_FILENO, "%s: good, %zu device(s)\n", path, manifest.n_devices);
	return GOOD;
}

static int check(int n, char **paths)
{
	int status = GOOD;

	for (int i = 0; i < n; i++)
		if (check_file(paths[i]) != GOOD)
			status = BAD_INPUT;
	return status;
}

int tool_main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (!strcmp(command, "check") && argc > 2)
		return check(argc - 2, argv + 2);
	if (!strcmp(command, "--version")) {
		say(STDOUT_FILENO, "coldinit %s\n", COLDINIT_VERSION);
		return GOOD;
	}
	if (!strcmp(command, "--help")) {
		say(STDOUT_FILENO, "%s", usage);
		return GOOD;
	}
	say(STDERR_FILENO, "%s", usage);
	return WRONG_USAGE;
}
