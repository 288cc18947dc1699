// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/mount_api.h"
#include "init/container/program.h"
#include "init/lib/child.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/signame.h"
#include "init/lib/str.h"
#include "init/lib/tree.h"
#include "init/services/job.h"
#include "init/services/job_output.h"

/* Where a job's mount namespace has its root. */
#define MOUNT_POINT "run/coldinit/job"

#define CGROUPS "sys/fs/cgroup/.coldinit"

#define CANNOT_EXECUTE 127
#define LAST_READS     64 /* of the output after its end: another process may still write */

/* --- the child ----------------------------------------------------------------------------- */

/* What a job shares with PID 1: directories that its root must have, and those that it may have. */
static const char *const shared[] = {"dev", "proc", "sys", "run", "tmp", "etc/cdi", "var/run/cdi"};
#define SHARED_ALWAYS 4

static int job_share(int guest, int root, const char *dir)
{
	int err = tree_mkdir(root, dir);

	if (err)
		return err;
	int at cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", dir);
	int from cleanup(fd_close) = root_open(guest, O_PATH | O_DIRECTORY, 0, "%s", dir);
	if (at < 0 || from < 0)
		return at < 0 ? at : from;
	int clone cleanup(fd_close) = mount_api_clone(from, "", true);
	return clone < 0 ? clone : mount_api_move(clone, at, "");
}

/* @what: gets the directory that an error is about */
static int job_share_all(int guest, int root, const char **what)
{
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		int err = job_share(guest, root, shared[i]);

		/* An image is read-only: it has the directories that its programs need. */
		if (err && (i < SHARED_ALWAYS || (err != -EROFS && err != -ENOENT))) {
			*what = shared[i];
			return err;
		}
	}
	return 0;
}

/*
 * No path leads to the initramfs, and a descriptor of its mount cannot be used for mounts in
 * another mount namespace. A detached copy of the mount can (open_tree(2), OPEN_TREE_CLONE), so
 * copy it before unshare(2). leave_initramfs() forbids PID 1's mount of the initramfs to execute
 * programs: clear that in the copy, as a job may be started again.
 */
static int job_enter(const struct job *j, const char **what)
{
	struct mount_attr private = {.propagation = 1 << 18 /* MS_PRIVATE */};
	const unsigned long plain = 32 | 4096; /* MS_REMOUNT | MS_BIND */
	int err;

	int tree cleanup(fd_close) = mount_api_clone(j->root, "", false);
	if (tree < 0)
		return tree;
	if (unshare(CLONE_NEWNS))
		return -errno;
	int guest cleanup(fd_close) = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = guest < 0 ? -errno : mount_api_change(guest, "", AT_RECURSIVE, &private);
	if (!err)
		err = mount_api_move(tree, guest, MOUNT_POINT);
	if (!err && !strcmp(j->place, JOB_INITRAMFS) &&
	    syscall(SYS_mount, NULL, "/" MOUNT_POINT, NULL, plain, NULL))
		err = -errno;
	if (!err)
		err = job_share_all(guest, tree, what);
	if (err)
		return err;
	return fchdir(tree) || chroot(".") || chdir("/") ? -errno : 0;
}

/* @why: "" if the errno says all */
static _Noreturn void job_give_up(const char *what, const char *where, int err, const char *why)
{
	const char *parts[] = {what, where, ": ", strerror(-err), *why ? ": " : "", why, "\n"};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			break;
	_exit(CANNOT_EXECUTE);
}

/* The job's variables, and PATH and HOME unless it has its own. */
static void job_environment(const struct job *j, const char *env[JOB_ENV_MAX + 3])
{
	static const char *const standard[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"};
	size_t n = 0;

	for (; j->env && j->env[n] && n < JOB_ENV_MAX; n++)
		env[n] = j->env[n];
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
		size_t length = (size_t)(strchr(standard[i], '=') - standard[i]) + 1, k = 0;

		while (k < n && strncmp(env[k], standard[i], length) != 0)
			k++;
		if (k == n)
			env[n++] = standard[i];
	}
	env[n] = NULL;
}

static int job_become(const struct job *j)
{
	if (!j->uid && !j->gid)
		return 0;
	/* Programs open /dev/stdout. */
	if (fchown(STDOUT_FILENO, j->uid, j->gid) || setgroups(0, NULL) ||
	    setresgid(j->gid, j->gid, j->gid) || setresuid(j->uid, j->uid, j->uid))
		return -errno;
	return 0;
}

