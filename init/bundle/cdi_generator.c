// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/bundle/cdi_generator.h"
#include "init/container/mount_api.h"
#include "init/container/program.h"
#include "init/lib/child.h"
#include "init/lib/root.h"
#include "init/lib/signame.h"
#include "init/lib/tree.h"
#include "spec/cdi/cdi.h"

/* Where the generator's mount namespace has the initramfs. */
#define MOUNT_POINT "run/coldinit/generator"

#define CANNOT_EXECUTE 127

/* --- the child ----------------------------------------------------------------------------- */

/* Directories that the generator shares with PID 1; the initramfs gets those that it lacks. */
static const char *const shared[] = {
	"dev", "proc", "sys", "run", &CDI_STATIC_DIR[1], &CDI_DYNAMIC_DIR[1],
};

static int generator_share(int root, int initrd, const char *dir)
{
	int err = tree_mkdir(initrd, dir);

	if (err)
		return err;
	int at cleanup(fd_close) = root_open(initrd, O_PATH | O_DIRECTORY, 0, "%s", dir);
	int from cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", dir);
	if (at < 0 || from < 0)
		return at < 0 ? at : from;
	int clone cleanup(fd_close) = mount_api_clone(from, "", true);
	return clone < 0 ? clone : mount_api_move(clone, at, "");
}

/*
 * No path leads to the initramfs, and a descriptor of its mount cannot be used for mounts in
 * another mount namespace. A detached copy of the mount can (open_tree(2), OPEN_TREE_CLONE), so
 * copy it before unshare(2).
 */
static int generator_enter_initramfs(int initrd)
{
	struct mount_attr private = {.propagation = 1 << 18 /* MS_PRIVATE */};
	int err;

	int tree cleanup(fd_close) = mount_api_clone(initrd, "", false);
	if (tree < 0)
		return tree;
	if (unshare(CLONE_NEWNS))
		return -errno;
	int root cleanup(fd_close) = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = root < 0 ? -errno : mount_api_change(root, "", AT_RECURSIVE, &private);
	if (!err)
		err = mount_api_move(tree, root, MOUNT_POINT);
	for (size_t i = 0; i < ARRAY_SIZE(shared) && !err; i++)
		err = generator_share(root, tree, shared[i]);
	if (err)
		return err;
	return fchdir(tree) || chroot(".") || chdir("/") ? -errno : 0;
}

/* @why: "" if the errno says all */
static void generator_complain(const char *what, int err, const char *why)
{
	const char *parts[] = {what, ": ", strerror(-err), *why ? ": " : "", why, "\n"};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			return;
}

static _Noreturn void generator_run(const char **argv, int initrd, int output)
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), err;
	char why[PROGRAM_DEFECT_SIZE];

	if (dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		_exit(CANNOT_EXECUTE);
	err = generator_enter_initramfs(initrd);
	if (err) {
		generator_complain("cannot enter the initramfs", err, "");
		_exit(CANNOT_EXECUTE);
	}
	syscall(SYS_close_range, 3U, ~0U, 0);
	execve(argv[0], (char *const *)argv, (char *const *)env);
	err = -errno;
	if (program_defect(argv[0], why))
		*why = '\0'; /* that is not why execve(2) failed */
	generator_complain("cannot execute it in the initramfs", err, why);
	_exit(CANNOT_EXECUTE);
}

/* --- PID 1 --------------------------------------------------------------------------------- */

static void generator_close_output(struct generator *g)
{
	if (g->output.fd < 0)
		return;
	loop_remove(g->loop, &g->output);
	close(g->output.fd);
	g->output.fd = -1;
}

static void generator_output_ready(struct loop_source *source)
{
	struct generator *g = container_of(source, struct generator, output);

	if (!tail_read(&g->tail, g->output.fd))
		generator_close_output(g);
}

int generator_start(struct generator *g, const char **argv, int initrd, int root, int loop,
		    struct fault *fault)
{
	int ends[2], err;

	err = tree_mkdir(root, MOUNT_POINT);
	if (!err && pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		err = -errno;
	if (err)
		return fault_set(fault, err, "cannot prepare the CDI generator: %m");
	g->output = (struct loop_source){ends[0], generator_output_ready};
	g->loop = loop;
	g->program = argv[0];
	g->pid = child_fork("coldinit-cdi", CHILD_PROGRAM);
	if (g->pid == 0)
		generator_run(argv, initrd, ends[1]);
	err = g->pid < 0 ? g->pid : loop_add(loop, &g->output);
	close(ends[1]);
	g->running = g->pid > 0;
	if (err)
		return fault_set(fault, err, "cannot start the CDI generator %s: %m", argv[0]);
	return 0;
}

bool generator_child(struct generator *g, pid_t pid, int status)
{
	if (!g->running || pid != g->pid)
		return false;
	g->running = false;
	g->status = status;
	/* Read what it wrote before it ended. Limited: another process may still write. */
	for (int i = 0; i < 64 && g->output.fd >= 0 && tail_read(&g->tail, g->output.fd); i++)
		;
	return true;
}

int generator_check(const struct generator *g, struct fault *fault)
{
	if (!g->pid || g->running || !g->status)
		return 0;
	return fault_set(fault, -ECHILD, "the CDI generator %s has failed with %s: %s", g->program,
			 signame_end(g->status).s,
			 *g->tail.text ? g->tail.text : "it has printed nothing");
}

void generator_stop(struct generator *g)
{
	if (!g->pid)
		return;
	if (g->running)
		kill(-g->pid, SIGKILL);
	generator_close_output(g);
}
