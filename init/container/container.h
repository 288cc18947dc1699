/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launch one container: namespaces, root file system, devices, cgroup, process (OCI runtime spec).
 *
 * The child sets itself up; parent and child talk over a socket pair. The caller owns the event
 * loop: it watches the socket and calls container_message() when it can be read. PID 1 never waits
 * for the child; deadlines are the caller's, container_kill() ends a launch that hangs.
 */
#ifndef COLDINIT_CONTAINER_CONTAINER_H
#define COLDINIT_CONTAINER_CONTAINER_H

#include <stdint.h>
#include <sys/types.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * struct container - a container on its way or running
 * @pid: its first process, as PID 1 sees it
 * @socket: the parent's end, -1 once the container runs or has failed
 * @cgroup: descriptor of its cgroup directory
 * @program: its device program until it is attached, else -1
 * @terminal: the master of its terminal, the caller's once the container runs; -1 if it has none
 * @exec_us: CLOCK_BOOTTIME just before execve
 * @status: exit status that the launch failure stands for: 125, 126 or 127
 */
struct container {
	pid_t pid;
	int socket, cgroup, program, terminal;
	uint64_t exec_us;
	int status;
};

/**
 * container_start() - make the cgroup and clone the first process into its namespaces
 * @config: what to run; must stay until the container runs
 * @rootfs: absolute path of the container's root in PID 1's view
 * @id: name of its cgroup
 *
 * Return: 0 or -errno with @fault set; @c is untouched then, and a process that was cloned already
 * has been killed and is left to be reaped.
 */
int container_start(struct container *c, const struct oci_config *config, const char *rootfs,
		    const char *id, struct fault *fault) must_check nonnull(1, 2, 3, 4, 5);

/** CONTAINER_HOOKS - container_message(): run the guest's hooks, then call container_go_on() */
#define CONTAINER_HOOKS 2

/**
 * container_message() - handle what the child says
 *
 * Return: 1 when the container's program runs (the socket is closed then), 0 when there is more
 * to come, CONTAINER_HOOKS, -errno with @fault and @c->status set when the launch has failed (all
 * of the container's processes are killed then).
 */
int container_message(struct container *c, const struct oci_config *config,
		      struct fault *fault) must_check nonnull(1, 2, 3);

/** container_go_on() - the hooks have succeeded. Return: 0 or -errno with @fault set. */
int container_go_on(const struct container *c, struct fault *fault) must_check nonnull(1, 2);

/** container_kill() - SIGKILL for every process in its cgroup (cgroup.kill) */
void container_kill(const struct container *c) nonnull(1);

/**
 * container_oom_killed() - has the kernel killed a process of it for want of memory?
 *
 * Return: true with @fault set, which names the limit.
 */
bool container_oom_killed(const struct container *c, struct fault *fault) nonnull(1, 2);

#endif
