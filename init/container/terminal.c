// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "init/container/mount_api.h"
#include "init/container/rootfs_private.h"
#include "init/container/terminal_private.h"
#include "init/lib/root.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#define DEVPTS_SUPER_MAGIC 0x1cd1

/* Open a new master. It must be in a devpts: the image may have a file named ptmx. */
static int terminal_open_master(int root)
{
	struct statfs fs;
	int unlocked = 0;

	int pts cleanup(fd_close) = root_open(root, O_PATH | O_DIRECTORY, 0, "/dev/pts");
	if (pts < 0)
		return pts;
	if (fstatfs(pts, &fs))
		return -errno;
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return -ENODEV;
	int fd cleanup(fd_close) =
		openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TIOCSPTLCK, &unlocked))
		return -errno;
	return fd_take(&fd);
}

/* Bind-mount the terminal on /dev/console, for programs that open the console. */
static int terminal_make_console(int root, int slave)
{
	int copy cleanup(fd_close) = mount_api_clone(slave, "", false);
	if (copy < 0)
		return copy;
	int place cleanup(fd_close) = rootfs_ensure(root, "/dev/console", S_IFREG, 0);
	return place < 0 ? place : mount_api_move(copy, place, "");
}

/* Replace stdin, stdout and stderr, and make it the controlling terminal. */
static int terminal_become_stdio(int slave)
{
	if (ioctl(slave, TIOCSCTTY, 0))
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(slave, fd) < 0)
			return -errno;
	return 0;
}

int terminal_make(int root, const struct oci_process *p, struct fault *fault)
{
	struct winsize size = {.ws_row = p->console_height, .ws_col = p->console_width};
	int err;

	if (!p->terminal)
		return 0;
	int master cleanup(fd_close) = terminal_open_master(root);
	if (master < 0)
		return fault_strerror(fault, master,
				      "process.terminal needs a devpts on /dev/pts (mounts)");
	int slave cleanup(fd_close) = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return fault_perror(fault, "cannot open the terminal");
	if ((size.ws_row || size.ws_col) && ioctl(slave, TIOCSWINSZ, &size))
		return fault_perror(fault, "cannot set process.consoleSize");
	err = terminal_make_console(root, slave);
	if (err)
		return fault_strerror(fault, err, "cannot mount the terminal on /dev/console");
	err = terminal_become_stdio(slave);
	if (err)
		return fault_strerror(fault, err, "cannot switch to the terminal");
	return fd_take(&master);
}

int terminal_take(pid_t pid, int master, int *fd, struct fault *fault)
{
	long taken;

	*fd = -1;
	if (!master)
		return 0;
	int process cleanup(fd_close) = (int)syscall(SYS_pidfd_open, pid, 0);
	taken = process < 0 ? -1 : syscall(SYS_pidfd_getfd, process, master, 0);
	if (taken < 0)
		return fault_perror(fault, "cannot get the container's terminal");
	*fd = (int)taken;
	return 0;
}
