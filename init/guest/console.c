// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "init/guest/console.h"
#include "init/lib/clock.h"
#include "init/lib/fd.h"
#include "init/lib/log.h"

#define CONSOLE "/dev/console"

#define DRAIN_STEP_MS 10 /* a UART sends a hundred bytes in that time */

/* SYSLOG_ACTION_CONSOLE_OFF of linux/syslog.h, which is not among the kernel's exported headers. */
#define KLOG_CONSOLE_OFF 6

/*
 * @fd: does not block, -1 without a console
 * @saved: its state, if it is a terminal
 * @mid_line: the last byte that was written did not end a line
 */
static struct {
	int fd;
	bool is_terminal, mid_line;
	struct termios saved;
} console = {.fd = -1};

static int console_open_node(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, O_RDWR | O_NOCTTY | flags);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static int console_make_stdio(int *why)
{
	int fd = *why ? *why : console_open_node(CONSOLE, 0), err = 0;

	if (fd < 0) {
		*why = fd;
		fd = console_open_node("/dev/null", 0);
	}
	if (fd < 0)
		return fd;
	for (int std = 0; std <= 2 && !err; std++)
		if (fd != std && dup2(fd, std) < 0)
			err = -errno;
	if (fd > 2)
		close(fd);
	return err;
}

void console_use(int fd)
{
	console.fd = fd;
	console.mid_line = false;
	console.is_terminal = fd >= 0 && !tcgetattr(fd, &console.saved);
}

void console_inherit(void)
{
	struct stat st;
	int fd, flags;

	if (fstat(STDOUT_FILENO, &st) || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 1))
		return;
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	/* If it blocks it is still better than none. */
	if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		pr_dbg("the console blocks: %m");
	console_use(fd);
}

/* Return: 0 or -errno. */
static int console_open_own(void)
{
	int fd = console_open_node(CONSOLE, O_NONBLOCK | O_CLOEXEC);

	/* Below 3 it would be replaced at once. */
	if (fd >= 0 && fd <= 2) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		fd = fd < 0 ? -errno : fd;
	}
	if (fd < 0)
		return fd;
	console_use(fd);
	return 0;
}

int console_open(int *why)
{
	*why = console.fd < 0 ? console_open_own() : 0;
	return console_make_stdio(why);
}

int console_fd(void)
{
	return console.fd;
}

ssize_t console_write(const char *data, size_t n)
{
	ssize_t done;

	if (console.fd < 0 || !n)
		return (ssize_t)n;
	do
		done = write(console.fd, data, n);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	if (done > 0)
		console.mid_line = data[done - 1] != '\n';
	return done;
}

static int console_write_all(const char *text, unsigned timeout_ms)
{
	struct pollfd p = {.fd = console.fd, .events = POLLOUT};
	size_t n = strlen(text);
	ssize_t done;

	while (n) {
		done = console_write(text, n);
		if (done == -EAGAIN) {
			int ready = poll(&p, 1, (int)timeout_ms);

			if (ready == 0)
				return -ETIMEDOUT;
			if (ready < 0 && errno != EINTR)
				return -errno;
			continue;
		}
		if (done < 0)
			return (int)done;
		text += done;
		n -= (size_t)done;
	}
	return 0;
}

int console_line(const char *text, unsigned timeout_ms)
{
	int err = console.mid_line ? console_write_all("\n", timeout_ms) : 0;

	return err ? err : console_write_all(text, timeout_ms);
}

#ifdef CONFIG_TERMINAL

void console_take_keys(void)
{
	struct termios raw = console.saved;

	cfmakeraw(&raw);
	raw.c_oflag = console.saved.c_oflag;
	if (console.is_terminal && tcsetattr(console.fd, TCSANOW, &raw))
		pr_warn("cannot make the console raw: %m");
}

#endif

/* Set the saved state, and let the output go on. Return: 0 or -errno; each of them is tried. */
static int console_start(void)
{
	struct termios running = console.saved;
	int err;

	/* Without IXON the terminal forgets a Ctrl-S; TCOON ends only what TCOOFF has begun. */
	running.c_iflag &= ~(tcflag_t)IXON;
	err = tcsetattr(console.fd, TCSANOW, &running) ? -errno : 0;
	if (tcsetattr(console.fd, TCSANOW, &console.saved))
		err = -errno;
	if (tcflow(console.fd, TCOON))
		err = -errno;
	return err;
}

void console_restore(void)
{
	int discipline = N_TTY, now, err;

	if (klogctl(KLOG_CONSOLE_OFF, NULL, 0))
		pr_warn("the kernel still writes to the console: %m");
	if (!console.is_terminal)
		return;
	err = console_start();
	/* TIOCSETD waits until all output is sent, for ever if the other side takes nothing. */
	if (ioctl(console.fd, TIOCGETD, &now) || now != N_TTY) {
		if (ioctl(console.fd, TIOCSETD, &discipline))
			pr_warn("cannot restore the console's line discipline: %m");
		err = console_start();
	}
	if (err)
		pr_warn("cannot restore the console's settings: %s", strerror(-err));
}

/* tcdrain(3) has no deadline. */
void console_drain(unsigned timeout_ms)
{
	uint64_t deadline = clock_us() + timeout_ms * 1000ULL;
	struct timespec step = {.tv_nsec = DRAIN_STEP_MS * 1000000L};
	int left = 0;

	if (!console.is_terminal)
		return;
	while (!ioctl(console.fd, TIOCOUTQ, &left) && left && clock_us() < deadline)
		nanosleep(&step, NULL);
}
