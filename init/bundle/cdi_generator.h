/* SPDX-License-Identifier: Apache-2.0 */
/* The program that writes CDI specs while the guest boots: container.cdi_generator. */
#ifndef COLDINIT_BUNDLE_CDI_GENERATOR_H
#define COLDINIT_BUNDLE_CDI_GENERATOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/lib/fault.h"
#include "init/lib/loop.h"
#include "init/lib/tail.h"

/**
 * struct generator - zero-initialise before use
 * @output: the pipe that holds its stdout and stderr
 * @pid: 0 if there is none
 * @running: it has been started and has not ended
 * @status: waitpid(2)'s
 * @tail: the end of what it has printed
 */
struct generator {
	struct loop_source output;
	const char *program;
	pid_t pid;
	bool running;
	int loop, status;
	struct tail tail;
};

/**
 * generator_start() - run a program in the initramfs
 * @argv: NULL-terminated, the program as an absolute path
 * @initrd, @root, @loop: as in struct boot
 *
 * The program sees the initramfs as its root, with the guest's /dev, /proc, /sys and /run, and the
 * directories of CDI specs where coldinit reads them; its mounts are its own. Return: 0 or -errno
 * with @fault set.
 */
int generator_start(struct generator *g, const char **argv, int initrd, int root, int loop,
		    struct fault *fault) must_check nonnull(1, 2, 6);

/** generator_child() - a child of PID 1 has ended. Return: it was the generator. */
bool generator_child(struct generator *g, pid_t pid, int status) nonnull(1);

/** generator_check() - Return: 0, or -ECHILD with @fault set if it has ended and has failed. */
int generator_check(const struct generator *g, struct fault *fault) must_check nonnull(1, 2);

/** generator_stop() - end it if it runs, and close what belongs to it */
void generator_stop(struct generator *g) nonnull(1);

#endif
