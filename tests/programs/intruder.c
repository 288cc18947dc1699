// SPDX-License-Identifier: Apache-2.0
/*
 * The escape tests' program: attempts of a container to reach the guest.
 *
 *	intruder [into FILE] COMMAND [ARGUMENT] [";" COMMAND [ARGUMENT]]...
 *
 * As a hook, whose output is only logged, it writes to a file.
 * Each attempt prints "probe: COMMAND: ATTEMPT: RESULT"; the tests judge the results.
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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
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

/* Every way to use another process by its number. */
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

/* What one may do to another process of the same user. */
static void harm(const char *name, const char *argument)
{
	/* With a hard limit of the processor time, the kernel kills the first process of the
	 * container's namespace at a tick, and all others with it: that is no harm to PID 1. */
	struct rlimit none = {0, 0}, warn = {0, RLIM_INFINITY};
	struct sched_param idle = {0};
	cpu_set_t cpus;
	int pid = atoi(argument);
	DIR *dir;
	const struct dirent *e;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	(void)prlimit(pid, RLIMIT_NOFILE, &none, NULL);
	(void)prlimit(pid, RLIMIT_AS, &none, NULL);
	(void)prlimit(pid, RLIMIT_FSIZE, &none, NULL);
	(void)prlimit(pid, RLIMIT_CPU, &warn, NULL);
	(void)prlimit(pid, RLIMIT_NPROC, &none, NULL);
	(void)sched_setscheduler(pid, SCHED_IDLE, &idle);
	(void)sched_setaffinity(pid, sizeof(cpus), &cpus);
	(void)setpriority(PRIO_PROCESS, (id_t)pid, 19);
	for (int sig = 1; sig < 65; sig++)
		(void)kill(pid, sig);
	/* And every other process that can be seen. */
	dir = opendir("/proc");
	printf("probe: %s: processes:", name);
	while (dir && (e = readdir(dir)))
		if (atoi(e->d_name) > 0) {
			printf(" %s", e->d_name);
			if (atoi(e->d_name) != getpid())
				(void)kill(atoi(e->d_name), SIGKILL);
		}
	printf("\n");
	if (dir)
		closedir(dir);
}

/* A process that goes on, in another session and cgroup. */
static void linger(const char *name, const char *argument)
{
	if (fork() == 0) {
		setsid();
		signal(SIGHUP, SIG_IGN);
		for (int i = 0;; i++) {
			printf("probe: %s: still here %d\n", name, i);
			usleep(1000);
		}
	}
	usleep(200000);
	exit(atoi(argument));
}

static void try_write(const char *name, const char *path, const char *text);

/* Leave the cgroup and its limits, through a mount of cgroups. */
static void cgroups(const char *name, const char *argument)
{
	char path[256];
	const char *const texts[][2] = {
		{"memory.max", "max"},
		{"pids.max", "max"},
		{"../memory.max", "max"},
		{"../pids.max", "max"},
		{"../cgroup.procs", "0"},
		{"../../cgroup.procs", "0"},
		{"cgroup.subtree_control", "-memory"},
		{"../cgroup.subtree_control", "-memory"},
	};
	DIR *dir = opendir(argument);
	const struct dirent *e;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", argument, texts[i][0]);
		try_write(name, path, texts[i][1]);
	}
	printf("probe: %s: ls groups:", name);
	while (dir && (e = readdir(dir)))
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			printf(" %s", e->d_name);
	printf("\n");
	if (dir)
		closedir(dir);
	/* Into a group that it may make. */
	snprintf(path, sizeof(path), "%s/mine", argument);
	tell(name, "mkdir", mkdir(path, 0755));
	snprintf(path, sizeof(path), "%s/mine/cgroup.procs", argument);
	try_write(name, path, "0");
	tell(name, "mknod", mknod("/tmp/node", S_IFCHR | 0600, makedev(1, 11)));
	try_open(name, "/tmp/node", O_RDWR);
}

/* Each open descriptor of a process: its file, and whether it can be duplicated. */
static void take(const char *name, const char *argument)
{
	int pid = atoi(argument), pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	char path[64], target[256], byte;
	struct iovec ours = {&byte, 1}, theirs = {(void *)0x400000, 1};

	for (int fd = 0; fd < 64; fd++) {
		long taken = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		ssize_t n;

		if (taken >= 0 || (errno != EBADF && fd < 8))
			printf("probe: %s: getfd %d: %s\n", name, fd, outcome(taken));
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n > 0)
			printf("probe: %s: fd %d is %.*s\n", name, fd, (int)n, target);
		snprintf(path, sizeof(path), "/proc/%d/fd/%d/tmp", pid, fd);
		if (!access(path, F_OK))
			printf("probe: %s: directory %s\n", name, path);
	}
	tell(name, "read memory", process_vm_readv(pid, &ours, 1, &theirs, 1, 0));
	printf("probe: %s: own:", name);
	for (int fd = 0; fd < 64; fd++)
		if (fd != pidfd && fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	printf("\n");
}

/* Kill every process of that name. Return: how many there were. */
static int kill_all(const char *wanted)
{
	char path[64], comm[32];
	int n = 0;
	FILE *file;

	for (int pid = 2; pid < 1000; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file) && !strncmp(comm, wanted, strlen(wanted)))
			n += !kill(pid, SIGKILL);
		fclose(file);
	}
	return n;
}

