// SPDX-License-Identifier: Apache-2.0
/*
 * A program of the guest that does what its arguments say, in their order:
 *
 *	print TEXT	print a line
 *	flood N		print N lines
 *	sleep MS	wait
 *	touch PATH	make a file
 *	mkdir PATH	make a directory, which may exist
 *	need PATH	end with status 4 unless there is such a file
 *	await PATH	wait until there is such a file
 *	look PATH	print whether there is such a file
 *	write PATH=TEXT	write to a file; "+" becomes a blank
 *	copy FROM=TO	copy a file
 *	listen PATH	listen on a Unix socket
 *	bind PATH	make such a socket, and do not listen
 *	fork		go to the background: the first process ends with status 0
 *	show NAME	print a variable
 *	user		print user and group
 *	cgroup		print the cgroup
 *	ignore		ignore SIGTERM
 *	run NAME	run until SIGTERM, then print NAME
 *	exit STATUS	end
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(3);
}

static void do_print(const char *text)
{
	puts(text);
}

static void do_flood(const char *n)
{
	for (long i = atol(n); i > 0 && !stopped; i--)
		printf("line %ld of the flood\n", i);
}

static void do_sleep(const char *ms)
{
	long n = atol(ms);
	struct timespec ts = {.tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static void do_touch(const char *path)
{
	if (close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)))
		fail(path);
}

static void do_mkdir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		fail(path);
}

static void do_need(const char *path)
{
	if (access(path, F_OK)) {
		perror(path);
		exit(4);
	}
}

static void do_await(const char *path)
{
	struct timespec soon = {.tv_nsec = 20000000};

	while (access(path, F_OK))
		nanosleep(&soon, NULL);
}

static void do_look(const char *path)
{
	printf("%s: %s\n", path, access(path, F_OK) ? "gone" : "there");
}

/* Split "NAME=VALUE". Return: VALUE. */
static char *split(char *words)
{
	char *value = strchr(words, '=');

	if (!value)
		fail("=");
	*value = '\0';
	return value + 1;
}

static void put(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n || close(fd))
		fail(path);
}

static void do_write(const char *words)
{
	char *path = strdup(words), *text = split(path);

	for (char *c = text; *c; c++)
		*c = *c == '+' ? ' ' : *c;
	put(path, text, strlen(text));
}

static void do_copy(const char *words)
{
	char *from = strdup(words), *to = split(from), data[65536];
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, data, sizeof(data));

	if (n < 0)
		fail(from);
	put(to, data, (size_t)n);
}

static int make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		fail(path);
	return fd;
}

static void do_bind(const char *path)
{
	make_socket(path);
}

static void do_listen(const char *path)
{
	if (listen(make_socket(path), 1))
		fail(path);
}

static void do_fork(const char *unused)
{
	(void)unused;
	switch (fork()) {
	case -1:
		fail("fork");
	case 0:
		setsid();
		return;
	}
	_exit(0);
}

static void do_show(const char *name)
{
	const char *value = getenv(name);

	printf("%s=%s\n", name, value ? value : "(none)");
}

static void do_user(const char *unused)
{
	(void)unused;
	printf("user %d:%d\n", getuid(), getgid());
}

static void do_cgroup(const char *unused)
{
	char text[256];
	int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	(void)unused;
	if (n < 0)
		fail("/proc/self/cgroup");
	text[n] = '\0';
	printf("cgroup %s", text);
}

static void do_ignore(const char *unused)
{
	(void)unused;
	signal(SIGTERM, SIG_IGN);
}

static void do_run(const char *name)
{
	sigset_t none;

	sigemptyset(&none);
	while (!stopped)
		sigsuspend(&none);
	printf("%s was stopped\n", name);
	fflush(stdout);
	exit(0);
}

static void do_exit(const char *status)
{
	exit(atoi(status));
}

static const struct {
	const char *word;
	int arguments;
	void (*fn)(const char *argument);
} commands[] = {
	{"print", 1, do_print},	  {"sleep", 1, do_sleep},   {"touch", 1, do_touch},
	{"need", 1, do_need},	  {"listen", 1, do_listen}, {"bind", 1, do_bind},
	{"fork", 0, do_fork},	  {"show", 1, do_show},	    {"user", 0, do_user},
	{"look", 1, do_look},	  {"run", 1, do_run},	    {"mkdir", 1, do_mkdir},
	{"write", 1, do_write},	  {"copy", 1, do_copy},	    {"cgroup", 0, do_cgroup},
	{"ignore", 0, do_ignore}, {"exit", 1, do_exit},	    {"await", 1, do_await},
	{"flood", 1, do_flood},
};

int main(int argc, char **argv)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	signal(SIGTERM, stop);
	for (int i = 1; i < argc; i++) {
		size_t n = 0;

		while (n < sizeof(commands) / sizeof(*commands) &&
		       strcmp(commands[n].word, argv[i]) != 0)
			n++;
		if (n == sizeof(commands) / sizeof(*commands) ||
		    i + commands[n].arguments >= argc) {
			fprintf(stderr, "service: %s\n", argv[i]);
			return 2;
		}
		if (!strcmp(argv[i], "run"))
			sigprocmask(SIG_BLOCK, &term, NULL);
		i += commands[n].arguments;
		commands[n].fn(argv[i]);
		fflush(stdout);
	}
	return 0;
}
