// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/cgroupns_private.h"
#include "init/container/environment_private.h"
#include "init/container/hooks.h"
#include "init/container/launch_private.h"
#include "init/container/lsm_private.h"
#include "init/container/masks_private.h"
#include "init/container/mount_private.h"
#include "init/container/netdev_private.h"
#include "init/container/nodes_private.h"
#include "init/container/notify_private.h"
#include "init/container/pivot_private.h"
#include "init/container/process_private.h"
#include "init/container/program.h"
#include "init/container/rootfs_private.h"
#include "init/container/sched_private.h"
#include "init/container/seccomp_private.h"
#include "init/container/streams_private.h"
#include "init/container/sysctl_private.h"
#include "init/container/terminal_private.h"
#include "init/container/timens_private.h"
#include "init/container/userns_private.h"
#include "init/lib/child.h"
#include "init/lib/clock.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/*
 * The child's state.
 * @env: the program's environment
 * @terminal: master of the terminal until PID 1 has it, 0 for none
 * @filter: file of seccomp_build(), -1 for none
 * @userns: descriptor of the user namespace until it is entered, -1 for none
 * @status: exit status for a failure
 * @notify: the listener of the filter
 */
struct launch {
	struct launch_child child;
	const char **env;
	int terminal, filter, userns, status;
	struct notify notify;
};

static int launch_log_socket;

/* PID 1 has the log's descriptor: send it the line. If it has ended the launch, nobody reads it. */
static void launch_log(enum log_level level, const char *line)
{
	struct launch_message m = {.word = LAUNCH_LOG, .level = level};

	if (!str_copy(m.fault.text, sizeof(m.fault.text), line))
		(void)send(launch_log_socket, &m, sizeof(m), MSG_NOSIGNAL);
}

/* Keep no descriptor of PID 1 and let no other process of the container reach this one. */
static int launch_isolate(struct launch *l, struct fault *fault)
{
	int err;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fault_perror(fault, "cannot protect the process's memory");
	err = streams_take(l->child.stdio,
			   (int *[]){&l->child.socket, &l->child.rootfs, &l->child.bundle}, 3,
			   fault);
	/* Not before: until then the log's descriptor is open. */
	launch_log_socket = l->child.socket;
	log_to_sink(launch_log);
	return err;
}

/* Send a message without texts. @exec_us: for LAUNCH_EXEC */
static int launch_send(const struct launch *l, enum launch_word word, uint64_t exec_us,
		       struct fault *fault)
{
	struct launch_message m = {
		.word = word,
		.terminal = word == LAUNCH_READY ? l->terminal : 0,
		.exec_us = exec_us,
	};

	if (send(l->child.socket, &m, LAUNCH_WORD_SIZE, MSG_NOSIGNAL) < 0)
		return fault_perror(fault, "cannot send to PID 1");
	return 0;
}

