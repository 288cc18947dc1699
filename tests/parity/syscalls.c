// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define BAD 0xfffffffffffff000UL
#define CALL(name, ...)             \
	{                           \
#name, SYS_##name,  \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

/* With these arguments each call fails early for every caller, and changes nothing. */
static const struct call {
	const char *name;
	long number;
	unsigned long args[6];
} calls[] = {
	CALL(acct, BAD),
	CALL(add_key, BAD, BAD, 0, 0, -1),
	CALL(adjtimex, BAD),
	CALL(bpf, 9999, 0, 0),
	CALL(chroot, BAD),
	CALL(clock_adjtime, 0, BAD),
	CALL(clock_settime, 0, BAD),
	CALL(clone3, BAD, 1),
	CALL(delete_module, BAD, 0),
	CALL(fanotify_init, -1, 0),
	CALL(finit_module, -1, BAD, 0),
	CALL(fsopen, BAD, 0),
	CALL(fsmount, -1, 0, 0),
	CALL(fspick, -1, BAD, 0),
	CALL(get_mempolicy, 0, 0, 0, 0, 99),
	CALL(init_module, BAD, 0, BAD),
	CALL(io_uring_setup, 0, BAD),
	CALL(ioperm, 0x80, -1, 1),
	CALL(iopl, 9),
	CALL(kcmp, 0, 0, 99, 0, 0),
	CALL(kexec_load, 0, 999, BAD, -1),
	CALL(keyctl, 9999),
	CALL(landlock_create_ruleset, BAD, 1, 9),
	CALL(lookup_dcookie, 0, BAD, 0),
	CALL(mbind, BAD, 4096, 99, 0, 0, -1),
	CALL(memfd_create, BAD, 0),
	CALL(migrate_pages, -1, 0, 0, 0),
	CALL(mknodat, -1, BAD, 0, 0),
	CALL(mount, BAD, BAD, BAD, 0, 0),
	CALL(mount_setattr, -1, BAD, 0, BAD, 0),
	CALL(move_mount, -1, BAD, -1, BAD, 0),
	CALL(move_pages, -1, 1, BAD, BAD, BAD, 0),
	CALL(name_to_handle_at, -1, BAD, BAD, BAD, 0),
	CALL(open_by_handle_at, -1, BAD, 0),
	CALL(open_tree, -1, BAD, 0),
	CALL(openat2, -1, BAD, BAD, 0),
	CALL(perf_event_open, BAD, 0, -1, -1, 0),
	CALL(personality, 0x20000),
	CALL(pidfd_getfd, -1, 0, 0),
	CALL(pidfd_open, -1, 0),
	CALL(pivot_root, BAD, BAD),
	CALL(process_madvise, -1, BAD, 1, 0, 0),
	CALL(process_vm_readv, -1, BAD, 1, BAD, 1, 0),
	CALL(ptrace, 9999, 0, 0, 0),
	CALL(quotactl, -1, BAD, 0, 0),
	CALL(reboot, 0, 0, 0, 0),
	CALL(request_key, BAD, BAD, BAD, 0),
	CALL(seccomp, 99, 0, 0),
	CALL(set_mempolicy, 99, 0, 0),
	CALL(setdomainname, BAD, 70),
	CALL(sethostname, BAD, 70),
	CALL(setns, -1, 0),
	CALL(settimeofday, BAD, 0),
	CALL(swapoff, BAD),
	CALL(swapon, BAD, 0),
	CALL(sync_file_range, -1, 0, 0, 0),
	CALL(sysfs, 9),
	CALL(syslog, 99, 0, 0),
	CALL(umount2, BAD, 0x80000000),
	CALL(unshare, 0x80000001),
	CALL(userfaultfd, -1),
	CALL(uselib, BAD),
	CALL(ustat, -1, BAD),
	CALL(vmsplice, -1, BAD, 0, 0),
	{"chmod", SYS_chmod, {BAD, 0}},
	{"getcpu", SYS_getcpu, {0, 0, 0}},
	{"mkdir", SYS_mkdir, {BAD, 0}},
	{"unshare-newuser", SYS_unshare, {CLONE_NEWUSER}},
	{"unshare-newns", SYS_unshare, {CLONE_NEWNS}},
	{"personality-linux32", SYS_personality, {8}},
	{"socket-unix", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
	{"socket-inet", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
	{"socket-raw", SYS_socket, {AF_INET, SOCK_RAW, 1}},
	{"socket-packet", SYS_socket, {AF_PACKET, SOCK_RAW, 0}},
	{"socket-netlink", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
	{"socket-audit", SYS_socket, {AF_NETLINK, SOCK_RAW, 9}},
	{"socket-vsock", SYS_socket, {40, SOCK_STREAM, 0}},
	{"unknown", 4000, {0}},
};

/* Call in a separate process: a filter may end it, and some calls change their caller. */
static void show_call(const struct call *c)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		long ret;

		errno = 0;
		ret = syscall(c->number, c->args[0], c->args[1], c->args[2], c->args[3], c->args[4],
			      c->args[5]);
		_exit(ret < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		fact(keyed("syscall/%s", c->name), "cannot fork");
	} else if (WIFSIGNALED(status)) {
		fact(keyed("syscall/%s", c->name), "signal %d", WTERMSIG(status));
	} else {
		errno = WEXITSTATUS(status);
		fact(keyed("syscall/%s", c->name), "%s", outcome(errno ? -1 : 0));
	}
}

void show_syscalls(void)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		show_call(&calls[i]);
}
