// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/launch_private.h"
#include "init/container/environment_private.h"
#include "init/container/hooks.h"
#include "init/container/lsm_private.h"
#include "init/container/masks_private.h"
#include "init/container/mount_private.h"
#include "init/container/nodes_private.h"
#include "init/container/pivot_private.h"
#include "init/container/process.h"
#include "init/container/rootfs_private.h"
#include "init/container/seccomp_private.h"
#include "init/container/sysctl_private.h"
#include "init/container/terminal_private.h"
#include "init/lib/clock.h"
#include "init/lib/root.h"

/* The cgroup namespace begins at the cgroup that this process is in, so it comes after the clone.
 */
static int launch_cgroup_namespace(const struct oci_config *config, struct fault *fault)
{
	if (config->namespaces & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP))
		return fault_set(fault, -errno, "cannot make a cgroup namespace: %m");
	return 0;
}

/* Tell PID 1 how far it is, and wait until it says to go on. */
static int launch_wait(int socket, enum launch_word word, int terminal, struct fault *fault)
{
	struct launch_message m = {.word = word, .terminal = terminal};
	char go;

	if (send(socket, &m, LAUNCH_WORD_SIZE, MSG_NOSIGNAL) < 0)
		return fault_set(fault, -errno, "cannot talk to PID 1: %m");
	if (recv(socket, &go, 1, 0) != 1)
		return fault_set(fault, -ECANCELED, "PID 1 has given up");
	return 0;
}

/* The root is complete and can still be written to; hooks run in it, as with other runtimes. */
static int launch_run_hooks(int socket, const struct oci_config *config, int root,
			    struct fault *fault)
{
	int err = 0;

	if (hooks_any(config, OCI_PRESTART) || hooks_any(config, OCI_CREATE_RUNTIME))
		err = launch_wait(socket, LAUNCH_HOOKS, 0, fault);
	if (err || !hooks_any(config, OCI_CREATE_CONTAINER))
		return err;
	if (fchdir(root))
		return fault_set(fault, -errno, "cannot enter the container's root: %m");
	return hooks_run(config, OCI_CREATE_CONTAINER, "creating", getpid(), -1, fault);
}

/* Everything that has to do with files; the order is that of other runtimes. */
static int launch_make_files(int socket, const struct oci_config *config, int root, int *terminal,
			     struct fault *fault)
{
	struct mount_readonly late = {0};
	int cwd, err;

	err = mount_all(root, config->mounts, config->n_mounts, &late, fault);
	int *fds cleanup(free_ptr) = late.fds;
	if (err)
		return err;
	err = nodes_make(root, config, fault);
	if (err)
		return err;
	err = launch_run_hooks(socket, config, root, fault);
	if (err)
		return err;
	*terminal = terminal_make(root, &config->process, fault);
	if (*terminal < 0)
		return *terminal;
	/* If it cannot be made, that shows when the user enters it. */
	cwd = rootfs_ensure(root, config->process.cwd, S_IFDIR);
	close_fd(&cwd);
	err = masks_apply(root, config, fault);
	if (err)
		return err;
	err = mount_seal(root, config->root_readonly, &late, fault);
	for (size_t i = 0; i < late.n; i++)
		close(fds[i]);
	return err;
}

static int launch_enter_root(int socket, const struct oci_config *config, const char *rootfs,
			     int *terminal, struct fault *fault)
{
	int err;

	umask(0); /* the modes of nodes are meant as they are written */
	int root cleanup(close_fd) = rootfs_enter(rootfs, fault);
	if (root < 0)
		return root;
	err = launch_make_files(socket, config, root, terminal, fault);
	/* By way of the guest's /proc; the hooks before it are not the container's. */
	if (!err)
		err = lsm_apply(AT_FDCWD, &config->process, fault);
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
		return fault_set(fault, -errno, "cannot set the hostname \"%s\": %m",
				 config->hostname);
	if (*config->domainname && setdomainname(config->domainname, strlen(config->domainname)))
		return fault_set(fault, -errno, "cannot set the domainname \"%s\": %m",
				 config->domainname);
	return 0;
}

