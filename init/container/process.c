// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "container: " fmt
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/caps_private.h"
#include "init/container/environment_private.h"
#include "init/container/process_private.h"
#include "init/container/program.h"
#include "init/container/streams_private.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define DEFAULT_PATH  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEFAULT_UMASK 0022
#define PASSWD_MAX    (1024 * 1024)

int process_keyring(const char *name, struct fault *fault)
{
	/* ENOSYS: a kernel without keyrings has none to share. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) < 0 && errno != ENOSYS)
		return fault_perror(fault, "cannot make a session keyring");
	return 0;
}

int process_oom_score(const struct oci_process *p, struct fault *fault)
{
	char text[16];
	int err;

	if (!p->has_oom_score_adj)
		return 0;
	err = str_printf(text, sizeof(text), "%d", p->oom_score_adj);
	if (!err)
		err = root_write(AT_FDCWD, text, "/proc/self/oom_score_adj");
	if (err)
		return fault_strerror(fault, err, "cannot set process.oomScoreAdj to %s", text);
	return 0;
}

int process_raise_files(int root, const struct oci_process *p, struct fault *fault)
{
	char have[24], want[24];
	uint64_t max;
	ssize_t n;
	int err;

	for (size_t i = 0; i < p->n_rlimits; i++) {
		unsigned long long hard = p->rlimits[i].limit.rlim_max;

		if (p->rlimits[i].resource != RLIMIT_NOFILE)
			continue;
		n = root_read(root, have, sizeof(have), "proc/sys/fs/nr_open");
		if (n < 0 || str_number(have, (size_t)n, 10, UINT64_MAX, &max) || hard <= max)
			continue; /* if it cannot be read, process_limit() has the error */
		err = str_printf(want, sizeof(want), "%llu", hard);
		if (!err)
			err = root_write(root, want, "proc/sys/fs/nr_open");
		if (err)
			return fault_strerror(
				fault, err,
				"process.rlimits: RLIMIT_NOFILE is %llu, fs.nr_open of the guest is %s and cannot be raised to it",
				hard, have);
	}
	return 0;
}

int process_limit(const struct oci_process *p, struct fault *fault)
{
	for (size_t i = 0; i < p->n_rlimits; i++)
		if (prlimit(0, p->rlimits[i].resource, &p->rlimits[i].limit, NULL))
			return fault_perror(
				fault, "cannot set process.rlimits[%zu] (soft %llu, hard %llu)", i,
				(unsigned long long)p->rlimits[i].limit.rlim_cur,
				(unsigned long long)p->rlimits[i].limit.rlim_max);
	return 0;
}

/* The capabilities are kept across the change of the user, and set at the end. */
static int process_set_user(const struct oci_process *p, struct fault *fault)
{
	static const uint64_t none[OCI_CAPSETS];
	const uint64_t *caps = p->has_capabilities ? p->capabilities : none;
	int err = caps_bound(caps[OCI_BOUNDING], fault);

	if (err)
		return err;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ||
	    setgroups(p->n_additional_gids, p->additional_gids) ||
	    setresgid(p->gid, p->gid, p->gid) || setresuid(p->uid, p->uid, p->uid))
		return fault_perror(fault, "cannot become user %u, group %u", p->uid, p->gid);
	return caps_set(caps, fault);
}

/* Refuse a directory that is not below "/": it would lead out of the root. */
static int process_enter_cwd(const char *cwd)
{
	char path[PATH_MAX];

	if (chdir(cwd))
		return -errno;
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return -errno;
	return *path == '/' ? 0 : -ENOENT;
}

int process_become(const struct oci_process *p, struct fault *fault)
{
	/* Some directories can be entered only as root, others only as the user: try both. */
	int cwd = process_enter_cwd(p->cwd), err;
	char why[PROGRAM_DEFECT_SIZE];

	err = streams_give(p->uid, p->terminal, fault);
	if (!err)
		err = process_set_user(p, fault);
	if (err)
		return err;
	/* The change of the user may have made the process dumpable (fs.suid_dumpable). */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fault_perror(fault, "cannot protect the process's memory");
	if (p->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fault_perror(fault, "cannot set no_new_privs");
	umask(p->has_umask ? p->umask & 0777 : DEFAULT_UMASK);
	if (cwd)
		cwd = process_enter_cwd(p->cwd);
	if (!cwd)
		return 0;
	program_directory(p->cwd, cwd, why);
	return fault_set(fault, cwd, "cannot enter process.cwd %s: %s%s%s", p->cwd, strerror(-cwd),
			 *why ? ": " : "", why);
}

const char **process_environment(const struct oci_process *p, int root, struct arena *a)
{
	char *passwd cleanup(memory_free) = NULL;
	char home[PATH_MAX] = "/";

	if (!environment_get(p->env, "HOME")) {
		ssize_t n = root_read_all(root, &passwd, PASSWD_MAX, "etc/passwd");

		if (n < 0 && n != -ENOENT)
			pr_warn("cannot read /etc/passwd, HOME is /: %s", strerror((int)-n));
		if (n >= 0 && environment_home(passwd, p->uid, home, sizeof(home)))
			pr_dbg("user %u is not in /etc/passwd, HOME is /", p->uid);
	}
	return environment_build(a, p->env, home);
}

/* Return: 0, -ENOENT if there is none, -EACCES, or the error that kept it from being found. */
static int process_check_program(const char *file, struct stat *st)
{
	if (stat(file, st))
		return errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG ? -ENOENT
										   : -errno;
	if (!S_ISREG(st->st_mode))
		return -EACCES;
	/* By the effective IDs, as execve(2) checks it. */
	return syscall(SYS_faccessat2, AT_FDCWD, file, X_OK, AT_EACCESS) ? -EACCES : 0;
}

int process_find(const char *name, const char *path, char file[PATH_MAX], struct stat *st)
{
	static pages_apart char candidate[PATH_MAX];
	int result = -ENOENT, err;

	if (!*name)
		return -ENOENT;
	if (strchr(name, '/')) {
		err = process_check_program(name, st);
		if (err && err != -EACCES)
			return err;
		return str_copy(file, PATH_MAX, name) ?: err;
	}
	for (const char *dir = path ? path : DEFAULT_PATH; dir; dir = strchr(dir, ':')) {
		int len;

		dir += *dir == ':';
		len = (int)strcspn(dir, ":");
		/* An empty element is the current directory (execvp(3)). */
		if (str_printf(candidate, sizeof(candidate), "%.*s%s%s", len, dir, len ? "/" : "./",
			       name))
			continue;
		err = process_check_program(candidate, st);
		if (!err)
			return str_copy(file, PATH_MAX, candidate);
		if (err != -ENOENT)
			result = err;
		if (err == -EACCES && str_copy(file, PATH_MAX, candidate))
			result = -ENAMETOOLONG;
	}
	return result;
}

int process_exit_status(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -ENAMETOOLONG ? 127 : 126;
}
