// SPDX-License-Identifier: Apache-2.0
/*
 * The user namespace of the container.
 *
 * Theory of operation
 *
 * Other runtimes clone their first process into the user namespace and let it make the mounts
 * there. It then cannot make device nodes or mount sysfs, and the image's files must belong to
 * users of the namespace to be found at all. Here the first process makes all files as the guest's
 * root, exactly as without a user namespace, and enters the namespace as its last step before the
 * container's user is set:
 *
 *	userns_make()	a helper process is cloned into a new user namespace, its mappings are
 *			written, the namespace is opened, and the helper is killed. Nobody is in it.
 *	userns_own()	new files belong to the namespace's root: the process has its IDs for files
 *			(setfsuid(2)), but keeps its capabilities (SECBIT_NO_SETUID_FIXUP).
 *	userns_enter()	setns(2). New mount, UTS and cgroup namespaces, copies of the old ones,
 *			belong to the user namespace, so that its capabilities apply to them. In
 *			this copy the kernel locks all mounts together: the container can neither
 *			take one away nor change its attributes (mount_namespaces(7)).
 *
 * The PID, IPC and network namespaces belong to the guest: no capability of the container reaches
 * them. The process has no capability over anything of the guest from then on, with any
 * mappings. See oci_idmap.c for the IDs in config.json.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/mount_api.h"
#include "init/container/streams_private.h"
#include "init/container/userns_private.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* Room for a line of a mapping: three numbers, two blanks, a newline */
#define LINE_MAX_LEN 36

/* --- a namespace that nobody is in --------------------------------------------------------- */

/* Return: pidfd of a process in a new user namespace, or a negative errno. */
static int userns_clone(pid_t *pid)
{
	int fd = -1;
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD,
		.pidfd = (uintptr_t)&fd,
		.exit_signal = SIGCHLD,
	};

	*pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	return *pid < 0 ? -errno : fd;
}

/* Return: the number of the process in the guest's /proc, which is not that of this namespace. */
static int userns_find(int pidfd)
{
	char text[512], *line;
	ssize_t n = root_read(AT_FDCWD, text, sizeof(text), "/proc/self/fdinfo/%d", pidfd);

	if (n < 0)
		return (int)n;
	line = strstr(text, "\nPid:\t");
	return line ? atoi(line + strlen("\nPid:\t")) : -ESRCH;
}

static int userns_write(int pid, const char *file, const struct oci_id_map *map)
{
	size_t size = map->n * LINE_MAX_LEN + 1, used = 0;
	char *text cleanup(memory_free) = malloc(size);
	int err = text ? 0 : -ENOMEM;

	for (size_t i = 0; i < map->n && !err; i++) {
		const struct oci_id_range *r = &map->ranges[i];

		err = str_printf(text + used, size - used, "%u %u %u\n", r->container, r->host,
				 r->size);
		used += strlen(text + used);
	}
	return err ? err : root_write(AT_FDCWD, text, "/proc/%d/%s", pid, file);
}

static int userns_fill(int pidfd, const struct oci_id_maps *maps, struct fault *fault)
{
	int pid = userns_find(pidfd), ns, err;

	if (pid <= 0)
		return fault_strerror(fault, pid ? pid : -ESRCH, "cannot find a process in /proc");
	err = userns_write(pid, "uid_map", &maps->uids);
	if (err)
		return fault_strerror(fault, err, "the kernel refuses uidMappings");
	err = userns_write(pid, "gid_map", &maps->gids);
	if (err)
		return fault_strerror(fault, err, "the kernel refuses gidMappings");
	/* Not by root_open(), which follows no such link. */
	char path[64];
	err = str_printf(path, sizeof(path), "/proc/%d/ns/user", pid);
	ns = err ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	return ns < 0 ? fault_perror(fault, "cannot open a user namespace") : ns;
}

int userns_make(const struct oci_id_maps *maps, struct fault *fault)
{
	pid_t pid;
	int pidfd cleanup(fd_close) = userns_clone(&pid), ns;

	if (pidfd < 0)
		return fault_strerror(
			fault, pidfd,
			"cannot make a user namespace (CONFIG_USER_NS of the guest's kernel)");
	ns = userns_fill(pidfd, maps, fault);
	(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ns;
}

int userns_map_mount(int mount, const struct oci_id_maps *maps, bool recursive, struct fault *fault)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP};
	int err;

	if (!maps->uids.n)
		return 0;
	int ns cleanup(fd_close) = userns_make(maps, fault);
	if (ns < 0)
		return ns;
	attr.userns_fd = (unsigned)ns;
	err = mount_api_change(mount, "", recursive ? AT_RECURSIVE : 0, &attr);
	return err ? fault_set(fault, err, "its IDs cannot be mapped: %s",
			       err == -EINVAL ? "its file system cannot do that with this kernel"
					      : strerror(-err))
		   : 0;
}

/* --- the container's ----------------------------------------------------------------------- */

int userns_own(const struct oci_config *config, bool container, struct fault *fault)
{
	if (!(config->namespaces & CLONE_NEWUSER))
		return 0;
	/* With this bit the change does not drop capabilities (capabilities(7)). */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
		return fault_perror(fault, "cannot keep capabilities");
	setfsgid(container ? config->root_gid : 0);
	setfsuid(container ? config->root_uid : 0);
	/* The change may have made the process dumpable, as in process_become(). */
	if (prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fault_perror(fault, "cannot protect the process");
	return 0;
}

int userns_enter(int ns, const struct oci_config *config, struct fault *fault)
{
	int err;

	if (ns < 0)
		return 0;
	/* In the namespace the owner of the pipes is not known, so they cannot be given away. */
	err = streams_give(config->host_uid, config->process.terminal, fault);
	if (err)
		return err;
	if (setns(ns, CLONE_NEWUSER) || unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP) ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fault_perror(fault, "cannot enter the user namespace");
	close(ns);
	return 0;
}
