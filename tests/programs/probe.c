// SPDX-License-Identifier: Apache-2.0
/*
 * The first static program of the boot tests: it shows the inside of a container.
 *
 *	probe COMMAND [ARGUMENT...] [";" COMMAND [ARGUMENT...]]...
 *
 * Each command prints lines that begin with "probe: COMMAND: ". The exit status is that of the
 * first command that failed, 0 if none did.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "probe_net.h"

#define WAIT_MS	    5000
#define ORPHANS_MAX 64

static void pause_ms(long ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static const char *outcome(int result)
{
	return result < 0 ? strerror(errno) : "ok";
}

/* --- the end ------------------------------------------------------------------------------- */

static int run_exit(const char *name, char **args)
{
	(void)name;
	exit(atoi(args[0]));
}

static int run_kill(const char *name, char **args)
{
	kill(getpid(), atoi(args[0]));
	pause_ms(1000);
	printf("probe: %s: survived\n", name);
	return 1;
}

/* The first process of a PID namespace cannot kill itself, but it can crash. */
static int run_fault(const char *name, char **args)
{
	volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)name, (void)args;
	*page = 1;
	return 1;
}

/* Send SIGTERM to a process and wait for SIGTERM: the guest's PID 1 passes it to the container. */
static int run_term_via(const char *name, char **args)
{
	struct timespec deadline = {.tv_sec = WAIT_MS / 1000};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	printf("probe: %s: kill: %s\n", name, outcome(kill(atoi(args[0]), SIGTERM)));
	if (sigtimedwait(&set, NULL, &deadline) != SIGTERM) {
		printf("probe: %s: no SIGTERM came back\n", name);
		return 1;
	}
	exit(42);
}

static int run_wait_term(const char *name, char **args)
{
	sigset_t set;
	int number;

	(void)args;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	printf("probe: %s: ready\n", name);
	sigwait(&set, &number);
	exit(42);
}

static int run_ignore_term(const char *name, char **args)
{
	(void)args;
	signal(SIGTERM, SIG_IGN);
	printf("probe: %s: ready\n", name);
	while (pause())
		;
	return 0;
}

/* Make orphans, and check that they are reaped. */
static int run_orphans(const char *name, char **args)
{
	int count = atoi(args[0]), left = 0, pipefd[2];
	pid_t pids[ORPHANS_MAX];

	if (count < 1 || count > ORPHANS_MAX || pipe(pipefd))
		return 1;
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (!child) {
			pid_t orphan = fork();

			if (!orphan)
				_exit(7);
			_exit(write(pipefd[1], &orphan, sizeof(orphan)) != sizeof(orphan));
		}
		if (read(pipefd[0], &pids[i], sizeof(pids[i])) != sizeof(pids[i]))
			return 1;
		waitpid(child, NULL, 0);
	}
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		left = 0;
		for (int i = 0; i < count; i++)
			left += !kill(pids[i], 0);
		if (!left)
			break;
		pause_ms(10);
	}
	printf("probe: %s: %d of %d reaped\n", name, count - left, count);
	return left != 0;
}

/* --- identity and place -------------------------------------------------------------------- */

static void print_capabilities(const char *name)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];

	if (!status) {
		printf("probe: %s: /proc/self/status: %s\n", name, strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10))
			printf("probe: %s: %s", name, line);
	fclose(status);
}

static int run_id(const char *name, char **args)
{
	gid_t groups[64];
	int count = getgroups(64, groups);
	mode_t mask = umask(0);

	(void)args;
	umask(mask);
	printf("probe: %s: uid=%u euid=%u gid=%u egid=%u\n", name, getuid(), geteuid(), getgid(),
	       getegid());
	printf("probe: %s: groups=", name);
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	printf("\nprobe: %s: umask=%04o\n", name, mask);
	printf("probe: %s: pid=%d ppid=%d sid=%d\n", name, getpid(), getppid(), getsid(0));
	print_capabilities(name);
	return 0;
}

