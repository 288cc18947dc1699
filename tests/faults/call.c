// SPDX-License-Identifier: Apache-2.0
/* What a system call is about: its object, and the functions that it was called by. */
#include <ctype.h>
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "faults.h"

#define STACK_MAX  16384
#define CALLERS	   12
#define STRING_MAX 200

/* --- the object ---------------------------------------------------------------------------------
 */

/* How the arguments of a call are described, one letter for each. */
static const struct {
	int call;
	const char *arguments; /* f: descriptor, s: string, d: number, -: not at all */
} calls[] = {
	{SYS_open, "sd"},	   {SYS_stat, "s"},
	{SYS_lstat, "s"},	   {SYS_mkdir, "s"},
	{SYS_rmdir, "s"},	   {SYS_unlink, "s"},
	{SYS_chdir, "s"},	   {SYS_chroot, "s"},
	{SYS_execve, "s"},	   {SYS_memfd_create, "s"},
	{SYS_umount2, "sd"},	   {SYS_chmod, "s"},
	{SYS_readlink, "s"},	   {SYS_sethostname, "s"},
	{SYS_setdomainname, "s"},  {SYS_fsopen, "s"},
	{SYS_openat, "fs"},	   {SYS_openat2, "fs"},
	{SYS_mkdirat, "fs"},	   {SYS_unlinkat, "fs"},
	{SYS_newfstatat, "fs"},	   {SYS_readlinkat, "fs"},
	{SYS_fchownat, "fs"},	   {SYS_fchmodat, "fs"},
	{SYS_utimensat, "fs"},	   {SYS_mknodat, "fs"},
	{SYS_faccessat2, "fs"},	   {SYS_open_tree, "fs"},
	{SYS_mount_setattr, "fs"}, {SYS_statx, "fs"},
	{SYS_symlinkat, "sfs"},	   {SYS_mount, "sss-"},
	{SYS_move_mount, "fsfs"},  {SYS_fsconfig, "fdss"},
	{SYS_write, "fs"},	   {SYS_sendto, "f"},
	{SYS_prctl, "ddd"},	   {SYS_rt_sigaction, "d"},
	{SYS_kill, "-d"},	   {SYS_setresuid, "ddd"},
	{SYS_setresgid, "ddd"},	   {SYS_bpf, "d"},
	{SYS_socket, "ddd"},	   {SYS_keyctl, "d"},
	{SYS_prlimit64, "dd"},	   {SYS_rt_sigprocmask, "d"},
	{SYS_unshare, "d"},	   {SYS_reboot, "--d"},
	{SYS_ioctl, "fd"},	   {SYS_finit_module, "f"},
	{SYS_read, "f"},	   {SYS_close, "f"},
	{SYS_fstat, "f"},	   {SYS_getdents64, "f"},
	{SYS_pread64, "f"},	   {SYS_fcntl, "fd"},
	{SYS_fchdir, "f"},	   {SYS_lseek, "f"},
	{SYS_recvfrom, "f"},	   {SYS_recvmsg, "f"},
	{SYS_sendmsg, "f"},	   {SYS_fchmod, "f"},
	{SYS_fchown, "f"},	   {SYS_fsmount, "f"},
	{SYS_epoll_wait, "f"},	   {SYS_epoll_pwait, "f"},
	{SYS_sendfile, "ff"},	   {SYS_dup2, "fd"},
	{SYS_dup3, "fd"},	   {SYS_fstatfs, "f"},
	{SYS_setsockopt, "fdd"},   {SYS_getsockopt, "fdd"},
	{SYS_bind, "f"},	   {SYS_connect, "f"},
	{SYS_epoll_ctl, "fdf"},	   {SYS_setns, "fd"},
	{SYS_syslog, "d"},	   {SYS_personality, "d"},
	{SYS_statfs, "s"},	   {SYS_inotify_add_watch, "fs"},
};

