/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch protocol between PID 1 and the container's first process.
 *
 * Theory of operation
 *
 * PID 1 clones one child into the new namespaces and into the cgroup (clone3(2),
 * CLONE_INTO_CGROUP). This child makes the mounts and the device nodes, changes its root and its
 * user, and executes the container's program. So there is no process between PID 1 and the program,
 * and PID 1 never enters the container's namespaces. PID 1 does not wait for the child either:
 * signals, the watchdog and the console need its event loop during a launch that can take seconds.
 *
 * Each side holds one end of a SOCK_SEQPACKET socket pair, in which one packet is one message. The
 * child sends messages; PID 1 answers two of them with one byte, the permission to continue:
 *
 *	child (launch.c)                        PID 1 (container.c)
 *	                                        make the cgroup, clone the child
 *	mounts, device nodes                    load the device program
 *	LAUNCH_HOOKS       ---------------->    run the prestart and createRuntime hooks
 *	                   <----------------    one byte
 *	createContainer hooks, terminal,
 *	masks, new root, seccomp filter
 *	LAUNCH_READY       ---------------->    take the terminal, attach the device program
 *	                   <----------------    one byte
 *	limits, user, startContainer hooks
 *	LAUNCH_EXEC        ---------------->    note the time
 *	execve(2)          -- end of file ->    the container runs
 *
 * LAUNCH_HOOKS: these hooks run in the guest after the container's mounts exist and before its
 * root changes (config.md, "CreateRuntime Hooks"). Only the child knows when that is. Without
 * such hooks the message is left out.
 *
 * LAUNCH_READY: loading the device program is the slowest step of a launch, because of the kernel's
 * verifier, so PID 1 does it while the child works. The child makes its device nodes and terminal
 * before the rules take effect, and waits here until they do: no code of the container, not even a
 * startContainer hook, runs without them.
 *
 * LAUNCH_EXEC and end of file: no code of coldinit runs after a successful execve(2), so success
 * has no message. The socket is closed on exec; PID 1 reads end of file. Without LAUNCH_EXEC
 * before it, end of file means that the child died. Without hooks PID 1 sleeps from LAUNCH_READY until then,
 * and reads LAUNCH_EXEC together with the end of file. If the child is killed between the two, PID 1
 * takes the program for started, and the exit status reports the rest.
 *
 * LAUNCH_FAILED can replace any message, and follows LAUNCH_EXEC if execve(2) fails. It contains
 * the error of the step that failed. LAUNCH_LOG can come between any two messages: the child has
 * no descriptor of the log. struct fault is large, so no other message contains one.
 *
 * The child is trusted until it runs code of the container, but a message is data nevertheless:
 * before PID 1 uses one, it checks the size, the order, the ranges of the numbers and the ends of
 * the texts. A message that is not valid ends the launch.
 *
 * The child takes nothing else along: its first step closes every descriptor of PID 1 except the
 * socket and the three that become stdin, stdout and stderr (streams.c), and it is not dumpable
 * (prctl(2), PR_SET_DUMPABLE), so that a hook, which has the same user, cannot open its memory or
 * take its socket.
 *
 * Deadlines belong to PID 1's caller, which ends a hanging launch with container_kill(). When PID 1
 * ends the launch, it closes its end, and a child that waits for permission exits.
 */
#ifndef COLDINIT_CONTAINER_LAUNCH_PRIVATE_H
#define COLDINIT_CONTAINER_LAUNCH_PRIVATE_H

#include <stdint.h>

#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "init/lib/log.h"
#include "spec/oci.h"

/** LAUNCH_STATUS - exit status of a launch that failed before the program was looked up */
#define LAUNCH_STATUS 125

/** enum launch_word - kind of a message */
enum launch_word {
	LAUNCH_HOOKS, /* the mounts are made: run the guest's hooks */
	LAUNCH_READY, /* the files and devices are made: attach the device program */
	LAUNCH_EXEC,  /* execve(2) follows */
	LAUNCH_FAILED,
	LAUNCH_LOG, /* a line for the log */
};

/**
 * struct launch_message - from the child to PID 1
 * @word: kind of the message
 * @err: LAUNCH_FAILED: negative errno
 * @status: LAUNCH_FAILED: exit status, 125, 126 or 127
 * @terminal: LAUNCH_READY: the child's descriptor of the terminal's master, 0 for none
 * @level: LAUNCH_LOG: how urgent the line is
 * @exec_us: LAUNCH_EXEC: CLOCK_BOOTTIME in microseconds
 * @fault: LAUNCH_FAILED: the error; LAUNCH_LOG: @fault.text is the line; the other messages are
 *	sent without it
 */
struct launch_message {
	enum launch_word word;
	int err, status, terminal;
	enum log_level level;
	uint64_t exec_us;
	struct fault fault;
};

/** LAUNCH_WORD_SIZE - size in bytes of a message without fault */
#define LAUNCH_WORD_SIZE offsetof(struct launch_message, fault)

/**
 * struct launch_child - what the cloned process gets from PID 1
 * @config: describes the container
 * @arena: memory of PID 1 with some room, so that few pages of it are copied for the process
 * @socket: the child's end of the socket pair
 * @rootfs: descriptor of the container's root
 * @bundle: descriptor of the bundle
 * @stdio: descriptors for stdin, stdout and stderr; stdin may be -1 for the container's /dev/null
 */
struct launch_child {
	const struct oci_config *config;
	struct arena *arena;
	int socket, rootfs, bundle;
	int stdio[3];
};

/**
 * launch_run() - set up the container and execute its program, in the cloned process
 * @child: what PID 1 has prepared
 *
 * The process must be in its namespaces, except the cgroup namespace, and in its cgroup. If a step
 * fails, it sends the error over the socket and exits with the error's status.
 */
void launch_run(const struct launch_child *child) nonnull(1) __attribute__((noreturn));

#endif