static int run_limits(const char *name, char **args)
{
	struct rlimit files = {0}, memlock = {0};

	(void)args;
	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_MEMLOCK, &memlock);
	printf("probe: %s: nofile=%llu:%llu memlock=%llu:%llu\n", name,
	       (unsigned long long)files.rlim_cur, (unsigned long long)files.rlim_max,
	       (unsigned long long)memlock.rlim_cur, (unsigned long long)memlock.rlim_max);
	return 0;
}

static int run_env(const char *name, char **args)
{
	(void)args;
	for (char **entry = environ; *entry; entry++)
		printf("probe: %s: %s\n", name, *entry);
	return 0;
}

static int run_cwd(const char *name, char **args)
{
	char path[4096];

	(void)args;
	printf("probe: %s: %s\n", name, getcwd(path, sizeof(path)) ? path : strerror(errno));
	return 0;
}

/* run PROGRAM ARGUMENT: run another program until it ends */
static int run_run(const char *name, char **args)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		execl(args[0], args[0], args[1], (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	printf("probe: %s: %s %s: status %d\n", name, args[0], args[1],
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

/* --- files and devices --------------------------------------------------------------------- */

static int run_cat(const char *name, char **args)
{
	FILE *file = fopen(args[0], "re");
	char line[4096];

	if (!file) {
		printf("probe: %s: %s: %s\n", name, args[0], strerror(errno));
		return 0;
	}
	while (fgets(line, sizeof(line), file))
		printf("probe: %s: %s: %.*s\n", name, args[0], (int)strcspn(line, "\n"), line);
	fclose(file);
	return 0;
}

/* Print only the first line: disks are long. */
static int run_head(const char *name, char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	char line[256] = "";

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		snprintf(line, sizeof(line), "%s", strerror(errno));
	printf("probe: %s: %s: %.*s\n", name, args[0], (int)strcspn(line, "\n"), line);
	if (fd >= 0)
		close(fd);
	return 0;
}

static int run_mounts(const char *name, char **args)
{
	char path[] = "/proc/self/mountinfo", *one[] = {path};

	(void)args;
	return run_cat(name, one);
}

static int run_ls(const char *name, char **args)
{
	struct dirent **entries;
	int count = scandir(args[0], &entries, NULL, alphasort);

	printf("probe: %s: %s:", name, args[0]);
	if (count < 0)
		printf(" error: %s", strerror(errno));
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, ".."))
			printf(" %s", entries[i]->d_name);
		free(entries[i]);
	}
	printf("\n");
	if (count >= 0)
		free(entries);
	return 0;
}

static int run_stat(const char *name, char **args)
{
	char target[4096] = "";
	struct stat st;

	if (lstat(args[0], &st)) {
		printf("probe: %s: %s: %s\n", name, args[0], strerror(errno));
		return 0;
	}
	if (S_ISLNK(st.st_mode) && readlink(args[0], target, sizeof(target) - 1) < 0)
		return 1;
	printf("probe: %s: %s: mode=%06o uid=%u gid=%u rdev=%u:%u%s%s\n", name, args[0], st.st_mode,
	       st.st_uid, st.st_gid, major(st.st_rdev), minor(st.st_rdev), *target ? " -> " : "",
	       target);
	return 0;
}

