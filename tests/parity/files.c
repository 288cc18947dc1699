// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "probe.h"

/* Every path that crun, runc, podman, containerd or Docker mask or protect, and similar paths. */
static const char *const paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/bus",
	"/proc/fs",
	"/proc/interrupts",
	"/proc/irq",
	"/proc/kcore",
	"/proc/keys",
	"/proc/key-users",
	"/proc/kmsg",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/sys",
	"/proc/sys/kernel/core_pattern",
	"/proc/sys/net/ipv4/ip_forward",
	"/proc/sys/vm/overcommit_memory",
	"/proc/sysrq-trigger",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/mtrr",
	"/proc/config.gz",
	"/proc/kallsyms",
	"/proc/self/mem",
	"/proc/1/environ",
	"/proc/1/root",
	"/sys",
	"/sys/firmware",
	"/sys/fs/selinux",
	"/sys/dev/block",
	"/sys/devices/virtual/powercap",
	"/sys/fs/cgroup",
	"/sys/fs/cgroup/cgroup.procs",
	"/sys/kernel",
	"/sys/kernel/security",
	"/sys/kernel/debug",
	"/sys/power/state",
	"/dev",
	"/dev/pts",
	"/dev/shm",
	"/dev/mqueue",
	"/dev/console",
	"/",
	"/tmp",
	"/run",
	"/etc/passwd",
	"/etc/hosts",
	"/etc/resolv.conf",
	"/etc/hostname",
	"/root",
	"/home/worker",
	"/data",
	"/data/inner",
	"/data/file",
	"/var/data",
	"/run/secrets",
	"/opt/set-uid",
};

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "dir";
	case S_IFCHR:
		return "chr";
	case S_IFBLK:
		return "blk";
	case S_IFLNK:
		return "link";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "file";
	}
}

static const char *try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *how = outcome(fd);

	if (fd >= 0)
		close(fd);
	return how;
}

/* Print "empty", "some" or an error; the number depends on the kernel. */
static const char *try_list(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return outcome(-1);
	for (struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n ? "some" : "empty";
}

static const char *try_create(const char *path)
{
	char name[512];
	int fd;

	snprintf(name, sizeof(name), "%s/parity-probe", path);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return outcome(-1);
	close(fd);
	unlink(name);
	return "ok";
}

/* Is it an empty file: masked by /dev/null? */
static const char *try_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char byte;
	ssize_t n;

	if (fd < 0)
		return outcome(-1);
	n = read(fd, &byte, 1);
	close(fd);
	return n < 0 ? outcome(-1) : n ? "data" : "nothing";
}

static void show_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st)) {
		fact(keyed("path/%s", path), "%s", outcome(-1));
		return;
	}
	if (S_ISDIR(st.st_mode))
		fact(keyed("path/%s", path), "dir mode=%04o uid=%u gid=%u list=%s create=%s",
		     st.st_mode & 07777, st.st_uid, st.st_gid, try_list(path), try_create(path));
	else
		fact(keyed("path/%s", path), "%s mode=%04o uid=%u gid=%u read=%s write=%s",
		     type_name(st.st_mode), st.st_mode & 07777, st.st_uid, st.st_gid,
		     try_read(path), try_open(path, O_WRONLY));
}

static void show_entry(const char *group, const char *path)
{
	char target[512] = "";
	struct stat st;

	if (lstat(path, &st))
		fact(keyed("%s%s", group, path), "%s", outcome(-1));
	else if (S_ISLNK(st.st_mode) && readlink(path, target, sizeof(target) - 1) > 0)
		fact(keyed("%s%s", group, path), "link to %s uid=%u gid=%u", target, st.st_uid,
		     st.st_gid);
	else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		fact(keyed("%s%s", group, path), "%s %u:%u mode=%04o uid=%u gid=%u r=%s w=%s",
		     type_name(st.st_mode), major(st.st_rdev), minor(st.st_rdev),
		     st.st_mode & 07777, st.st_uid, st.st_gid, try_open(path, O_RDONLY),
		     try_open(path, O_WRONLY));
	else
		fact(keyed("%s%s", group, path), "%s mode=%04o uid=%u gid=%u",
		     type_name(st.st_mode), st.st_mode & 07777, st.st_uid, st.st_gid);
}

static int is_directory(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISDIR(st.st_mode);
}

/* The kernel's trees are the same for every process. */
static int is_kernels(const char *path)
{
	return !strcmp(path, "/proc") || !strcmp(path, "/sys") || !strcmp(path, "/dev");
}

static void show_tree(const char *group, const char *top, int depth)
{
	struct dirent **entries;
	int n = scandir(top, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		char path[1024];

		snprintf(path, sizeof(path), "%s/%s", strcmp(top, "/") ? top : "", name);
		if (strcmp(name, ".") && strcmp(name, "..")) {
			show_entry(group, path);
			if (depth > 1 && is_directory(path) && !is_kernels(path))
				show_tree(group, path, depth - 1);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* How many processes /proc shows. */
static void show_processes(void)
{
	DIR *dir = opendir("/proc");
	int n = 0;

	for (struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9';
	if (dir)
		closedir(dir);
	fact("processes", "%s", n == 0 ? "none" : n == 1 ? "1" : "several");
}

void show_files(void)
{
	for (size_t i = 0; i < COUNT(paths); i++)
		show_path(paths[i]);
	show_tree("dev", "/dev", 3);
	show_tree("root", "/", 4);
	show_processes();
}
