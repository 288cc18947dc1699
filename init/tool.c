// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

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

static int check_file(const char *path)
{
	struct arena arena cleanup(arena_free) = {0};
	char *text cleanup(free_ptr) = NULL;
	int fd cleanup(close_fd) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct manifest manifest;
	struct fault fault;
	ssize_t n = fd < 0 ? -errno : file_read_all(fd, &text, MANIFEST_MAX);

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror((int)-n));
		return BAD_INPUT;
	}
	if (manifest_parse(&arena, text, (size_t)n, &manifest, &fault)) {
		fprintf(stderr, "%s: %s\n", path, fault.text);
		return BAD_INPUT;
	}
	printf("%s: good, %zu device(s)\n", path, manifest.n_devices);
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
		puts("coldinit " COLDINIT_VERSION);
		return GOOD;
	}
	if (!strcmp(command, "--help")) {
		fputs(usage, stdout);
		return GOOD;
	}
	fputs(usage, stderr);
	return WRONG_USAGE;
}
