// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/cgroup_private.h"
#include "init/container/container.h"
#include "init/container/devprog_private.h"
#include "init/container/launch_private.h"
#include "init/container/pidns_private.h"
#include "init/container/seccomp_private.h"
#include "init/container/terminal_private.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

/* The largest errno of a system call (MAX_ERRNO) */
#define ERRNO_MAX 4095

/*
 * fork(2) into new namespaces and into the cgroup, so that no process has to be moved to it.
 * @pidfd: gets a descriptor of the child
 */
static pid_t container_clone(int namespaces, int cgroup, int *pidfd)
{
	/*
	 * The child makes its cgroup namespace: here it would begin at PID 1's cgroup. It also
	 * makes its mount, user and time namespaces. It has none of PID 1's signal handlers,
	 * which take a process with this number for the guest's.
	 */
	struct clone_args args = {
		.flags = ((unsigned)namespaces & (CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)) |
			 CLONE_INTO_CGROUP | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned)cgroup,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : (pid_t)pid;
}

static void container_signal_fd(int pidfd, int signal)
{
	/* It fails if the process has ended, which is what is wanted, or is about to be noticed. */
	if (pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

/* Clone the child, also into a PID namespace that is not the config's (pidns.c). */
static int container_fork(struct container *c, const struct launch_child *child,
			  struct fault *fault)
{
	struct pidns ns = PIDNS_NONE;
	int err = 0;

	if (!(child->config->namespaces & CLONE_NEWPID))
		err = pidns_enter(&ns, fault);
	if (err)
		return err;
	c->guard = ns.guard;
	c->pid = container_clone(child->config->namespaces, c->cgroup, &c->pidfd);
	if (c->pid == 0)
		launch_run(child);
	if (c->pid < 0)
		err = fault_strerror(fault, c->pid, "cannot clone into the container's namespaces");
	if (ns.own >= 0 && pidns_leave(&ns, fault))
		err = err ? err : -EPERM;
	return err;
}

static void container_close_program(struct container *c)
{
	fd_close(&c->program);
	c->program = -1;
}

/* Close the descriptors of the launch, after success or failure. */
static void container_end_launch(struct container *c)
{
	fd_close(&c->socket);
	c->socket = -1;
	container_close_program(c);
	free(c->insn);
	c->insn = NULL;
}

static void container_close(struct container *c)
{
	container_end_launch(c);
	fd_close(&c->cgroup);
	fd_close(&c->pidfd);
	fd_close(&c->guard);
}

/*
 * The child, then the device program: loading this is the slowest step, and they run together. All
 * that changes memory is done before or when the launch has ended: in between, each page that one
 * of both writes to is copied.
 */
static int container_begin(struct container *c, const struct launch_child *child,
			   struct fault *fault)
{
	const struct oci_config *config = child->config;
	struct devprog program;
	int err = devprog_build(config->rules, config->n_rules, &program, fault);

	if (err)
		return err;
	c->insn = program.insn;
	err = container_fork(c, child, fault);
	if (err || !program.n)
		return err;
	c->program = cgroup_load_devices(&program, config->n_rules, fault);
	return c->program < 0 ? c->program : 0;
}

int container_start(struct container *c, const struct oci_config *config, struct arena *arena,
		    int rootfs, const int stdio[3], struct fault *fault)
{
	struct container made = CONTAINER_NONE;
	int ends[2], err;

	made.cgroup = cgroup_make(config->id, config, &made.limit, fault);
	if (made.cgroup < 0)
		return made.cgroup;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		err = fault_perror(fault, "cannot make a socket pair");
	} else {
		made.socket = ends[0];
		err = container_begin(&made,
				      &(struct launch_child){
					      .config = config,
					      .arena = arena,
					      .socket = ends[1],
					      .rootfs = rootfs,
					      .bundle = config->bundle_dir,
					      .stdio = {stdio[0], stdio[1], stdio[2]},
				      },
				      fault);
		close(ends[1]);
	}
	if (err) {
		container_kill(&made);
		container_close(&made);
		return err;
	}
	*c = made;
	return 0;
}

int container_go_on(const struct container *c, struct fault *fault)
{
	if (send(c->socket, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
		return fault_perror(fault, "cannot send to the container's first process");
	return 0;
}

/* The child has made its nodes: let the rules take effect before it continues. */
static int container_child_ready(struct container *c, int terminal, struct fault *fault)
{
	int err = terminal_take(c->pid, terminal, &c->terminal, fault);

	if (!err && c->program >= 0)
		err = cgroup_attach_devices(c->cgroup, c->program, fault);
	if (err)
		return err;
	container_close_program(c); /* the cgroup keeps it */
	return container_go_on(c, fault);
}

static bool container_is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

/* Return: true if the texts of a fault end. */
static bool container_is_fault(const struct fault *f)
{
	return container_is_text(f->text, sizeof(f->text)) &&
	       container_is_text(f->expected, sizeof(f->expected)) &&
	       container_is_text(f->found, sizeof(f->found)) &&
	       container_is_text(f->members, sizeof(f->members));
}

/* Check a message of @len bytes, which is not used before (launch_private.h). */
static bool container_is_valid(const struct container *c, const struct launch_message *m,
			       ssize_t len)
{
	bool text;

	if (len < (ssize_t)LAUNCH_WORD_SIZE)
		return false;
	text = m->word == LAUNCH_FAILED || m->word == LAUNCH_LOG;
	if (len != (ssize_t)(text ? sizeof(*m) : LAUNCH_WORD_SIZE) ||
	    (text && !container_is_fault(&m->fault)))
		return false;
	switch (m->word) {
	case LAUNCH_HOOKS:
		return c->progress == CONTAINER_STARTED;
	case LAUNCH_READY:
		return c->progress < CONTAINER_READY &&
		       (!m->terminal || m->terminal > STDERR_FILENO);
	case LAUNCH_EXEC:
		return c->progress == CONTAINER_READY && m->exec_us && m->exec_us <= clock_us();
	case LAUNCH_FAILED:
		return m->err < 0 && m->err >= -ERRNO_MAX && m->status >= LAUNCH_STATUS &&
		       m->status <= LAUNCH_STATUS + 2;
	case LAUNCH_LOG:
		return m->level == LOG_LEVEL_ERR || m->level == LOG_LEVEL_WARN ||
		       m->level == LOG_LEVEL_INFO || m->level == LOG_LEVEL_DEBUG;
	}
	return false;
}

/* Handle a valid message. Return: as container_message(). */
static int container_handle(struct container *c, const struct launch_message *m,
			    struct fault *fault)
{
	switch (m->word) {
	case LAUNCH_HOOKS:
		c->progress = CONTAINER_HOOKED;
		return CONTAINER_HOOKS;
	case LAUNCH_READY:
		c->progress = CONTAINER_READY;
		return container_child_ready(c, m->terminal, fault);
	case LAUNCH_EXEC:
		c->progress = CONTAINER_EXECUTED;
		c->exec_us = m->exec_us;
		return 0;
	case LAUNCH_FAILED:
		c->status = m->status;
		*fault = m->fault;
		return m->err;
	case LAUNCH_LOG:
		log_line(m->level, "%s", m->fault.text);
	}
	return 0;
}

/* Handle what recv(2) has returned. Return: as container_message(). */
static int container_received(struct container *c, const struct launch_message *m, ssize_t len,
			      const char *program, struct fault *fault)
{
	if (len == 0 && c->progress == CONTAINER_EXECUTED) {
		container_end_launch(c);
		return 1;
	}
	if (len < 0 && errno != ECONNRESET)
		return fault_perror(fault, "cannot receive from the container's first process");
	if (len <= 0)
		return fault_set(fault, -EPIPE,
				 "the container's first process ended before executing \"%s\"",
				 program);
	if (!container_is_valid(c, m, len))
		return fault_set(
			fault, -EPROTO,
			"the container's first process has sent a message that is not valid");
	return container_handle(c, m, fault);
}

int container_message(struct container *c, const struct oci_config *config, struct fault *fault)
{
	struct launch_message m;
	/* The length of the whole packet, also if it is larger than the buffer. */
	ssize_t len = recv(c->socket, &m, sizeof(m), MSG_DONTWAIT | MSG_TRUNC);
	int result;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	result = container_received(c, &m, len, config->process.args[0], fault);
	if (result < 0) {
		container_end_launch(c);
		container_kill(c);
	}
	return result;
}

void container_signal(const struct container *c, int signal)
{
	container_signal_fd(c->pidfd, signal);
}

void container_kill(const struct container *c)
{
	/* Its PID namespace ends with the first process, or with the guard. */
	(void)cgroup_kill(c->cgroup);
	container_signal_fd(c->pidfd, SIGKILL);
	container_signal_fd(c->guard, SIGKILL);
}

void container_syscall(uint32_t arch, int number, char *text, size_t size)
{
	char *name cleanup(memory_free) = seccomp_name(arch, number);

	if (name)
		snprintf(text, size, "%s (%d)", name, number);
	else
		snprintf(text, size, "%d", number);
}

bool container_oom_killed(const struct container *c, struct fault *fault)
{
	bool killed = cgroup_oom_killed(c->cgroup);

	if (killed)
		cgroup_oom_fault(c->cgroup, c->limit, fault);
	return killed;
}
