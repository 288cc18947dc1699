/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the container's first process and PID 1 say to each other. One packet is one message; PID 1
 * answers LAUNCH_HOOKS and LAUNCH_READY with one byte, its leave to go on.
 */
#ifndef COLDINIT_CONTAINER_LAUNCH_PRIVATE_H
#define COLDINIT_CONTAINER_LAUNCH_PRIVATE_H

#include <stdint.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/** LAUNCH_STATUS - exit status of a launch that failed before the program was looked for */
#define LAUNCH_STATUS 125

/** enum launch_word - what a message says */
enum launch_word {
	LAUNCH_HOOKS, /* its mounts are made: run the guest's hooks */
	LAUNCH_READY, /* its files and devices are made: attach the device program */
	LAUNCH_EXEC,  /* execve is the next system call */
	LAUNCH_FAILED,
};

/**
 * struct launch_message - from the child to PID 1
 * @error: LAUNCH_FAILED: negative errno
 * @status: LAUNCH_FAILED: exit status, 125, 126 or 127
 * @terminal: LAUNCH_READY: descriptor of the container's terminal, which PID 1 takes; 0 for none
 * @exec_us: LAUNCH_EXEC: CLOCK_BOOTTIME in microseconds
 * @fault: LAUNCH_FAILED: the reason; the other words are sent without it
 */
struct launch_message {
	enum launch_word word;
	int error, status, terminal;
	uint64_t exec_us;
	struct fault fault;
};

/** LAUNCH_WORD_SIZE - bytes of a message without fault */
#define LAUNCH_WORD_SIZE offsetof(struct launch_message, fault)

/**
 * launch_run() - become the container's program
 * @socket: the child's end of the socket pair (launch.h)
 * @config: what to run
 * @rootfs: absolute path of the container's root
 *
 * Called in the cloned process, which is in its namespaces and in its cgroup already. What fails
 * is told over @socket; then the process exits with the status that the failure stands for.
 */
void launch_run(int socket, const struct oci_config *config, const char *rootfs) nonnull(2, 3)
	__attribute__((noreturn));

#endif
