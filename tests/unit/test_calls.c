// SPDX-License-Identifier: Apache-2.0
/* init/libc/calls.c: each function is the system call that the C library's one is. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/lib/compiler.h"
#include "tests/unit/test.h"

pid_t ours_fork(void);
int ours_clock_gettime(clockid_t clock, struct timespec *ts);
int ours_prctl(int what, ...);
time_t ours_time(time_t *out);
int ours_fcntl(int fd, int command, ...);
int ours_ioctl(int fd, int command, ...);
int ours_dup3(int from, int to, int flags);
int ours_pipe2(int fds[2], int flags);
ssize_t ours_readlinkat(int dir, const char *restrict path, char *restrict buf, size_t size);
ssize_t ours_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t ours_sendmsg(int fd, const struct msghdr *message, int flags);
void *ours_mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset);
int ours_sigaction(int sig, const struct sigaction *restrict action,
		   struct sigaction *restrict before);
void (*ours_signal(int sig, void (*handler)(int)))(int);
int ours_signalfd(int fd, const sigset_t *set, int flags);
int ours_openat(int dir, const char *path, int flags, ...);
int ours_setgroups(size_t n, const gid_t groups[]);
int ours_setresgid(gid_t real, gid_t effective, gid_t saved);
int ours_setresuid(uid_t real, uid_t effective, uid_t saved);
int ours_open(const char *path, int flags, ...);
int ours_fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags);
int ours_fchdir(int fd);
int ours_fchmod(int fd, mode_t mode);
int ours_fchmodat(int dir, const char *path, mode_t mode, int flags);
int ours_fchown(int fd, uid_t uid, gid_t gid);
int ours_utimensat(int dir, const char *path, const struct timespec times[2], int flags);
int ours_socket(int domain, int type, int protocol);
int ours_socketpair(int domain, int type, int protocol, int fds[2]);
int ours_epoll_create1(int flags);
int ours_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int ours_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout_ms);

#define fork	      ours_fork
#define clock_gettime ours_clock_gettime
#define time	      ours_time
#define prctl	      ours_prctl
#define fcntl	      ours_fcntl
#define ioctl	      ours_ioctl
#define dup3	      ours_dup3
#define pipe2	      ours_pipe2
#define readlinkat    ours_readlinkat
#define recvmsg	      ours_recvmsg
#define sendmsg	      ours_sendmsg
#define mmap	      ours_mmap
#define signal	      ours_signal
/* Not the structure of the same name. */
#define sigaction(sig, action, before) ours_sigaction(sig, action, before)
#define signalfd		       ours_signalfd
#define openat			       ours_openat
#define setgroups		       ours_setgroups
#define setresgid		       ours_setresgid
#define setresuid		       ours_setresuid
#define open			       ours_open
#define fstatat			       ours_fstatat
#define fchdir			       ours_fchdir
#define fchmod			       ours_fchmod
#define fchmodat		       ours_fchmodat
#define fchown			       ours_fchown
#define utimensat		       ours_utimensat
#define socket			       ours_socket
#define socketpair		       ours_socketpair
#define epoll_create1		       ours_epoll_create1
#define epoll_ctl		       ours_epoll_ctl
#define epoll_wait		       ours_epoll_wait
#include "init/libc/calls.c"
#include "init/libc/clock.c"
#undef fork
#undef fcntl
#undef mmap
#undef clock_gettime
#undef time
#undef fstatat

#ifdef __x86_64__
/* musl's: the handler's return, rt_sigreturn(2). */
__asm__(".text\n.hidden __restore_rt\n.globl __restore_rt\n__restore_rt:\nmov $15, %eax\nsyscall\n");
#endif

/* --- files ---------------------------------------------------------------------------------- */

