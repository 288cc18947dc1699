// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "probe.h"

/* Flags that belong to the descriptor, or mean nothing on 64 bits. */
#define MEANINGLESS (02000000U | 0100000U) /* O_CLOEXEC, O_LARGEFILE */

static void show_descriptor(int fd)
{
	char target[4096];
	struct stat st;
	ssize_t n = readlink(keyed("/proc/self/fd/%d", fd), target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	if (fstat(fd, &st)) {
		fact(keyed("fd/%d", fd), "%s", outcome(-1));
		return;
	}
	fact(keyed("fd/%d", fd), "%s mode=%06o rdev=%u:%u uid=%u gid=%u flags=%#o", target,
	     st.st_mode, major(st.st_rdev), minor(st.st_rdev), st.st_uid, st.st_gid,
	     (unsigned)fcntl(fd, F_GETFL) & ~MEANINGLESS);
}

static void show_terminal(void)
{
	struct winsize size;
	struct termios t;
	int tty;

	for (int fd = 0; fd <= 2; fd++)
		fact(keyed("tty/isatty%d", fd), "%d", isatty(fd));
	if (!ioctl(0, TIOCGWINSZ, &size))
		fact("tty/size", "%ux%u", size.ws_col, size.ws_row);
	if (!tcgetattr(0, &t))
		fact("tty/modes", "%#x %#x %#x %#x", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
	fact("tty/tcgetsid", "%d", tcgetsid(0));
	fact("tty/tcgetpgrp", "%d", tcgetpgrp(0));
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	fact("tty/controlling", "%s", outcome(tty));
	if (tty >= 0)
		close(tty);
}

void show_descriptors(void)
{
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			show_descriptor(fd);
	show_terminal();
}
