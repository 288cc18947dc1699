/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launch one container: namespaces, root file system, devices, cgroup, process (OCI runtime spec).
 *
 * A child process sets up the container and reports over a socket pair (launch_private.h). The
 * caller owns the event loop: it watches the socket and calls container_message() when it is
 * readable. No function here waits for the child. The caller keeps the deadlines and ends a launch
 * that hangs with container_kill().
 */
#ifndef COLDINIT_CONTAINER_CONTAINER_H
#define COLDINIT_CONTAINER_CONTAINER_H

#include <stdint.h>
#include <sys/types.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/** enum container_progress - steps of a launch, in their order */
enum container_progress {
	CONTAINER_STARTED,
	CONTAINER_HOOKED,   /* the guest's hooks may run */
	CONTAINER_READY,    /* files and devices are made */
	CONTAINER_EXECUTED, /* execve(2) follows */
};

/**
 * struct container - a container during its launch or running
 * @pid: its first process in PID 1's PID namespace, 0 before that exists
 * @pidfd: descriptor of this process, which never becomes another one's
 * @guard: descriptor of the first process of its PID namespace, if that is another one, else -1
 * @socket: PID 1's end of the socket pair, -1 once the container runs or has failed
 * @cgroup: descriptor of its cgroup directory
 * @program: descriptor of its device program until this is attached, else -1
 * @insn: the instructions of this program; freed when the launch has ended
 * @terminal: the master of its terminal, -1 if it has none; the caller's once the container runs
 * @progress: the last step of the launch that the first process has reported
 * @limit: the words for the cause of its memory limit
 * @exec_us: CLOCK_BOOTTIME in microseconds just before execve(2)
 * @status: exit status for a failed launch: 125, 126 or 127
 */
struct container {
	pid_t pid;
	int pidfd, guard;
	int socket, cgroup, program, terminal;
	struct bpf_insn *insn;
	enum container_progress progress;
	const char *limit;
	uint64_t exec_us;
	int status;
};

/** CONTAINER_NONE - a container that does not exist */
#define CONTAINER_NONE                      \
	((struct container){.pidfd = -1,    \
			    .guard = -1,    \
			    .socket = -1,   \
			    .cgroup = -1,   \
			    .program = -1,  \
			    .terminal = -1, \
			    .status = 125,  \
			    .limit = ""})

/**
 * container_start() - make the cgroup and clone the first process into its namespaces
 * @c: gets the container; untouched on failure
 * @config: describes the container, whose id is the name of its cgroup; must stay until it runs
 * @arena: memory for the process; what it takes there is not PID 1's
 * @rootfs: descriptor of the directory that becomes the container's root; it stays the caller's
 * @stdio: descriptors that become its stdin, stdout and stderr; -1 as stdin: its own /dev/null.
 *	They stay the caller's. With process.terminal, the terminal replaces them.
 * @fault: gets the error
 *
 * The child keeps no other descriptor. The process's user becomes the owner of pipes.
 * Return: 0, or with @fault set the errors of cgroup_make(), devprog_build() and cgroup_load_devices()
 * or those of socketpair(2) and clone3(2). A process that was cloned before the error has been killed; the
 * caller reaps it.
 */
int container_start(struct container *c, const struct oci_config *config, struct arena *arena,
		    int rootfs, const int stdio[3], struct fault *fault) must_check
	nonnull(1, 2, 3, 5, 6);

/** CONTAINER_HOOKS - container_message(): run the guest's hooks, then call container_go_on() */
#define CONTAINER_HOOKS 2

/**
 * container_message() - handle one message of the child
 * @c: the container
 * @config: the one of container_start()
 * @fault: gets the error
 *
 * Return: 1 when the container's program runs (the socket is closed), 0 when more messages follow,
 * CONTAINER_HOOKS, or a negative errno with @fault and @c->status set when the launch failed (all
 * of the container's processes are killed): the child's error, -EPIPE if it died, -EPROTO for a
 * message that is not valid, or the errors of cgroup_attach_devices(), terminal_take() and
 * container_go_on().
 */
int container_message(struct container *c, const struct oci_config *config,
		      struct fault *fault) must_check nonnull(1, 2, 3);

/**
 * container_go_on() - let the child continue, after the guest's hooks succeeded
 * @c: the container, whose launch has sent CONTAINER_HOOKS
 * @fault: gets the error
 *
 * Return: 0, or the error of send(2) with @fault set, -EPIPE if the child has died.
 */
int container_go_on(const struct container *c, struct fault *fault) must_check nonnull(1, 2);

/**
 * container_signal() - send a signal to the first process
 * @c: the container
 * @signal: the signal
 *
 * A process that has ended already gets none, and no other one gets it.
 */
void container_signal(const struct container *c, int signal) nonnull(1);

/**
 * container_kill() - send SIGKILL to every process of the container
 * @c: the container
 *
 * To its cgroup (cgroup.kill, since Linux 5.14), and to the process with which its PID namespace
 * ends.
 */
void container_kill(const struct container *c) nonnull(1);

/**
 * container_syscall() - the name of a system call, for a message
 * @arch: the architecture (AUDIT_ARCH_*), as an audit record has it
 * @number: of the call in this architecture
 * @text: gets "NAME (NUMBER)", or the number where this build does not know names
 * @size: of @text in bytes
 */
void container_syscall(uint32_t arch, int number, char *text, size_t size) nonnull(3);

/**
 * container_oom_killed() - report whether the kernel killed a process because memory ran out
 * @c: the container
 * @fault: if so, gets an error that names the limit
 *
 * Return: true with @fault set, or false.
 */
bool container_oom_killed(const struct container *c, struct fault *fault) nonnull(1, 2);

#endif