/* Read a string of another process. Other characters than printable ones become "?". */
static void peek_string(pid_t pid, uint64_t at, char *buf, size_t size)
{
	struct iovec to = {buf, size - 1}, from = {(void *)(uintptr_t)at, size - 1};
	/* It reads up to the first page that is not mapped. */
	ssize_t n = at ? process_vm_readv(pid, &to, 1, &from, 1, 0) : -1;

	buf[n > 0 ? n : 0] = '\0';
	for (char *c = buf; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
}

static void descriptor(pid_t pid, int fd, char *buf, size_t size)
{
	char link[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, fd);
	n = readlink(link, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	if (n < 0)
		snprintf(buf, size, "(no descriptor)");
}

static const char *arguments_of(int call)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i].call == call)
			return calls[i].arguments;
	return "";
}

void call_object(pid_t pid, const struct user_regs_struct *r, char *buf, size_t size)
{
	const uint64_t values[] = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9};
	const char *arguments = arguments_of((int)r->orig_rax);
	char text[STRING_MAX];
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; arguments[i] && n < size; i++) {
		if (arguments[i] == '-')
			continue;
		if (arguments[i] == 'f')
			descriptor(pid, (int)values[i], text, sizeof(text));
		else if (arguments[i] == 's')
			peek_string(pid, values[i], text, sizeof(text));
		else
			snprintf(text, sizeof(text), "%lld", (long long)values[i]);
		n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "", text);
	}
}

/* --- the callers --------------------------------------------------------------------------------
 */

/* The code of the traced program, which is linked to fixed addresses. */
static struct {
	const unsigned char *bytes;
	uint64_t begin, end;
} code;

void call_find_code(const char *program)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	struct stat st;
	unsigned char *file;
	const Elf64_Ehdr *head;
	const Elf64_Phdr *part;

	if (fd < 0 || fstat(fd, &st) || !(file = malloc((size_t)st.st_size)) ||
	    read(fd, file, (size_t)st.st_size) != st.st_size) {
		say("NOTE\tcannot read %s\n", program);
		return;
	}
	close(fd);
	head = (const void *)file;
	part = (const void *)(file + head->e_phoff);
	for (unsigned i = 0; i < head->e_phnum; i++, part++) {
		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		code.bytes = file + part->p_offset;
		code.begin = part->p_vaddr;
		code.end = part->p_vaddr + part->p_filesz;
	}
}

/* Is there a call instruction before @address? Its length is 2, 3, 5, 6 or 7 bytes. */
static bool is_return_address(uint64_t address)
{
	const unsigned char *at;

	if (address < code.begin + 8 || address >= code.end)
		return false;
	at = code.bytes + (address - code.begin);
	return at[-5] == 0xe8 || (at[-2] == 0xff && (at[-1] & 0x38) == 0x10) ||
	       (at[-3] == 0xff && (at[-2] & 0x38) == 0x10) ||
	       (at[-6] == 0xff && (at[-5] & 0x38) == 0x10) ||
	       (at[-7] == 0xff && (at[-6] & 0x38) == 0x10);
}

/*
 * There are no frame pointers. Each word on the stack that could be a return address counts; old
 * ones are among them, but the same ones in each boot.
 */
void call_path(pid_t pid, const struct user_regs_struct *r, char *buf, size_t size)
{
	static uint64_t stack[STACK_MAX / 8];
	struct iovec to = {stack, sizeof(stack)}, from = {(void *)(uintptr_t)r->rsp, sizeof(stack)};
	ssize_t got = process_vm_readv(pid, &to, 1, &from, 1, 0);
	size_t n = (size_t)snprintf(buf, size, "%lx", r->rip), found = 0;

	for (size_t i = 0; got > 0 && i < (size_t)got / 8 && found < CALLERS; i++)
		if (is_return_address(stack[i]) && n < size) {
			n += (size_t)snprintf(buf + n, size - n, ",%llx",
					      (unsigned long long)stack[i]);
			found++;
		}
}