/* Send PID 1 a message and wait for its permission to continue. */
static int launch_wait(const struct launch *l, enum launch_word word, struct fault *fault)
{
	int err = launch_send(l, word, 0, fault);
	ssize_t n;
	char go;

	if (err)
		return err;
	do
		n = recv(l->child.socket, &go, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_perror(fault, "cannot receive from PID 1");
	if (n != 1)
		return fault_set(fault, -ECANCELED, "PID 1 ended the launch");
	return 0;
}

/*
 * The hooks before the change of the root. The container's files are complete and its read-only
 * mounts sealed, so that no hook writes to their sources; only the root is not read-only yet. As
 * with other runtimes, createContainer hooks have the container's root as their directory.
 */
static int launch_run_hooks(const struct launch *l, int root, struct fault *fault)
{
	const struct oci_config *config = l->child.config;
	int err = 0;

	if (hooks_any(config, OCI_PRESTART) || hooks_any(config, OCI_CREATE_RUNTIME))
		err = launch_wait(l, LAUNCH_HOOKS, fault);
	if (err || !hooks_any(config, OCI_CREATE_CONTAINER))
		return err;
	if (fchdir(root))
		return fault_perror(fault, "cannot enter the container's root");
	return hooks_run(config, OCI_CREATE_CONTAINER, "creating", getpid(), -1, fault);
}

/* The mounts and what belongs into them, after which those with the option "ro" are sealed. */
static int launch_mount(struct launch *l, int root, int *trees, struct fault *fault)
{
	const struct oci_config *config = l->child.config;
	struct mount_readonly late = {0};
	int err = userns_own(config, true, fault);

	if (!err)
		err = mount_all(root, config->mounts, trees, config->n_mounts, l->child.arena,
				&late, fault);
	if (!err)
		err = nodes_make(root, config, fault);
	if (err)
		return err;
	l->terminal = terminal_make(root, &config->process, fault);
	if (l->terminal < 0)
		return l->terminal;
	err = userns_own(config, false, fault);
	if (!err)
		err = mount_seal(&late, fault);
	for (size_t i = 0; i < late.n; i++)
		close(late.fds[i]);
	return err;
}

/* An error is reported when the user enters it. */
static int launch_make_cwd(const struct oci_config *config, int root, struct fault *fault)
{
	int cwd, err = userns_own(config, true, fault);

	if (err)
		return err;
	cwd = rootfs_ensure(root, config->process.cwd, S_IFDIR, 0);
	fd_close(&cwd);
	return userns_own(config, false, fault);
}

/* All steps that make files, in the order of other runtimes. */
static int launch_make_files(struct launch *l, int root, int *trees, struct fault *fault)
{
	const struct oci_config *config = l->child.config;
	int err;

	err = launch_mount(l, root, trees, fault);
	if (err)
		return err;
	err = launch_run_hooks(l, root, fault);
	if (!err && strcmp(config->process.cwd, "/") != 0)
		err = launch_make_cwd(config, root, fault);
	if (!err && l->child.stdio[0] == STREAMS_NULL && !l->terminal)
		err = streams_open_null(root, fault);
	if (err)
		return err;
	err = masks_apply(root, config, fault);
	if (err || !config->root_readonly)
		return err;
	return mount_seal_root(root, fault);
}

static int launch_enter_root(struct launch *l, struct fault *fault)
{
	const struct oci_config *config = l->child.config;
	int *trees, err;

	umask(0); /* nodes get their modes unchanged */
	err = mount_open_sources(config->mounts, config->n_mounts, l->child.bundle, l->child.arena,
				 &trees, fault);
	if (err)
		return err;
	int root cleanup(fd_close) = rootfs_enter(l->child.rootfs, fault);
	if (root < 0)
		return root;
	close(l->child.rootfs);
	close(l->child.bundle);
	err = cgroupns_mount(config, fault);
	if (!err)
		err = launch_make_files(l, root, trees, fault);
	if (!err) {
		l->env = process_environment(&config->process, root, l->child.arena);
		err = l->env ? 0 : fault_oom(fault);
	}
	/* Through the guest's /proc, and after the hooks, which are not part of the container. */
	if (!err)
		err = lsm_apply(AT_FDCWD, &config->process, fault);
	if (!err)
		err = notify_connect(config, &l->notify, fault);
	return err ? err : pivot_into(root, config->root_propagation, fault);
}

static int launch_set_names(const struct oci_config *config, struct fault *fault)
{
	if (!*config->hostname && !*config->domainname)
		return 0;
	if (!(config->namespaces & CLONE_NEWUTS))
		return fault_set(
			fault, -EINVAL,
			"hostname and domainname need a uts namespace, linux.namespaces has none");
	if (*config->hostname && sethostname(config->hostname, strlen(config->hostname)))
		return fault_perror(fault, "cannot set the hostname \"%s\"", config->hostname);
	if (*config->domainname && setdomainname(config->domainname, strlen(config->domainname)))
		return fault_perror(fault, "cannot set the domainname \"%s\"", config->domainname);
	return 0;
}

/* Report that process.args[0] is no program that may be executed. */
static int launch_not_found(struct launch *l, int err, const char *file, const char *path,
			    struct fault *fault)
{
	const struct oci_process *p = &l->child.config->process;
	char why[PROGRAM_DEFECT_SIZE] = "";

	l->status = process_exit_status(err);
	fault_set(fault, err, "%s \"%s\" (cwd %s, PATH %s)",
		  err == -EACCES ? "no permission to execute" : "cannot find", p->args[0], p->cwd,
		  path ? path : "not set");
	if (err == -ENOENT)
		program_missing(p->args[0], why);
	else if (err != -EACCES)
		fault_add(fault, ": %s", strerror(-err));
	else if (!program_defect(file, NULL, why) && *why)
		fault_add(fault, ": %s", file);
	if (*why)
		fault_add(fault, ": %s", why);
	return err;
}

/* Report that execve(2) has failed. @why: the defect of the file, "" if none is known */
static int launch_not_executed(struct launch *l, int err, const char *file, const char *why,
			       struct fault *fault)
{
	l->status = process_exit_status(err);
	fault_strerror(fault, err, "cannot execute %s", file);
	if (*why)
		fault_add(fault, ": %s", why);
	else if (err == -EPERM && l->filter >= 0)
		fault_add(fault, ": linux.seccomp may refuse execve");
	return err;
}

/* The program's filter. Its listener gets the descriptor before the filter can notify it. */
static int launch_filter(const struct launch *l, struct fault *fault)
{
	int filter = -1, *listener = l->notify.socket == NOTIFY_NONE ? NULL : &filter;
	int err = seccomp_install(l->filter, l->child.config, listener, fault);

	return err || !listener ? err : notify_send(&l->notify, filter, fault);
}

/* Execute the program. Return: only on failure, a negative errno with @l->status and @fault set. */
static int launch_execute(struct launch *l, struct fault *fault)
{
	const struct oci_config *config = l->child.config;
	const struct oci_process *p = &config->process;
	static pages_apart char file[PATH_MAX]; /* not two more pages of the stack */
	char why[PROGRAM_DEFECT_SIZE];
	const char *path;
	uint64_t before = timens_guest_us(config);
	struct stat st;
	bool early;
	int err;

	/* Without no_new_privs only root may install a filter, so before the change of the user. */
	err = p->no_new_privileges ? 0 : launch_filter(l, fault);
	if (!err)
		err = process_become(p, fault);
	if (err)
		return err;
	if (config->namespaces & CLONE_NEWUSER)
		streams_reopen();
	/* These hooks are the container's programs: its filter applies to them in both cases. */
	err = hooks_run(config, OCI_START_CONTAINER, "created", getpid(),
			p->no_new_privileges ? l->filter : -1, fault);
	if (err)
		return err;
	path = environment_get(l->env, "PATH");
	err = process_find(p->args[0], path, file, &st);
	if (err)
		return launch_not_found(l, err, file, path, fault);
	/* Before the filter, which may kill a process that opens a file. */
	early = p->no_new_privileges || l->filter < 0;
	if (early && program_defect(file, &st, why))
		pr_warn("%s: %s", file, why);
	/* Only stdin, stdout and stderr stay open. The end of the socket reports success to PID 1.
	 */
	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC))
		return fault_perror(fault, "cannot close descriptors");
	/* A filter that is loaded already may kill a process that reads the clock. */
	err = launch_send(l, LAUNCH_EXEC, early ? timens_guest_us(config) : before, fault);
	/* With no_new_privs: last, so that the filter only has to allow execve(2). */
	if (!err && p->no_new_privileges)
		err = launch_filter(l, fault);
	if (err)
		return err;
	execve(file, (char *const *)p->args, (char *const *)l->env);
	err = -errno;
	if (!early)
		program_defect(file, NULL, why);
	return launch_not_executed(l, err, file, why, fault);
}

