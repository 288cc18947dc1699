// SPDX-License-Identifier: Apache-2.0
/*
 * An /init that runs before coldinit: remove a PCI function, and start /coldinit.init as PID 1.
 * When that waits for a device, send half of the uevents, add the function again, and send the
 * rest.
 *
 * The kernel passes words with "=" in the environment: "flood_function=0000:01:00.0",
 * "flood_uevents=10000". With real-time priority no other process runs on the one processor, so all
 * these messages are in coldinit's queue when it reads. For that, two guards of the kernel are off:
 * the throttling of such processes, and (since Linux 6.12) the deadline server, which runs the
 * others after 950 ms.
 *
 * The initramfs is emptied, so there are no paths: the file systems are used without mount points.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/mount.h>

#define INIT "/coldinit.init"
#define MARK ": waiting for "

static void die(const char *what)
{
	perror(what);
	abort();
}

static int file_system(const char *type)
{
	int fs = (int)syscall(SYS_fsopen, type, 0), mount;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		die(type);
	mount = (int)syscall(SYS_fsmount, fs, 0, 0);
	if (mount < 0)
		die(type);
	close(fs);
	return mount;
}

static void put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

/* Write a line to the kernel's log, with the time of the verdict's clock. */
static void say(int kmsg, const char *what)
{
	struct timespec now;
	char line[64];
	int n;

	clock_gettime(CLOCK_BOOTTIME, &now);
	n = snprintf(line, sizeof(line), "<4>flood: %s at %lld us\n", what,
		     now.tv_sec * 1000000LL + now.tv_nsec / 1000);
	if (write(kmsg, line, (size_t)n) != n)
		die("kmsg");
}

static void wait_for_mark(int kmsg)
{
	char record[2048];
	ssize_t n;

	do {
		n = read(kmsg, record, sizeof(record) - 1);
		if (n < 0)
			die("kmsg");
		record[n] = '\0';
	} while (!strstr(record, "coldinit: ") || !strstr(record, MARK));
}

static void flood(int sys, int n)
{
	int fd = openat(sys, "devices/virtual/mem/null/uevent", O_WRONLY | O_CLOEXEC);

	for (int i = 0; i < n; i++)
		if (write(fd, "change", 6) != 6)
			die("uevent");
	close(fd);
}

static void run(int sys, int kmsg, int n)
{
	struct sched_param highest = {.sched_priority = 99};

	put(file_system("proc"), "sys/kernel/sched_rt_runtime_us", "-1");
	put(file_system("debugfs"), "sched/fair_server/cpu0/runtime", "0");
	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &highest))
		die("real-time priority");
	wait_for_mark(kmsg);
	say(kmsg, "begins");
	flood(sys, n / 2);
	put(sys, "bus/pci/rescan", "1");
	flood(sys, n - n / 2);
	say(kmsg, "ends");
}

int main(int argc, char **argv)
{
	const char *function = getenv("flood_function"), *n = getenv("flood_uevents");
	int sys = file_system("sysfs"), dev = file_system("devtmpfs"), kmsg;
	char path[64];

	(void)argc;
	kmsg = openat(dev, "kmsg", O_RDWR | O_CLOEXEC);
	if (kmsg < 0 || !function || !n)
		die("flood");
	snprintf(path, sizeof(path), "bus/pci/devices/%s/remove", function);
	put(sys, path, "1");
	if (fork() == 0) {
		run(sys, kmsg, atoi(n));
		_exit(0);
	}
	execv(INIT, argv);
	die(INIT);
}