/* Kill the watchdog, a child of PID 1, soon after the start. */
static void watchdog(const char *name, const char *argument)
{
	int n = 0;

	(void)argument;
	printf("probe: %s: begin\n", name);
	for (int i = 0; i < 4; i++) {
		usleep(500000);
		n += kill_all("coldinit-watch");
	}
	printf("probe: %s: killed: %d\n", name, n);
}

/* Fork as many processes as possible; they wait until they are killed. */
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

/* Request the guest's end from PID 1, and do not end. */
static void stubborn(const char *name, const char *argument)
{
	(void)argument;
	signal(SIGTERM, SIG_IGN);
	tell(name, "SIGTERM to 1", kill(1, SIGTERM));
	for (;;)
		pause();
}

static void mount_disk(const char *name, const char *node, unsigned long flags)
{
	mkdir("/tmp/disk", 0700);
	printf("probe: %s: mount %s%s: %s\n", name, node, flags ? " ro" : "",
	       outcome(mount(node, "/tmp/disk", "ext4", flags, NULL)));
	umount2("/tmp/disk", MNT_DETACH);
}

/* Mounts with which a process with CAP_SYS_ADMIN may leave its mount namespace. */
static void mounts(const char *name, const char *argument)
{
	static const char *const types[] = {"proc", "sysfs", "devtmpfs", "cgroup2", "tmpfs"};

	(void)argument;
	mkdir("/tmp/m", 0700);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		tell(name, types[i], mount(types[i], "/tmp/m", types[i], 0, NULL));
		if (!strcmp(types[i], "devtmpfs")) {
			try_open(name, "/tmp/m/console", O_WRONLY);
			try_open(name, "/tmp/m/kmsg", O_WRONLY);
			try_open(name, "/tmp/m/mem", O_RDONLY);
			try_open(name, "/tmp/m/vda", O_RDWR);
			try_open(name, "/tmp/m/vdb", O_RDONLY);
			mount_disk(name, "/tmp/m/vda", 0);
			mount_disk(name, "/tmp/m/vda", MS_RDONLY);
			mount_disk(name, "/tmp/m/vdb", MS_RDONLY);
		}
		umount2("/tmp/m", MNT_DETACH);
	}
	tell(name, "umount2(/)", umount2("/", MNT_DETACH));
	list(name, "/");
}

/* Make a node with a number from sysfs: of a disk, or of a port for verdicts. */
static void from_sysfs(const char *name, const char *node, const char *number, mode_t type)
{
	unsigned major, minor;
	FILE *file = fopen(number, "re");

	if (!file)
		return;
	if (fscanf(file, "%u:%u", &major, &minor) == 2) {
		tell(name, node, mknod(node, type | 0600, makedev(major, minor)));
		try_open(name, node, O_RDWR);
	}
	fclose(file);
}

static void nodes(const char *name, const char *argument)
{
	static const struct {
		const char *name;
		unsigned major, minor;
	} all[] = {
		{"/tmp/mem", 1, 1},    {"/tmp/kmsg", 1, 11}, {"/tmp/port", 1, 4},
		{"/tmp/ttyS0", 4, 64}, {"/tmp/null", 1, 3},
	};
	char path[64];

	(void)argument;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		tell(name, all[i].name,
		     mknod(all[i].name, S_IFCHR | 0600, makedev(all[i].major, all[i].minor)));
		try_open(name, all[i].name, O_RDWR);
	}
	from_sysfs(name, "/tmp/vda", "/sys/class/block/vda/dev", S_IFBLK);
	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/vport%dp1/dev", i);
		from_sysfs(name, "/tmp/vport", path, S_IFCHR);
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

static void try_write(const char *name, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	printf("probe: %s: write %s: %s\n", name, path,
	       outcome(fd < 0 ? fd : write(fd, text, strlen(text))));
	if (fd >= 0)
		close(fd);
}

/* Changes of the guest's kernel that a privileged container may make. */
static void privileged(const char *name, const char *argument)
{
	(void)argument;
	try_write(name, "/proc/sys/kernel/core_pattern", "|/tmp/core");
	try_write(name, "/proc/sys/kernel/hostname", "mine");
	try_write(name, "/proc/sys/vm/overcommit_memory", "2");
	try_write(name, "/proc/sys/fs/file-max", "64");
	try_write(name, "/proc/sys/kernel/printk_devkmsg", "off");
	try_write(name, "/proc/sysrq-trigger", "h");
	try_write(name, "/sys/kernel/mm/transparent_hugepage/enabled", "never");
	try_write(name, "/sys/fs/cgroup/cgroup.subtree_control", "+pids");
}

static const struct {
	const char *name;
	void (*run)(const char *name, const char *argument);
} commands[] = {
	{"list", list},
	{"harm", harm},
	{"linger", linger},
	{"cgroups", cgroups},
	{"victim", victim},
	{"take", take},
	{"watchdog", watchdog},
	{"forks", forks},
	{"stubborn", stubborn},
	{"mounts", mounts},
	{"nodes", nodes},
	{"writes", writes},
	{"privileged", privileged},
};

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "into") && !freopen(argv[2], "ae", stdout))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++)
			if (!strcmp(argv[i], commands[k].name))
				commands[k].run(argv[i], i + 1 < argc ? argv[i + 1] : "");
	return 0;
}
