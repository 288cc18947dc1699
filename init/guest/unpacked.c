// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel boots on with what it has unpacked if an archive of the initramfs is damaged, is cut,
 * or does not fit into the memory: only its log says so (init/initramfs.c, do_populate_rootfs()). A
 * container would then run on a part of its files.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init/guest/archives.h"
#include "init/guest/unpacked.h"
#include "init/lib/fd.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* The kernel's next message about the initramfs, after a failure, too. */
#define UNPACKED_DONE "Freeing initrd memory: "

/* A part of the log. Records have 2 KiB at most (PRINTK_MESSAGE_MAX). */
struct unpacked_log {
	char text[4096];
	size_t used;
};

static const struct {
	const char *begin, *end;
} unpacked_messages[] = {
	{"Initramfs unpacking failed: ", "\n"},
	/* a kernel with RAM disks (CONFIG_BLK_DEV_RAM=y) */
	{"rootfs image is not initramfs (", ")\n"},
};

/* What is behind "<6>[    0.123456][    T1] " in a line. */
static const char *unpacked_message(const char *line)
{
	while (*line == '<' || *line == '[') {
		char end = *line == '<' ? '>' : ']';

		while (*line && *line != '\n' && *line != end)
			line++;
		line += *line == end;
	}
	return line + (*line == ' ');
}

static const char *unpacked_reason(const char *message, int *len)
{
	for (size_t i = 0; i < ARRAY_SIZE(unpacked_messages); i++) {
		const char *begin = unpacked_messages[i].begin;

		if (*message != *begin || !str_starts(message, begin))
			continue;
		message += strlen(begin);
		*len = (int)strcspn(message, unpacked_messages[i].end);
		return message;
	}
	return NULL;
}

const char *unpacked_failure(const char *log, int *len, bool *done)
{
	const char *why = NULL, *end;

	*done = false;
	for (const char *line = log; *line && !why && !*done; line = *end ? end + 1 : end) {
		const char *message = unpacked_message(line);

		end = strchrnul(message, '\n');
		why = unpacked_reason(message, len);
		*done = *message == *UNPACKED_DONE && str_starts(message, UNPACKED_DONE);
	}
	return why;
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

/*
 * Read the log until the initramfs is unpacked.
 * Return: 1 with a reason for which it is not whole, 0 without one, or -errno.
 */
static int unpacked_read(int fd, struct unpacked_log *log, const char **why, int *len)
{
	bool done = false;
	ssize_t n;

	while (!done) {
		char *rest;

		n = read(fd, log->text + log->used, sizeof(log->text) - 1 - log->used);
		if (n <= 0)
			return n < 0 && errno != EAGAIN ? -errno : 0;
		log->used += (size_t)n;
		/* The last line may be a part of one. */
		rest = memrchr(log->text, '\n', log->used);
		rest = rest ? rest : log->text + log->used;
		*rest = '\0';
		*why = unpacked_failure(log->text, len, &done);
		if (*why)
			return 1;
		log->used = (size_t)(log->text + log->used - rest);
		log->used -= log->used > 0;
		memmove(log->text, rest + 1, log->used);
	}
	return 0;
}

/*
 * The kernel formats each record when it is read: once in /proc/kmsg, twice by syslog(2). This takes
 * longer than the rest of this phase, so the log is read only if the archives' lengths say nothing.
 */
int unpacked_check(int root, int initrd, struct fault *fault)
{
	struct unpacked_log log = {.used = 0};
	const char *why;
	int err, len;

	if (archives_are_whole(root, initrd)) {
		pr_dbg("the initramfs is whole: the lengths of its archives add up");
		return 0;
	}
	int fd cleanup(fd_close) = root_open(root, O_RDONLY | O_NONBLOCK, 0, "proc/kmsg");
	if (fd == -ENOENT)
		return 0; /* a kernel without a log */
	err = fd < 0 ? fd : unpacked_read(fd, &log, &why, &len);
	if (err < 0)
		return fault_strerror(fault, err, "cannot read the kernel's log");
	return err ? unpacked_refuse(initrd, why, len, fault) : 0;
}
