// SPDX-License-Identifier: Apache-2.0
/*
 * What a container can do to the guest: the escape tests' program.
 *
 *	intruder COMMAND [ARGUMENT] [";" COMMAND [ARGUMENT]]...
 *
 * Each attempt prints "probe: COMMAND: ATTEMPT: RESULT"; nothing here is judged.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS_MAX 5000

static const char *outcome(long result)
{
	return result < 0 ? strerror(errno) : "ok";
}

static void tell(const char *command, const char *attempt, long result)
{
	printf("probe: %s: %s: %s\n", command, attempt, outcome(result));
}

static void list(const char *command, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	printf("probe: %s: ls %s:", command, path);
	if (!dir)
		printf(" error: %s", strerror(errno));
	while (dir && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			printf(" %s", e->d_name);
	printf("\n");
	if (dir)
		closedir(dir);
}

static void try_open(const char *command, const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	printf("probe: %s: open %s: %s\n", command, path, outcome(fd));
	if (fd >= 0)
		close(fd);
}

/* Every way that a process of another one's may be used: by its number. */
static void victim(const char *name, const char *argument)
{
	int pid = atoi(argument);
	const char *const files[] = {"mem", "maps", "environ", "root",
				     "cwd", "exe",  "fd/0",    "ns/mnt"};
	char path[64];
	int fd;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		try_open(name, path, i ? O_RDONLY : O_RDWR);
	}
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	list(name, path);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	tell(name, "setns", fd < 0 ? fd : setns(fd, CLONE_NEWNS));
	tell(name, "ptrace", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	tell(name, "SIGSTOP", kill(pid, SIGSTOP));
	tell(name, "SIGKILL", kill(pid, SIGKILL));
	list(name, "/");
}

/* The processes of the kernel and of PID 1 that a container without a PID namespace sees. */
static void watchdog(const char *name, const char *argument)
{
	char path[64], comm[32];
	FILE *file;

	(void)argument;
	for (int pid = 2; pid < 5000; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file) && !strncmp(comm, "coldinit-watch", 14)) {
			snprintf(path, sizeof(path), "%d", pid);
			victim(name, path);
		}
		fclose(file);
	}
}

/* As many processes as there may be; they wait to be killed. */
static void forks(const char *name, const char *argument)
{
	int n = 0;
	pid_t pid = 0;

	(void)argument;
	while (n < FORKS_MAX && (pid = fork()) > 0)
		n++;
	if (!pid)
		for (;;)
			pause();
	printf("probe: %s: %d: %s\n", name, n, outcome(pid));
}

/* Ask PID 1 to end the guest, and then do not end. */
static void stubborn(const char *name, const char *argument)
{
	(void)argument;
	signal(SIGTERM, SIG_IGN);
	tell(name, "SIGTERM to 1", kill(1, SIGTERM));
	for (;;)
		pause();
}

/* Everything that leads out of a mount namespace for one with CAP_SYS_ADMIN. */
static void mounts(const char *name, const char *argument)
{
	static const char *const types[] = {"proc", "sysfs", "devtmpfs", "cgroup2", "tmpfs"};

	(void)argument;
	mkdir("/tmp/m", 0700);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		tell(name, types[i], mount(types[i], "/tmp/m", types[i], 0, NULL));
		if (!strcmp(types[i], "devtmpfs")) {
			try_open(name, "/tmp/m/kmsg", O_WRONLY);
			try_open(name, "/tmp/m/mem", O_RDONLY);
			try_open(name, "/tmp/m/vda", O_RDWR);
			tell(name, "mount vda", mount("/tmp/m/vda", "/tmp/m", "ext4", 0, NULL));
		}
		umount2("/tmp/m", MNT_DETACH);
	}
	tell(name, "umount2(/)", umount2("/", MNT_DETACH));
	list(name, "/");
}

static void nodes(const char *name, const char *argument)
{
	static const struct {
		const char *name;
		mode_t type;
		unsigned major, minor;
	} all[] = {
		{"/tmp/mem", S_IFCHR, 1, 1},	{"/tmp/kmsg", S_IFCHR, 1, 11},
		{"/tmp/port", S_IFCHR, 1, 4},	{"/tmp/vda", S_IFBLK, 254, 0},
		{"/tmp/ttyS0", S_IFCHR, 4, 64}, {"/tmp/null", S_IFCHR, 1, 3},
	};
	char path[64];
	struct stat st;

	(void)argument;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		tell(name, all[i].name,
		     mknod(all[i].name, all[i].type | 0600, makedev(all[i].major, all[i].minor)));
		try_open(name, all[i].name, O_RDWR);
	}
	/* the ports that verdicts go to: their numbers stand in sysfs */
	for (int i = 0; i < 8; i++) {
		unsigned major, minor;
		FILE *file;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/vport%dp1/dev", i);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%u:%u", &major, &minor) == 2 &&
		    !mknod("/tmp/vport", S_IFCHR | 0600, makedev(major, minor)) &&
		    !stat("/tmp/vport", &st))
			try_open(name, "/tmp/vport", O_WRONLY);
		fclose(file);
	}
}

static void writes(const char *name, const char *argument)
{
	(void)argument;
	try_open(name, "/proc/sys/kernel/core_pattern", O_WRONLY);
	try_open(name, "/proc/sysrq-trigger", O_WRONLY);
	try_open(name, "/sys/kernel/uevent_helper", O_WRONLY);
	try_open(name, "/sys/fs/cgroup/cgroup.procs", O_WRONLY);
	try_open(name, "/dev/vport1p1", O_WRONLY);
	try_open(name, "/proc/kcore", O_RDONLY);
}

static const struct {
	const char *name;
	void (*run)(const char *name, const char *argument);
} commands[] = {
	{"victim", victim}, {"watchdog", watchdog}, {"forks", forks},	{"stubborn", stubborn},
	{"mounts", mounts}, {"nodes", nodes},	    {"writes", writes},
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++)
			if (!strcmp(argv[i], commands[k].name))
				commands[k].run(argv[i], i + 1 < argc ? argv[i + 1] : "");
	return 0;
}