/* Comes back only if the program cannot be executed. */
static int launch_execute(int socket, const struct oci_config *config, int filter, int *status,
			  struct fault *fault)
{
	const struct oci_process *p = &config->process;
	struct launch_message m = {.word = LAUNCH_EXEC};
	struct arena arena cleanup(arena_free) = {0};
	const char **env = process_environment(p, &arena);
	char file[PATH_MAX];
	const char *path;
	int err;

	if (!env)
		return fault_oom(fault);
	/* Only root may do so before no_new_privs is set. */
	err = p->no_new_privileges ? 0 : seccomp_install(filter, config, fault);
	if (!err)
		err = process_become(p, fault);
	if (err)
		return err;
	/* The container's programs: under its filter, one way or the other. */
	err = hooks_run(config, OCI_START_CONTAINER, "created", getpid(),
			p->no_new_privileges ? filter : -1, fault);
	if (err)
		return err;
	path = environment_get(env, "PATH");
	err = process_find(p->args[0], path, file);
	if (err) {
		*status = process_exit_status(err);
		return fault_set(fault, err, "%s \"%s\" (cwd %s, PATH %s)",
				 err == -EACCES ? "no permission to execute" : "cannot find",
				 p->args[0], p->cwd, path ? path : "not set");
	}
	/* Nothing of PID 1 but the console goes in; the socket's end tells PID 1 of the success. */
	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC))
		return fault_set(fault, -errno, "cannot close descriptors: %m");
	m.exec_us = clock_us();
	if (send(socket, &m, LAUNCH_WORD_SIZE, MSG_NOSIGNAL) < 0)
		return fault_set(fault, -errno, "cannot talk to PID 1: %m");
	/* Else last, so that it need not allow any other system call of ours. */
	err = p->no_new_privileges ? seccomp_install(filter, config, fault) : 0;
	if (err)
		return err;
	execve(file, (char *const *)p->args, (char *const *)env);
	err = -errno;
	*status = process_exit_status(err);
	return fault_set(fault, err, "cannot execute %s: %s", file,
			 err == -ENOENT ? "its interpreter or loader is missing" : strerror(-err));
}

/* The order of work. */
static int launch_steps(int socket, const struct oci_config *config, const char *rootfs,
			int *status, struct fault *fault)
{
	int filter cleanup(close_fd) = -1, err, terminal = 0;

	process_detach();
	err = launch_cgroup_namespace(config, fault);
	if (err)
		return err;
	err = process_oom_score(&config->process, fault);
	if (err)
		return err;
	/* By way of the guest's /proc: the container need not have one, or only to read. */
	err = sysctl_apply(AT_FDCWD, config, fault);
	if (err)
		return err;
	err = launch_enter_root(socket, config, rootfs, &terminal, fault);
	if (err)
		return err;
	err = launch_set_names(config, fault);
	if (err)
		return err;
	/* On another processor PID 1 loads the device program now. */
	err = seccomp_build(config, &filter, fault);
	if (err)
		return err;
	err = launch_wait(socket, LAUNCH_READY, terminal, fault);
	if (err)
		return err;
	err = process_limit(&config->process, fault);
	if (err)
		return err;
	return launch_execute(socket, config, filter, status, fault);
}

void launch_run(int socket, const struct oci_config *config, const char *rootfs)
{
	struct launch_message m = {.word = LAUNCH_FAILED, .status = LAUNCH_STATUS};

	m.error = launch_steps(socket, config, rootfs, &m.status, &m.fault);
	/* If PID 1 does not hear it, it sees the exit status. */
	if (send(socket, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		m.status = LAUNCH_STATUS;
	/* A filter that forbids even this must not keep the process. */
	syscall(SYS_exit_group, m.status);
	__builtin_trap();
}
