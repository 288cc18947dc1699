// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel boots on with what it has unpacked if an archive of the initramfs is damaged, is cut,
 * or does not fit into the memory: only its log says so (init/initramfs.c, do_populate_rootfs()). A
 * container would then run on a part of its files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>

#include "init/guest/unpacked.h"
#include "init/lib/memory.h"
#include "init/lib/str.h"

/* syslog(2); linux/syslog.h is not among the kernel's exported headers. */
#define KLOG_READ_ALL	 3
#define KLOG_SIZE_BUFFER 10

#define LOG_MAX (1024 * 1024) /* the log has one hundred KB at most when PID 1 begins */

static const struct {
	const char *begin;
	char end;
} unpacked_messages[] = {
	{"Initramfs unpacking failed: ", '\n'},
	/* a kernel with RAM disks (CONFIG_BLK_DEV_RAM=y) */
	{"rootfs image is not initramfs (", ')'},
};

/* "<6>[    0.123456] message": the kernel's command line is in the log, too. */
static bool unpacked_is_message(const char *log, const char *at)
{
	return at == log || at[-1] == '>' || at[-1] == '\n' || (at - log >= 2 && at[-2] == ']');
}

const char *unpacked_failure(const char *log, int *len)
{
	for (size_t i = 0; i < ARRAY_SIZE(unpacked_messages); i++) {
		const char *begin = unpacked_messages[i].begin, *at = strstr(log, begin);

		while (at && !unpacked_is_message(log, at))
			at = strstr(at + 1, begin);
		if (!at)
			continue;
		at += strlen(begin);
		*len = (int)(strchrnul(at, unpacked_messages[i].end) - at);
		return at;
	}
	return NULL;
}

static int unpacked_refuse(int initrd, const char *why, int len, struct fault *fault)
{
	struct sysinfo memory = {0};
	struct statfs fs = {0};

	fault_set(fault, -EIO, "the initramfs was not unpacked whole: %.*s", len, why);
	if (sysinfo(&memory))
		return -EIO;
	fault_add(fault, "; the guest has %llu MiB of memory",
		  (unsigned long long)memory.totalram * memory.mem_unit >> 20);
	/* A ramfs does not count its blocks. */
	if (!fstatfs(initrd, &fs) && fs.f_blocks)
		fault_add(
			fault,
			", the part that was unpacked takes %llu MiB of the %llu that it may take",
			(unsigned long long)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize >> 20,
			(unsigned long long)fs.f_blocks * (uint64_t)fs.f_bsize >> 20);
	fault_add(fault, "; %s",
		  !strncmp(why, "write error", strlen("write error"))
			  ? "give the guest more memory, or put the bundle on a disk or a share"
			  : "an archive of it is cut or damaged, or the memory is too small");
	return -EIO;
}

int unpacked_check(int initrd, struct fault *fault)
{
	char *log cleanup(memory_free) = NULL;
	int size = klogctl(KLOG_SIZE_BUFFER, NULL, 0), n, len;
	const char *why;

	if (size < 0)
		return errno == ENOSYS
			       ? 0
			       : fault_set(fault, -errno, "cannot read the kernel's log: %m");
	size = size < LOG_MAX ? size : LOG_MAX;
	log = malloc((size_t)size + 1);
	if (!log)
		return fault_oom(fault);
	n = klogctl(KLOG_READ_ALL, log, size);
	if (n < 0)
		return fault_set(fault, -errno, "cannot read the kernel's log: %m");
	log[n] = '\0';
	why = unpacked_failure(log, &len);
	return why ? unpacked_refuse(initrd, why, len, fault) : 0;
}
