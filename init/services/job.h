/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One program of the guest: a service of the manifest, or the CDI generator.
 *
 * It runs in a separate mount namespace whose root is the initramfs or another directory, with the
 * guest's /dev, /proc, /sys, /run and /tmp and the directories of CDI spec files in it, and in a
 * separate cgroup below /sys/fs/cgroup/.coldinit, a name that no container can have
 * (cgroup_check_name()). PID 1 writes its output to the log and keeps the end of it for messages.
 */
#ifndef COLDINIT_SERVICES_JOB_H
#define COLDINIT_SERVICES_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/lib/fault.h"
#include "init/lib/loop.h"
#include "init/lib/tail.h"

/** JOB_ENV_MAX - how many variables a job may have in addition to PATH and HOME */
#define JOB_ENV_MAX 256

/** JOB_INITRAMFS - the place of a job whose root is the initramfs */
#define JOB_INITRAMFS "the initramfs"

/**
 * struct job - a program; zero-initialise before use, set the members up to @forks
 * @label: what messages call it
 * @place: its root, for messages: JOB_INITRAMFS or a path of the guest
 * @args: the program's absolute path and its arguments, NULL-terminated
 * @env: further variables "NAME=value", NULL-terminated; NULL for none
 * @awaited: a text of its output that sets @seen, NULL for none
 * @root: descriptor of its root, which stays the caller's
 * @uid: its user
 * @gid: its group
 * @forks: when its first process ends with status 0, other ones may go on
 * @output: the pipe from its stdout and stderr
 * @timer: ends the second, if more was printed in it than the log takes
 * @loop: the event loop that has @output and @timer
 * @cgroup: descriptor of its cgroup, 0 before the first start; stays open for the next one
 * @pid: its first process, 0 before the first start
 * @running: it was started and has not ended
 * @in_background: its first process has ended, but it has not
 * @seen: @awaited was in its output
 * @status: how its first process ended, as waitpid(2) gives it
 * @tail: the end of its output
 * @line: the line of its output that is not complete yet
 * @used: length of @line in bytes
 * @second: when the second began in which output is counted (CLOCK_BOOTTIME, in microseconds)
 * @bytes: how much was read in it
 * @lines: how many lines were logged in it
 * @dropped: how many were not
 */
struct job {
	const char *label, *place, *const *args, *const *env, *awaited;
	int root;
	uint32_t uid, gid;
	bool forks;
	struct loop_source output, timer;
	int loop, cgroup;
	pid_t pid;
	bool running, in_background, seen;
	int status;
	struct tail tail;
	char line[256];
	size_t used;
	uint64_t second;
	size_t bytes;
	unsigned lines, dropped;
};

/**
 * job_start() - run the program
 * @j: must stay where it is until job_kill(); may be started again after its end
 * @guest: descriptor of "/"
 * @loop: the event loop, which reads what the program prints
 * @cgroup: name of its cgroup
 * @fault: set on failure
 *
 * A program that cannot be executed ends with status 127 and prints why.
 * Return: 0, or -errno of mkdir(2), pipe(2), fork(2) and epoll_ctl(2).
 */
int job_start(struct job *j, int guest, int loop, const char *cgroup,
	      struct fault *fault) must_check nonnull(1, 4, 5);

/**
 * job_child() - handle the end of a child process
 * @j: started or not
 * @pid: of the process that ended
 * @status: how it ended, as waitpid(2) gives it
 *
 * To be called for every process: those that a daemon leaves behind become child processes of
 * PID 1. Return: true if the job has ended now.
 */
bool job_child(struct job *j, pid_t pid, int status) nonnull(1);

/**
 * job_said() - the end of its output, for a message
 * @j: the job; blanks at the end are removed
 *
 * Return: the text, or words that say that there is none.
 */
const char *job_said(struct job *j) nonnull(1);

/**
 * job_check() - has the program failed?
 * @j: started or not
 * @fault: set on failure; has the end of what the program printed
 *
 * Return: 0 if it was not started, runs or has ended with status 0, else -ECHILD.
 */
int job_check(struct job *j, struct fault *fault) must_check nonnull(1, 2);

/**
 * job_process() - find one of its processes
 * @j: started or not
 *
 * Return: a process ID, 0 if it has none.
 */
pid_t job_process(const struct job *j) nonnull(1);

/**
 * job_terminate() - send SIGTERM to all of its processes
 * @j: started or not
 */
void job_terminate(const struct job *j) nonnull(1);

/**
 * job_kill() - kill all of its processes, and close its pipe
 * @j: started or not
 */
void job_kill(struct job *j) nonnull(1);

#endif