/* open PATH r|w|rw */
static int run_open(const char *name, char **args)
{
	int flags = !strcmp(args[1], "rw") ? O_RDWR : !strcmp(args[1], "w") ? O_WRONLY : O_RDONLY;
	int fd = open(args[0], flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	printf("probe: %s: %s %s: %s\n", name, args[0], args[1], outcome(fd));
	if (fd >= 0)
		close(fd);
	return 0;
}

/* mknod PATH c|b MAJOR MINOR: make it and try to open it */
static int run_mknod(const char *name, char **args)
{
	mode_t type = *args[1] == 'b' ? S_IFBLK : S_IFCHR;
	dev_t dev = makedev((unsigned)atoi(args[2]), (unsigned)atoi(args[3]));
	char mode[] = "r", open_name[] = "open", *open_args[] = {args[0], mode};
	int made = mknod(args[0], type | 0666, dev);

	printf("probe: %s: %s: %s\n", name, args[0], outcome(made));
	if (!made) {
		run_open(open_name, open_args);
		unlink(args[0]);
	}
	return 0;
}

static int run_create(const char *name, char **args)
{
	int fd = open(args[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	printf("probe: %s: %s: %s\n", name, args[0], outcome(fd));
	if (fd >= 0)
		close(fd);
	return 0;
}

/* Write a file of that many MiB. */
static int run_fill(const char *name, char **args)
{
	static char block[1 << 20];
	int fd = open(args[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int left = atoi(args[1]);

	while (left && write(fd, block, sizeof(block)) == (ssize_t)sizeof(block))
		left--;
	printf("probe: %s: %s: %s\n", name, args[0], left ? strerror(errno) : "done");
	close(fd);
	return 0;
}

/* write PATH TEXT: append a line to a file, which is made if it is missing */
static int run_write(const char *name, char **args)
{
	int fd = open(args[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	printf("probe: %s: %s: %s\n", name, args[0],
	       outcome(fd < 0 ? fd : dprintf(fd, "%s\n", args[1])));
	return close(fd) && fd >= 0;
}

/* The container must not inherit a descriptor of PID 1. */
static int run_fds(const char *name, char **args)
{
	(void)args;
	printf("probe: %s:", name);
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	printf("\n");
	return 0;
}

static void show_root(const char *name, const char *after)
{
	char path[] = "/", *one[] = {path};

	printf("probe: %s: %s\n", name, after);
	run_ls(name, one);
}

/* The known ways out of a container's root with CAP_SYS_ADMIN and CAP_SYS_CHROOT. */
static int run_escape(const char *name, char **args)
{
	int self = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	(void)args;
	if (self < 0)
		return 1;
	if (!mkdir("/tmp/below", 0700) && !chroot("/tmp/below")) {
		for (int i = 0; i < 16; i++)
			if (chdir(".."))
				return 1;
		if (chroot("."))
			return 1;
		show_root(name, "after chroot and chdir(..)");
	}
	printf("probe: %s: umount2(/): %s\n", name, outcome(umount2("/", MNT_DETACH)));
	show_root(name, "after umount2(/)");
	printf("probe: %s: setns(self): %s\n", name, outcome(setns(self, CLONE_NEWNS)));
	show_root(name, "after setns(self)");
	return 0;
}

/* --- the commands -------------------------------------------------------------------------- */

static int run_true(const char *name, char **args)
{
	(void)args;
	printf("probe: %s: running\n", name);
	return 0;
}

static const struct command commands[] = {
	{"true", 0, run_true},
	{"exit", 1, run_exit},
	{"kill", 1, run_kill},
	{"fault", 0, run_fault},
	{"term-via", 1, run_term_via},
	{"wait-term", 0, run_wait_term},
	{"ignore-term", 0, run_ignore_term},
	{"orphans", 1, run_orphans},
	{"id", 0, run_id},
	{"limits", 0, run_limits},
	{"env", 0, run_env},
	{"cwd", 0, run_cwd},
	{"run", 2, run_run},
	{"hostname", 0, run_hostname},
	{"cat", 1, run_cat},
	{"head", 1, run_head},
	{"mounts", 0, run_mounts},
	{"ls", 1, run_ls},
	{"stat", 1, run_stat},
	{"open", 2, run_open},
	{"mknod", 4, run_mknod},
	{"create", 1, run_create},
	{"fill", 2, run_fill},
	{"write", 2, run_write},
	{"fds", 0, run_fds},
	{"escape", 0, run_escape},
	{"links", 0, run_links},
	{"fetch", 3, run_fetch},
};

int main(int argc, char **argv)
{
	return commands_run(commands, sizeof(commands) / sizeof(commands[0]), argc, argv);
}
