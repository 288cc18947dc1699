// SPDX-License-Identifier: Apache-2.0
/*
 * Write a CDI spec while the guest boots, as a vendor's tool does.
 *
 *	generator write FILE	make /dev/generated and write a spec for it, in two halves, of which
 *				the first one is a good file with another device
 *	generator fail		print an error and fail
 *	generator hang		do not end
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static const char first[] = "---\n"
			    "cdiVersion: 0.5.0\n"
			    "kind: coldinit.test/made\n"
			    "devices:\n"
			    "    - name: \"0\"\n"
			    "      containerEdits:\n"
			    "        env:\n"
			    "            - HALF=1\n";

static const char second[] = "    - name: all\n"
			     "      containerEdits:\n"
			     "        env:\n"
			     "            - GENERATED=yes\n"
			     "        deviceNodes:\n"
			     "            - path: /dev/made\n"
			     "              hostPath: /dev/generated\n"
			     "              major: 234\n"
			     "              fileMode: 438\n"
			     "              permissions: rwm\n";

static void pause_ms(long ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static int append(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644), bad;

	if (fd < 0)
		return -1;
	bad = write(fd, text, strlen(text)) != (ssize_t)strlen(text);
	close(fd);
	return bad ? -1 : 0;
}

/* The program sees the initramfs, and the guest's file systems in it. */
static int look_around(void)
{
	return access("/init", X_OK) || access("/proc/1/stat", R_OK) || access("/sys/class", X_OK);
}

static int write_spec(const char *file)
{
	if (look_around() || append(file, first))
		return 1;
	pause_ms(300);
	if (mknod("/dev/generated", S_IFCHR | 0666, makedev(1, 5)) || append(file, second))
		return 1;
	return 0;
}

int main(int argc, char **argv)
{
	int err = 2;

	if (argc == 3 && !strcmp(argv[1], "write")) {
		err = write_spec(argv[2]);
	} else if (argc == 2 && !strcmp(argv[1], "fail")) {
		puts("looking for devices");
		fflush(stdout);
		fprintf(stderr, "generator: no driver\n");
		return 3;
	} else if (argc == 2 && !strcmp(argv[1], "hang")) {
		for (;;)
			pause();
	}
	if (err)
		perror(argc > 1 ? argv[1] : "generator");
	return err;
}
