// SPDX-License-Identifier: Apache-2.0
/*
 * A hook that tells what it was given.
 *
 *	hook note NAME FILE	append "NAME" and what it sees, in one line, to FILE
 *	hook fail		complain and fail
 *	hook hang		with a child, not to end
 *	hook stop		ask PID 1 to stop, and do not end
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
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
	len = snprintf(text, sizeof(text),
		       "hook=%s uid=%u cwd=%s umask=%03o fds=%d env=%s pid=%d %s state=%s\n", name,
		       getuid(), cwd, mask, count_fds(), environ[0] ? environ[0] : "", getpid(),
		       namespaces, state);
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

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "note"))
		return note(argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[1], "hang"))
		return hang(false);
	if (argc == 2 && !strcmp(argv[1], "stop"))
		return hang(true);
	fprintf(stderr, "no such\ndriver\n");
	return 3;
}