static _Noreturn void job_run(const struct job *j, int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), err;
	const char *env[JOB_ENV_MAX + 3], *directory = NULL;
	char why[PROGRAM_DEFECT_SIZE];

	if (dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		_exit(CANNOT_EXECUTE);
	umask(022);
	err = job_enter(j, &directory);
	if (err && directory)
		job_give_up("cannot mount the guest's directory in its root: /", directory, err,
			    "");
	if (err)
		job_give_up("cannot enter ", j->place, err, "");
	err = root_write(j->cgroup, "0", "cgroup.procs");
	if (err)
		job_give_up("cannot enter its cgroup", "", err, "");
	job_environment(j, env);
	err = job_become(j);
	if (err)
		job_give_up("cannot become its user", "", err, "");
	syscall(SYS_close_range, 3U, ~0U, 0);
	execve(j->args[0], (char *const *)j->args, (char *const *)env);
	err = -errno;
	if (program_defect(j->args[0], NULL, why))
		*why = '\0'; /* that is not why execve(2) failed */
	job_give_up("cannot execute it in ", j->place, err, why);
}

/* --- PID 1 --------------------------------------------------------------------------------- */

static int job_open_cgroup(struct job *j, int guest, const char *name)
{
	char path[NAME_MAX + sizeof(CGROUPS) + 2];
	int err;

	if (j->cgroup > 0)
		return 0;
	err = str_printf(path, sizeof(path), CGROUPS "/%s", name);
	if (!err)
		err = tree_mkdir(guest, path);
	if (!err)
		j->cgroup = err = root_open(guest, O_PATH | O_DIRECTORY, 0, "%s", path);
	return err < 0 ? err : 0;
}

int job_start(struct job *j, int guest, int loop, const char *cgroup, struct fault *fault)
{
	int ends[2], err;

	err = tree_mkdir(guest, MOUNT_POINT);
	if (!err)
		err = job_open_cgroup(j, guest, cgroup);
	if (!err && pipe2(ends, O_CLOEXEC))
		err = -errno;
	if (err)
		return fault_strerror(fault, err, "cannot prepare %s", j->label);
	job_output_close(j);
	j->tail = (struct tail){0};
	j->seen = j->in_background = false;
	j->status = 0;
	j->pid = child_fork("coldinit-job", CHILD_PROGRAM);
	if (j->pid == 0)
		job_run(j, ends[1]);
	err = job_output_open(j, loop, ends[0]);
	err = j->pid < 0 ? j->pid : err;
	close(ends[1]);
	j->running = j->pid > 0;
	if (!j->running)
		job_output_close(j);
	return err ? fault_strerror(fault, err, "cannot start %s", j->label) : 0;
}

/*
 * Call a function for each process. Without cgroup.procs, and where it is longer than a page, only
 * the first process is known.
 */
static pid_t job_each_process(const struct job *j, void (*fn)(pid_t pid))
{
	char list[4096], *at = list;
	ssize_t n = root_read(j->cgroup, list, sizeof(list), "cgroup.procs");
	pid_t first = 0;
	uint64_t pid;

	if (n < 0) {
		if (fn)
			fn(-j->pid);
		return n == -EMSGSIZE || !j->in_background ? j->pid : 0;
	}
	for (size_t len; *at; at += len + (at[len] == '\n')) {
		len = strcspn(at, "\n");
		if (str_number(at, len, 10, INT32_MAX, &pid) || !pid)
			continue;
		first = first ? first : (pid_t)pid;
		if (fn)
			fn((pid_t)pid);
	}
	return first;
}

pid_t job_process(const struct job *j)
{
	return j->running ? job_each_process(j, NULL) : 0;
}

static void job_send_term(pid_t pid)
{
	(void)kill(pid, SIGTERM);
}

void job_terminate(const struct job *j)
{
	if (j->running)
		job_each_process(j, job_send_term);
}

bool job_child(struct job *j, pid_t pid, int status)
{
	if (!j->running || (pid != j->pid && !j->in_background))
		return false;
	if (!j->in_background)
		j->status = status;
	if (j->forks && !j->status) {
		j->in_background = true;
		if (job_process(j))
			return false;
	}
	j->running = false;
	/* Read what it wrote before it ended. */
	for (int i = 0; i < LAST_READS && j->output.fd >= 0 && job_output_read(j); i++)
		;
	return true;
}

const char *job_said(struct job *j)
{
	struct tail *t = &j->tail;

	while (t->used && t->text[t->used - 1] == ' ')
		t->text[--t->used] = '\0';
	return t->used ? t->text : "it has printed nothing";
}

int job_check(struct job *j, struct fault *fault)
{
	if (!j->pid || j->running || !j->status)
		return 0;
	return fault_set(fault, -ECHILD, "%s has failed with %s: %s", j->label,
			 signame_end(j->status).s, job_said(j));
}

void job_kill(struct job *j)
{
	int err = j->pid > 0 ? root_write(j->cgroup, "1", "cgroup.kill") : -ENOENT;

	/* Linux before 5.14 has no cgroup.kill. */
	if (err && err != -ENOENT)
		pr_warn("cannot kill %s: %s", j->label, strerror(-err));
	/* It may not have entered its cgroup yet. */
	if (j->running && !j->in_background) {
		(void)kill(-j->pid, SIGKILL);
		(void)kill(j->pid, SIGKILL);
	}
	j->running = false;
	job_output_close(j);
}
