// SPDX-License-Identifier: Apache-2.0
/*
 * The main program: it sets the guest up, reads /cases and prints the results to the virtio-serial
 * port "org.coldinit.rig". README.md describes both.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

#define PORT	    "org.coldinit.rig"
#define PORTS	    "/sys/class/virtio-ports"
#define CONSOLE_MAX (1024 * 1024)

static int results = STDOUT_FILENO;

/* --- helpers ------------------------------------------------------------------------------------
 */

static void put(const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(results, data, size);

		if (n < 0 && errno != EINTR)
			return;
		data += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
}

void say(const char *format, ...)
{
	char text[4096];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t got = 0;
	ssize_t n = 0;

	while (fd >= 0 && got < size - 1 && (n = read(fd, buf + got, size - 1 - got)) > 0)
		got += (size_t)n;
	buf[got] = '\0';
	close(fd);
	return fd < 0 || n < 0 ? -1 : (ssize_t)got;
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n < 0 ? -1 : 0;
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- the console --------------------------------------------------------------------------------
 */

/* What is written to /dev/console goes to a terminal instead (TIOCCONS), and is read here. */
static struct {
	pthread_mutex_t lock;
	char text[CONSOLE_MAX];
	size_t n;
	int terminal;
} console = {.lock = PTHREAD_MUTEX_INITIALIZER, .terminal = -1};

static void *read_console(void *unused)
{
	char part[4096];
	ssize_t n;

	while ((n = read(console.terminal, part, sizeof(part))) > 0 || errno == EINTR) {
		pthread_mutex_lock(&console.lock);
		if (n > 0 && console.n + (size_t)n < sizeof(console.text)) {
			memcpy(console.text + console.n, part, (size_t)n);
			console.n += (size_t)n;
		}
		pthread_mutex_unlock(&console.lock);
	}
	say("NOTE\tthe console: %s\n", strerror(errno));
	return unused;
}

static int take_console(void)
{
	struct termios state;
	pthread_t thread;
	int unlocked = 0, end;

	console.terminal = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (console.terminal < 0 || ioctl(console.terminal, TIOCSPTLCK, &unlocked))
		return -1;
	end = ioctl(console.terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (end < 0 || tcgetattr(end, &state))
		return -1;
	cfmakeraw(&state);
	if (tcsetattr(end, TCSANOW, &state) || ioctl(end, TIOCCONS))
		return -1;
	return pthread_create(&thread, NULL, read_console, NULL) ? -1 : 0;
}

static void print_console(void)
{
	usleep(2000); /* the thread reads the last part */
	pthread_mutex_lock(&console.lock);
	say("CONSOLE\t%zu\n", console.n);
	put(console.text, console.n);
	console.n = 0;
	pthread_mutex_unlock(&console.lock);
	say("\nEND\n");
}

/* --- the guest ----------------------------------------------------------------------------------
 */

/* pivot_root(2) does not work on the kernel's rootfs: continue on a tmpfs. */
static int leave_rootfs(void)
{
	static const char *const names[] = {"stage", "cases"};
	char from[64], to[64];

	if (mkdir("/new", 0755) || mount("tmpfs", "/new", "tmpfs", 0, "size=100%,mode=755"))
		return -1;
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(from, sizeof(from), "/%s", names[i]);
		snprintf(to, sizeof(to), "/new/%s", names[i]);
		if (mkdir(to, 0755) || mount(from, to, NULL, MS_BIND, NULL))
			return -1;
	}
	return chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/");
}

static int make_mounts(void)
{
	static const struct {
		const char *type, *target, *options;
	} table[] = {
		{"proc", "/proc", NULL},
		{"sysfs", "/sys", NULL},
		{"devtmpfs", "/dev", "mode=0755"},
		{"devpts", "/dev/pts", NULL},
		{"cgroup2", "/sys/fs/cgroup", "nsdelegate"},
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		mkdir(table[i].target, 0755);
		if (mount(table[i].type, table[i].target, table[i].type, 0, table[i].options))
			return -1;
	}
	/* coldinit makes these directories in devtmpfs. */
	mkdir("/dev/shm", 0755);
	mkdir("/dev/mqueue", 0755);
	return 0;
}

static int open_port(const char *device)
{
	char path[512], name[64];

	snprintf(path, sizeof(path), PORTS "/%s/name", device);
	read_file(path, name, sizeof(name));
	name[strcspn(name, "\n")] = '\0';
	snprintf(path, sizeof(path), "/dev/%s", device);
	return strcmp(name, PORT) ? -1 : open(path, O_WRONLY | O_CLOEXEC);
}

static int find_port(void)
{
	for (int tries = 0; tries < 250; tries++) {
		DIR *d = opendir(PORTS);
		struct dirent *e;
		int fd = -1;

		while (d && fd < 0 && (e = readdir(d)))
			fd = open_port(e->d_name);
		if (d)
			closedir(d);
		if (fd >= 0)
			return fd;
		usleep(20000);
	}
	return -1;
}

/* --- the cases ----------------------------------------------------------------------------------
 */

static void run_case(const struct fault_case *c, double limit, bool cold)
{
	trace_boot(c, limit);
	print_console();
	guest_restore(cold);
}

/* A line of /cases/list. */
static void run_line(char *line)
{
	static double limit = 60;
	static bool cold;
	struct fault_case c = {0};
	char path[256], text[64];

	if (sscanf(line, "limit %lf", &limit) == 1)
		return;
	if (sscanf(line, "undo %255s %63[^\n]", path, text) == 2) {
		guest_undo(path, text);
	} else if (!strncmp(line, "cold", 4) || !strncmp(line, "warm", 4)) {
		cold = *line == 'c';
		guest_restore(cold);
	} else if (sscanf(line, "trace %d", &c.id) == 1) {
		c.trace = true;
		run_case(&c, limit, cold);
	} else if (sscanf(line, "plain %d", &c.id) == 1) {
		c.call = -1;
		run_case(&c, limit, cold);
	} else if (sscanf(line, "fault %d %23s %d %d %d", &c.id, c.role, &c.call, &c.nth,
			  &c.error) == 5) {
		run_case(&c, limit, cold);
	} else {
		say("NOTE\tno such line: %s", line);
	}
}

static int set_up(void)
{
	int terminal;

	if (leave_rootfs() || make_mounts())
		return -1;
	terminal = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	results = find_port();
	if (results < 0 || take_console())
		return -1;
	guest_note();
	call_find_code("/stage/init");
	return 0;
}

int main(void)
{
	char line[512];
	FILE *list;

	if (set_up()) {
		perror("rig");
		reboot(RB_POWER_OFF);
	}
	list = fopen("/cases/list", "re");
	while (list && fgets(line, sizeof(line), list))
		run_line(line);
	say("DONE\n");
	tcdrain(results);
	sleep(1);
	reboot(RB_POWER_OFF);
	return 1;
}
