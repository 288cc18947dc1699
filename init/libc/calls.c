// SPDX-License-Identifier: Apache-2.0
/*
 * Each function is its system call and nothing else. musl's functions also work on kernels that are
 * too old for coldinit, look for other threads, and run handlers; coldinit needs none of these.
 *
 * Where a kernel has two calls for one function, it is musl's: the container's seccomp filter can be
 * loaded before the last ones are made, and allow only that.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

pid_t fork(void)
{
#ifdef SYS_fork
	return (pid_t)syscall(SYS_fork);
#else
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0);
#endif
}

int setgroups(size_t n, const gid_t groups[])
{
	return (int)syscall(SYS_setgroups, n, groups);
}

int setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return (int)syscall(SYS_setresgid, real, effective, saved);
}

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return (int)syscall(SYS_setresuid, real, effective, saved);
}

/* The argument behind the last named one; without one, a value that the kernel does not read. */
#define NEXT_ARGUMENT(last)                             \
	({                                              \
		unsigned long argument_;                \
		va_list ap_;                            \
		va_start(ap_, last);                    \
		argument_ = va_arg(ap_, unsigned long); \
		va_end(ap_);                            \
		argument_;                              \
	})

int openat(int dir, const char *path, int flags, ...)
{
	return (int)syscall(SYS_openat, dir, path, flags, (mode_t)NEXT_ARGUMENT(flags));
}

int open(const char *path, int flags, ...)
{
	mode_t mode = (mode_t)NEXT_ARGUMENT(flags);

#ifdef SYS_open
	return (int)syscall(SYS_open, path, flags, mode);
#else
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
#endif
}

int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
#ifdef SYS_stat
	bool whole = dir == AT_FDCWD || *path == '/';

	if (flags == AT_EMPTY_PATH && dir >= 0 && !*path)
		return (int)syscall(SYS_fstat, dir, st);
	if (whole && !(flags & ~AT_SYMLINK_NOFOLLOW))
		return (int)syscall(flags ? SYS_lstat : SYS_stat, path, st);
#endif
	return (int)syscall(SYS_newfstatat, dir, path, st, flags);
}

int fcntl(int fd, int command, ...)
{
	return (int)syscall(SYS_fcntl, fd, command, NEXT_ARGUMENT(command));
}

int ioctl(int fd, int command, ...); /* musl's prototype; that of glibc differs */

int ioctl(int fd, int command, ...)
{
	return (int)syscall(SYS_ioctl, fd, command, NEXT_ARGUMENT(command));
}

int dup3(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

int pipe2(int fds[2], int flags)
{
	return (int)syscall(SYS_pipe2, fds, flags);
}

ssize_t readlinkat(int dir, const char *restrict path, char *restrict buf, size_t size)
{
	return syscall(SYS_readlinkat, dir, path, buf, size);
}

int fchdir(int fd)
{
	return (int)syscall(SYS_fchdir, fd);
}

int fchmod(int fd, mode_t mode)
{
	return (int)syscall(SYS_fchmod, fd, mode);
}

int fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	if (flags) {
		errno = ENOTSUP; /* the kernel's call has no flags */
		return -1;
	}
	return (int)syscall(SYS_fchmodat, dir, path, mode);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	return (int)syscall(SYS_fchown, fd, uid, gid);
}

int utimensat(int dir, const char *path, const struct timespec times[2], int flags)
{
	return (int)syscall(SYS_utimensat, dir, path, times, flags);
}

int prctl(int what, ...)
{
	unsigned long a[4];
	va_list ap;

	va_start(ap, what);
	for (size_t i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	return (int)syscall(SYS_prctl, what, a[0], a[1], a[2], a[3]);
}

#ifndef __s390x__ /* its system call takes the arguments in memory */
void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
}
#endif

/*
 * The kernel's structure. On x86-64 a handler returns to a function of the C library; the other
 * architectures' kernels have one.
 */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

#ifdef __x86_64__
extern void __restore_rt(void) __attribute__((visibility("hidden")));
#define RESTORER_FLAG 0x04000000UL
#define RESTORER      __restore_rt
#else
#define RESTORER_FLAG 0UL
#define RESTORER      NULL
#endif

int sigaction(int sig, const struct sigaction *restrict action, struct sigaction *restrict before)
{
	struct kernel_sigaction new = {0}, old = {0};

	if (action) {
		new = (struct kernel_sigaction){action->sa_handler,
						(unsigned)action->sa_flags | RESTORER_FLAG,
						RESTORER, 0};
		memcpy(&new.mask, &action->sa_mask, sizeof(new.mask));
	}
	if (syscall(SYS_rt_sigaction, sig, action ? &new : NULL, before ? &old : NULL,
		    sizeof(new.mask)))
		return -1;
	if (before) {
		*before = (struct sigaction){.sa_handler = old.handler,
					     .sa_flags = (int)(old.flags & ~RESTORER_FLAG)};
		memcpy(&before->sa_mask, &old.mask, sizeof(old.mask));
	}
	return 0;
}

void (*signal(int sig, void (*handler)(int)))(int)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, before;

	return sigaction(sig, &action, &before) ? SIG_ERR : before.sa_handler;
}

int signalfd(int fd, const sigset_t *set, int flags)
{
	return (int)syscall(SYS_signalfd4, fd, set, _NSIG / 8, flags);
}

int socket(int domain, int type, int protocol)
{
	return (int)syscall(SYS_socket, domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	return (int)syscall(SYS_socketpair, domain, type, protocol, fds);
}

/*
 * The padding of the structure, and of the header in front of control data, must be zero, as it is after
 * an initialisation by members.
 */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return syscall(SYS_recvmsg, fd, message, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return syscall(SYS_sendmsg, fd, message, flags);
}

int epoll_create1(int flags)
{
	return (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	return (int)syscall(SYS_epoll_ctl, epoll, op, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout_ms)
{
	return (int)syscall(SYS_epoll_pwait, epoll, events, max, timeout_ms, NULL, 0);
}