static void files(void **state)
{
	static const struct timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 1}, {.tv_sec = 2000}};
	struct stat theirs, ours;
	char path[64], file[80];
	int root = temp_root(path), fd, cwd = ours_open(".", O_RDONLY | O_CLOEXEC);

	assert_true(cwd >= 0);
	put_file(root, "f", "x");
	assert_in_range(snprintf(file, sizeof(file), "%s/g", path), 1, sizeof(file) - 1);
	umask(0);
	fd = ours_open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0604);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(ours_openat(root, "g", O_RDWR | O_CREAT | O_EXCL, 0600), -1);
	assert_int_equal(errno, EEXIST);
	close(fd);
	fd = ours_openat(root, "g", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ours_open(file, O_RDONLY | O_DIRECTORY), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(ours_fstatat(root, "g", &ours, 0), 0);
	assert_int_equal(ours.st_mode & 07777, 0604);
	assert_int_equal(ours_fchmodat(root, "g", 0640, 0), 0);
	assert_int_equal(ours_fchmodat(root, "g", 0640, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(ours_utimensat(root, "g", times, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(ours_fchown(fd, (uid_t)-1, (gid_t)-1), 0);
	assert_int_equal(ours_fstatat(root, "g", &ours, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(fstatat(root, "g", &theirs, AT_SYMLINK_NOFOLLOW), 0);
	assert_memory_equal(&ours, &theirs, sizeof(ours));
	assert_int_equal(ours.st_mode & 07777, 0640);
	assert_int_equal(ours.st_mtim.tv_sec, 2000);
	assert_int_equal(ours.st_atim.tv_nsec, 1);
	assert_int_equal(ours_fchmod(fd, 0600), 0);
	assert_int_equal(ours_fstatat(fd, "", &ours, AT_EMPTY_PATH), 0);
	assert_int_equal(ours.st_mode & 07777, 0600);
	assert_int_equal(ours_fchdir(root), 0);
	assert_int_equal(access("g", F_OK), 0);
	assert_int_equal(ours_fchdir(cwd), 0);
	close(fd);
	close(cwd);
	temp_root_remove(path, root);
}

static void descriptors(void **state)
{
	char path[64], text[16] = "";
	int root = temp_root(path), ends[2], fd, waiting = 0;

	assert_int_equal(ours_pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(ours_fcntl(ends[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(ours_fcntl(ends[0], F_SETFL, 0), 0);
	assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
	fd = ours_fcntl(ends[1], F_DUPFD_CLOEXEC, 100);
	assert_in_range(fd, 100, 1000);
	assert_int_equal(ours_dup3(ends[1], fd + 1, O_CLOEXEC), fd + 1);
	assert_int_equal(fcntl(fd + 1, F_GETFD), FD_CLOEXEC);
	assert_int_equal(ours_dup3(fd, fd, 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(write(fd + 1, "x", 1), 1);
	assert_int_equal(ours_ioctl(ends[0], FIONREAD, &waiting), 0);
	assert_int_equal(waiting, 1);
	assert_int_equal(read(ends[0], text, 1), 1);
	put_link(root, "link", "target");
	assert_int_equal(ours_readlinkat(root, "link", text, sizeof(text)), 6);
	assert_memory_equal(text, "target", 6);
	assert_int_equal(ours_readlinkat(root, "no", text, sizeof(text)), -1);
	assert_int_equal(errno, ENOENT);
	close(ends[0]);
	close(ends[1]);
	close(fd);
	close(fd + 1);
	temp_root_remove(path, root);
}

static void memory_is_mapped(void **state)
{
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	char *p = ours_mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 4096);

	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(p[4095], 0);
	p[4095] = 1;
	assert_int_equal(munmap(p, 4096), 0);
	assert_ptr_equal(ours_mmap(NULL, 0, PROT_READ, MAP_PRIVATE, zero, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(zero);
}

/* --- sockets and epoll ---------------------------------------------------------------------- */

static void sockets_are_waited_for(void **state)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = 42}, got;
	int loop = ours_epoll_create1(EPOLL_CLOEXEC), ends[2];
	int alone = ours_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(loop >= 0 && alone >= 0);
	assert_int_equal(ours_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(ours_epoll_ctl(loop, EPOLL_CTL_ADD, ends[0], &ev), 0);
	assert_int_equal(ours_epoll_wait(loop, &got, 1, 0), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(ours_epoll_wait(loop, &got, 1, -1), 1);
	assert_int_equal(got.data.u32, 42);
	assert_int_equal(ours_epoll_ctl(loop, EPOLL_CTL_DEL, ends[0], NULL), 0);
	assert_int_equal(ours_epoll_ctl(loop, EPOLL_CTL_DEL, ends[0], NULL), -1);
	assert_int_equal(errno, ENOENT);
	close(loop);
	close(alone);
	close(ends[0]);
	close(ends[1]);
}

/* A message with the sender's credentials, as uevents have them. */
static void messages_have_credentials(void **state)
{
	static const int on = 1;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char text[8] = "";
	struct iovec iov = {.iov_base = text, .iov_len = sizeof(text)};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	const struct cmsghdr *c;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	assert_int_equal(write(ends[1], "event", 6), 6);
	assert_int_equal(ours_recvmsg(ends[0], &message, 0), 6);
	assert_string_equal(text, "event");
	c = CMSG_FIRSTHDR(&message);
	assert_int_equal(c->cmsg_type, SCM_CREDENTIALS);
	assert_int_equal(((const struct ucred *)CMSG_DATA(c))->pid, getpid());
	close(ends[0]);
	close(ends[1]);
}

static void messages_have_descriptors(void **state)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	char text[8] = "file";
	struct iovec iov = {.iov_base = text, .iov_len = 4};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int ends[2], given, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct stat st, expected;

	assert_int_equal(fstat(null, &expected), 0);
	memcpy(CMSG_DATA(&control.header), &null, sizeof(null));
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(ours_sendmsg(ends[1], &message, MSG_NOSIGNAL), 4);
	memset(&control, 0, sizeof(control));
	memset(text, 0, sizeof(text));
	assert_int_equal(ours_recvmsg(ends[0], &message, MSG_CMSG_CLOEXEC), 4);
	assert_string_equal(text, "file");
	assert_int_equal(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&given, CMSG_DATA(&control.header), sizeof(given));
	assert_int_equal(fstat(given, &st), 0);
	assert_int_equal(st.st_rdev, expected.st_rdev);
	close(given);
	close(null);
	close(ends[0]);
	message.msg_controllen = 0;
	assert_int_equal(ours_sendmsg(ends[1], &message, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(ends[1]);
}

static volatile sig_atomic_t handled;

static void handle(int sig)
{
	handled = sig;
}

static void handlers_are_called_and_return(void **state)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = (int)SA_RESETHAND}, before;

	assert_ptr_equal(ours_signal(SIGUSR1, SIG_IGN), SIG_DFL);
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGHUP);
	assert_int_equal(ours_sigaction(SIGUSR1, &action, &before), 0);
	assert_ptr_equal(before.sa_handler, SIG_IGN);
	assert_int_equal(before.sa_flags, SA_RESTART);
	assert_int_equal(ours_sigaction(SIGUSR1, NULL, &before), 0);
	assert_ptr_equal(before.sa_handler, handle);
	assert_int_equal(sigismember(&before.sa_mask, SIGHUP), 1);
	assert_int_equal(sigismember(&before.sa_mask, SIGINT), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(handled, SIGUSR1);
	assert_ptr_equal(ours_signal(SIGUSR1, SIG_DFL), SIG_DFL); /* it was reset */
	assert_int_equal(ours_sigaction(SIGKILL, &action, NULL), -1);
	assert_int_equal(errno, EINVAL);
}

static void signals_are_read(void **state)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	fd = ours_signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &info, sizeof(info)), -1);
	assert_int_equal(errno, EAGAIN);
	kill(getpid(), SIGUSR2);
	assert_int_equal(read(fd, &info, sizeof(info)), sizeof(info));
	assert_int_equal(info.ssi_signo, SIGUSR2);
	close(fd);
}

static void the_clock_goes_on(void **state)
{
	struct timespec before, between, after;
	time_t seconds, written = 0;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &before), 0);
	assert_int_equal(ours_clock_gettime(CLOCK_BOOTTIME, &between), 0);
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &after), 0);
	assert_in_range(between.tv_sec, before.tv_sec, after.tv_sec);
	seconds = time(NULL);
	assert_in_range(ours_time(NULL), seconds, seconds + 60);
	assert_in_range(ours_time(&written), seconds, seconds + 60);
	assert_in_range(written, seconds, seconds + 60);
}

static void a_process_has_a_name(void **state)
{
	char name[16] = "";

	assert_int_equal(ours_prctl(PR_SET_NAME, "ours", 0, 0, 0), 0);
	assert_int_equal(ours_prctl(PR_GET_NAME, name, 0, 0, 0), 0);
	assert_string_equal(name, "ours");
}

/* --- processes ------------------------------------------------------------------------------ */

static int become_nobody(void)
{
	gid_t groups[2] = {10, 20}, got[2];
	uid_t r, e, s;

	if (ours_setgroups(2, groups) || getgroups(2, got) != 2 || got[0] != 10 || got[1] != 20)
		return 1;
	if (ours_setresgid(30, 31, 32) || getresgid(&r, &e, &s) || r != 30 || e != 31 || s != 32)
		return 2;
	if (ours_setresuid(40, 41, 42) || getresuid(&r, &e, &s) || r != 40 || e != 41 || s != 42)
		return 3;
	return ours_setresuid(0, 0, 0) == -1 && errno == EPERM ? 0 : 4;
}

/* Only root can become somebody else; for anybody else each call has to fail. */
static int stay_who_one_is(void)
{
	gid_t groups[1] = {10};

	return ours_setgroups(1, groups) == -1 && ours_setresgid(0, 0, 0) == -1 &&
			       ours_setresuid(0, 0, 0) == -1
		       ? 0
		       : 1;
}

static void a_child_becomes_somebody_else(void **state)
{
	int status = -1;
	pid_t pid = ours_fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(geteuid() ? stay_who_one_is() : become_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(memory_is_mapped),
		cmocka_unit_test(messages_have_credentials),
		cmocka_unit_test(messages_have_descriptors),
		cmocka_unit_test(handlers_are_called_and_return),
		cmocka_unit_test(sockets_are_waited_for),
		cmocka_unit_test(signals_are_read),
		cmocka_unit_test(the_clock_goes_on),
		cmocka_unit_test(a_process_has_a_name),
		cmocka_unit_test(a_child_becomes_somebody_else),
	};

	return RUN_TESTS(tests);
}
