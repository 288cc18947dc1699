// SPDX-License-Identifier: Apache-2.0
/*
 * The vendor's programs for the driver in module/, as NVIDIA's packages have them:
 *
 *	vendor modprobe				make the driver's node, which devtmpfs does not
 *	vendor persistenced [SECONDS]		keep the device open, and listen at a socket; end after
 *						that time, as if it had crashed
 *	vendor ctk --driver-root=DIR --output=FILE	write the CDI spec file
 *	vendor need PATH			fail unless there is such a file
 *	vendor hook --link TARGET::LINK		the hook of that file: make a link in the container
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DRIVER "edu-gpu"
#define NODE   "/dev/edu-gpu0"
#define PROC   "/proc/driver/edu-gpu/information"
#define SOCKET "/run/edu-gpu/socket"

static volatile sig_atomic_t stopped;

static _Noreturn __attribute__((format(printf, 1, 2))) void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts("");
	exit(1);
}

static int run_modprobe(void)
{
	FILE *file = fopen("/proc/devices", "r");
	char line[128], name[64];
	unsigned number;
	mode_t mask = umask(0);

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %63s", &number, name) != 2 || strcmp(name, DRIVER) != 0)
			continue;
		if (mknod(NODE, S_IFCHR | 0666, makedev(number, 0)))
			die("cannot make " NODE ": %m");
		umask(mask);
		return 0;
	}
	die("no " DRIVER " in /proc/devices: the driver is not loaded");
}

/* Open the node as soon as the driver has initialised the device. */
static void open_device(void)
{
	struct timespec soon = {.tv_nsec = 20000000};
	int last = 0;

	while (open(NODE, O_RDWR | O_CLOEXEC) < 0) {
		if (errno != last)
			printf("waiting for " NODE ": %m\n");
		last = errno;
		if (last != EAGAIN && last != ENOENT && last != ENODEV)
			exit(1);
		fflush(stdout);
		nanosleep(&soon, NULL);
	}
}

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static int run_persistenced(unsigned seconds)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	struct sigaction on_term = {.sa_handler = stop};
	int fd, client;

	sigaction(SIGTERM, &on_term, NULL);
	open_device();
	mkdir("/run/edu-gpu", 0755);
	unlink(SOCKET);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8))
		die(SOCKET ": %m");
	if (fork())
		_exit(0);
	setsid();
	alarm(seconds);
	printf("persistence mode is on\n");
	fflush(stdout);
	while (!stopped) {
		client = accept(fd, NULL, NULL);
		if (client >= 0)
			close(client);
	}
	printf("persistence mode is off\n");
	return 0;
}

/* As nvidia-ctk writes it: its keys in the order of the alphabet. */
static const char spec[] = "---\n"
			   "cdiVersion: 0.5.0\n"
			   "containerEdits:\n"
			   "  env:\n"
			   "  - EDU_VISIBLE_DEVICES=void\n"
			   "  hooks:\n"
			   "  - args:\n"
			   "    - vendor\n"
			   "    - hook\n"
			   "    - --link\n"
			   "    - libedugpu.so.1::/usr/lib/libedugpu.so\n"
			   "    hookName: createContainer\n"
			   "    path: /usr/bin/edu-cdi-hook\n"
			   "  mounts:\n"
			   "  - containerPath: /usr/lib/libedugpu.so.1\n"
			   "    hostPath: %1$s/lib/libedugpu.so.1\n"
			   "    options:\n"
			   "    - ro\n"
			   "    - nosuid\n"
			   "    - nodev\n"
			   "    - rbind\n"
			   "    - rprivate\n"
			   "  - containerPath: " SOCKET "\n"
			   "    hostPath: " SOCKET "\n"
			   "    options:\n"
			   "    - ro\n"
			   "    - nosuid\n"
			   "    - nodev\n"
			   "    - rbind\n"
			   "    - rprivate\n"
			   "    - noexec\n"
			   "devices:\n"
			   "- containerEdits:\n"
			   "    deviceNodes:\n"
			   "    - path: " NODE "\n"
			   "  name: \"0\"\n"
			   "- containerEdits:\n"
			   "    deviceNodes:\n"
			   "    - path: " NODE "\n"
			   "  name: GPU-%2$s\n"
			   "- containerEdits:\n"
			   "    deviceNodes:\n"
			   "    - path: " NODE "\n"
			   "  name: all\n"
			   "kind: edu.example/gpu\n";

static int run_ctk(const char *root, const char *output)
{
	FILE *file = fopen(PROC, "r");
	char line[128], bus[64] = "", temporary[256];

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "bus_location: %63s", bus);
	if (!*bus)
		die("no device in " PROC ": is the driver bound?");
	mkdir("/run/cdi", 0755);
	snprintf(temporary, sizeof(temporary), "%s.new", output);
	file = fopen(temporary, "w");
	if (!file || fprintf(file, spec, root, bus) < 0 || fclose(file) ||
	    rename(temporary, output))
		die("%s: %m", output);
	printf("Generated CDI spec with version 0.5.0\n");
	return 0;
}

/* createContainer hooks run in the directory that will be the container's root. */
static int run_hook(char *words)
{
	char *link = strstr(words, "::/");

	if (!link)
		die("%s: TARGET::LINK expected", words);
	*link = '\0';
	if (symlink(words, link + 3))
		die("%s: %m", link + 3);
	return 0;
}

int main(int argc, char **argv)
{
	const char *root = "--driver-root=", *output = "--output=";

	if (argc == 2 && !strcmp(argv[1], "modprobe"))
		return run_modprobe();
	if (argc <= 3 && argc >= 2 && !strcmp(argv[1], "persistenced"))
		return run_persistenced(argc == 3 ? (unsigned)atoi(argv[2]) : 0);
	if (argc == 4 && !strcmp(argv[1], "ctk") && !strncmp(argv[2], root, strlen(root)) &&
	    !strncmp(argv[3], output, strlen(output)))
		return run_ctk(argv[2] + strlen(root), argv[3] + strlen(output));
	if (argc == 3 && !strcmp(argv[1], "need"))
		return access(argv[2], F_OK) != 0;
	if (argc == 4 && !strcmp(argv[1], "hook") && !strcmp(argv[2], "--link"))
		return run_hook(argv[3]);
	die("vendor: modprobe, persistenced, ctk or hook expected");
}