/* PID 1 gets the terminal, and lets the device program take effect. */
static int launch_report_ready(struct launch *l, struct fault *fault)
{
	int err = launch_wait(l, LAUNCH_READY, fault);

	if (l->terminal)
		close(l->terminal);
	return err;
}

/* Namespaces whose settings are written through the guest's /proc, and the shared network. */
static int launch_make_namespaces(struct launch *l, struct fault *fault)
{
	const struct oci_config *config = l->child.config;
	int err;

	if (config->namespaces & CLONE_NEWUSER) {
		l->userns = userns_make(&config->maps, fault);
		if (l->userns < 0)
			return l->userns;
	}
	err = timens_enter(config, fault);
	return err ? err : netdev_apply(config, fault);
}

/* All steps in their order. */
static int launch_steps(struct launch *l, struct fault *fault)
{
	const struct oci_config *config = l->child.config;
	int err;

	err = launch_isolate(l, fault);
	if (err)
		return err;
	err = process_keyring(l->child.config->id, fault);
	if (err)
		return err;
	err = child_detach();
	if (err)
		return fault_strerror(fault, err, "cannot make a session without signals");
	err = cgroupns_enter(fault);
	if (err)
		return err;
	err = process_oom_score(&config->process, fault);
	if (err)
		return err;
	/* Through the guest's /proc: the container may have none, or a read-only one. */
	err = process_raise_files(AT_FDCWD, &config->process, fault);
	if (err)
		return err;
	err = sysctl_apply(AT_FDCWD, config, fault);
	if (err)
		return err;
	err = launch_make_namespaces(l, fault);
	if (err)
		return err;
	err = launch_enter_root(l, fault);
	if (err)
		return err;
	err = launch_set_names(config, fault);
	if (err)
		return err;
	/* Meanwhile PID 1 loads the device program, on another processor. */
	err = seccomp_build(config, &l->filter, fault);
	if (err)
		return err;
	err = launch_report_ready(l, fault);
	if (err)
		return err;
	err = process_limit(&config->process, fault);
	if (!err)
		err = sched_apply(config, fault);
	if (!err)
		err = userns_enter(l->userns, config, fault);
	return err ? err : launch_execute(l, fault);
}

void launch_run(const struct launch_child *child)
{
	struct launch l = {.child = *child, .filter = -1, .userns = -1, .status = LAUNCH_STATUS};
	/* Large and rarely written: on the stack it would be in the way. */
	static pages_apart struct launch_message m;

	m.word = LAUNCH_FAILED;
	m.err = launch_steps(&l, &m.fault);
	m.status = l.status;
	/* If PID 1 does not get the message, it sees the exit status. */
	if (send(l.child.socket, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		m.status = LAUNCH_STATUS;
	/* If the filter forbids even this, the process must end nevertheless. */
	syscall(SYS_exit_group, m.status);
	__builtin_trap();
}
