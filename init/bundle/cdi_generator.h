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
 * struct generator - one run of the program; zero-initialise before use
 * @output: the pipe from its stdout and stderr
 * @program: its absolute path
 * @pid: its process ID, 0 if it was not started
 * @running: it was started and has not ended
 * @loop: the event loop that has @output
 * @status: how it ended, as waitpid(2) gives it
 * @tail: the end of what it printed
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
 * @g: must stay where it is until generator_stop()
 * @argv: NULL-terminated; the first is the absolute path of the program
 * @initrd: descriptor of the initramfs' root
 * @root: descriptor of "/"
 * @loop: the event loop, which reads what the program prints
 * @fault: set on failure
 *
 * The program sees the initramfs as its root, with the guest's /dev, /proc, /sys, /run and both
 * directories of CDI spec files in it. Its mount namespace is separate.
 * Return: 0, or -errno of mkdir(2), pipe(2), fork(2) and epoll_ctl(2).
 */
int generator_start(struct generator *g, const char **argv, int initrd, int root, int loop,
		    struct fault *fault) must_check nonnull(1, 2, 6);

/**
 * generator_child() - handle the end of a child process
 * @g: started or not
 * @pid: of the process that ended
 * @status: how it ended, as waitpid(2) gives it
 *
 * Return: true if it was the generator.
 */
bool generator_child(struct generator *g, pid_t pid, int status) nonnull(1);

/**
 * generator_check() - has the generator failed?
 * @g: started or not
 * @fault: set on failure; has the end of what the program printed
 *
 * Return: 0 if it was not started, runs or has succeeded, else -ECHILD.
 */
int generator_check(const struct generator *g, struct fault *fault) must_check nonnull(1, 2);

/**
 * generator_stop() - kill the generator if it runs, and close its pipe
 * @g: started or not
 */
void generator_stop(struct generator *g) nonnull(1);

#endif
