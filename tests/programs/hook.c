// SPDX-License-Identifier: Apache-2.0
/*
 * A hook that prints its arguments, environment and state.
 *
 *	hook note NAME FILE	append "NAME" and these, in one line, to FILE
 *	hook fail		print an error and fail
 *	hook hang		start a child and do not end
 *	hook stop		send PID 1 a request to stop, and do not end
 *	hook listen PORT	start a process that prints what arrives at a vsock port
 *	hook accept PORT	start a process that accepts a connection at a vsock port and never reads
 *	hook write FILE TEXT	write the text to a file of sysfs
 *	hook decide SOCKET	start a process that answers the notifications of a filter
 *	hook load FILE		give AppArmor the compiled profile in FILE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/vm_sockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* How many of the places are there that only programs of the guest need? */
static int count_places(void)
{
	return !access("/dev/pts/ptmx", F_OK) + !access("/dev/shm/.", W_OK) +
	       !access("/dev/mqueue/.", F_OK) + !access("/tmp/.", W_OK);
}

static int note(const char *name, const char *file)
{
	char state[4096] = "", cwd[256] = "", namespaces[64] = "unknown", text[8192];
	size_t n = fread(state, 1, sizeof(state) - 1, stdin);
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0666), len;
	mode_t mask = umask(0);

	state[n] = '\0';
	if (fd < 0 || !getcwd(cwd, sizeof(cwd)) ||
	    readlink("/proc/self/ns/mnt", namespaces, sizeof(namespaces) - 1) < 0)
		return fprintf(stderr, "%s: %s\n", file, strerror(errno)), 1;
	len = snprintf(
		text, sizeof(text),
		"hook=%s uid=%u cwd=%s umask=%03o fds=%d env=%s sched=%ld places=%d pid=%d %s state=%s\n",
		name, getuid(), cwd, mask, count_fds(), environ[0] ? environ[0] : "",
		syscall(SYS_sched_getscheduler, 0), count_places(), getpid(), namespaces, state);
	printf("noted %s\n", name);
	return write(fd, text, (size_t)len) != len;
}

static int hang(bool stop)
{
	if (stop && kill(1, SIGTERM))
		return 1;
	signal(SIGTERM, SIG_IGN);
	fprintf(stderr, "waiting for a driver\n");
	if (fork() < 0)
		return 1;
	for (;;)
		pause();
}

/*
 * Print to the console, because the hook's output is no longer read. Wait until the sender has
 * closed the connection: while text is unread, its close(2) waits for ours.
 */
static _Noreturn void print_connection(int listener)
{
	char text[8192];
	size_t len = 0;
	ssize_t n;
	int fd = accept(listener, NULL, NULL), console;

	usleep(500000);
	while (len < sizeof(text) && (n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	console = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	dprintf(console, "probe: vsock: %.*s", (int)len, text);
	_exit(0);
}

static _Noreturn void keep_connection(int listener)
{
	accept(listener, NULL, NULL);
	for (;;)
		pause();
}

/* Listen at an address, and start a process that serves. */
static int listen_at(const char *name, const void *address, socklen_t size,
		     void (*serve)(int listener))
{
	int fd = socket(*(const sa_family_t *)address, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, address, size) || listen(fd, 1))
		return fprintf(stderr, "%s: %s\n", name, strerror(errno)), 1;
	if (fork() == 0) {
		setsid();
		for (int i = 0; i < 3; i++)
			close(i);
		serve(fd);
	}
	return 0;
}

static int listen_at_port(const char *port, void (*serve)(int listener))
{
	struct sockaddr_vm a = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY};

	a.svm_port = (unsigned)atoi(port);
	return listen_at(port, &a, sizeof(a), serve);
}

/* Receive the text and the descriptor of the filter. Return: the descriptor. */
static int receive_filter(int listener, char *text, size_t size)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = {.iov_base = text, .iov_len = size};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	int fd = accept(listener, NULL, NULL), filter = -1;

	if (recvmsg(fd, &message, 0) > 0 && message.msg_controllen >= CMSG_LEN(sizeof(int)))
		memcpy(&filter, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(filter));
	return filter;
}

static _Noreturn void answer_notifications(int listener)
{
	char text[4096] = "", line[sizeof(text) + 32];
	int filter = receive_filter(listener, text, sizeof(text) - 1);
	int console = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	int len = snprintf(line, sizeof(line), "probe: decide: %s\n", text);

	/* In one call, as the container writes at the same time. */
	if (write(console, line, (size_t)len) != len)
		_exit(1);
	for (;;) {
		struct seccomp_notif asked = {0};
		struct seccomp_notif_resp answer = {.error = -EOWNERDEAD};

		if (ioctl(filter, SECCOMP_IOCTL_NOTIF_RECV, &asked))
			_exit(0);
		answer.id = asked.id;
		ioctl(filter, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

static int decide_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	return listen_at(path, &a, sizeof(a), answer_notifications);
}

static int load(const char *file)
{
	char policy[4096];
	int in = open(file, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	if (mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL) && errno != EBUSY)
		return fprintf(stderr, "securityfs: %s\n", strerror(errno)), 1;
	out = open("/sys/kernel/security/apparmor/.load", O_WRONLY | O_CLOEXEC);
	n = read(in, policy, sizeof(policy));
	if (n < 0 || write(out, policy, (size_t)n) != n)
		return fprintf(stderr, "%s: %s\n", file, strerror(errno)), 1;
	return 0;
}

static int write_file(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return fprintf(stderr, "%s: %s\n", file, strerror(errno)), 1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "write"))
		return write_file(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "note"))
		return note(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "load"))
		return load(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "hang"))
		return hang(false);
	if (argc == 2 && !strcmp(argv[1], "stop"))
		return hang(true);
	if (argc == 3 && !strcmp(argv[1], "listen"))
		return listen_at_port(argv[2], print_connection);
	if (argc == 3 && !strcmp(argv[1], "accept"))
		return listen_at_port(argv[2], keep_connection);
	if (argc == 3 && !strcmp(argv[1], "decide"))
		return decide_at(argv[2]);
	fprintf(stderr, "no such\ndriver\n");
	return 3;
}
