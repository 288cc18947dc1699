// SPDX-License-Identifier: Apache-2.0
/*
 * The reserve.
 *
 * Theory of operation
 *
 * A container without a limit could use all of the guest's memory. The kernel kills processes then,
 * but not what they have written: the pages of a tmpfs belong to no process and cannot be swapped
 * out, and when only PID 1 is left to kill, the kernel panics. So the container's cgroup always has
 * a limit: what is available at the launch less a reserve. The memory controller counts each page,
 * also of a tmpfs, for the process that wrote it first, and the kernel's own memory for processes,
 * pipes and files. When the limit is reached, only processes of the container die.
 *
 * The container's root may lie in the initramfs, a tmpfs that by default takes half of the memory.
 * meminfo_resize() lets it take all of the container's share, and no more: this is the limit that
 * remains in a guest without the memory controller.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init/guest/meminfo.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define KIB 1024
#define MIB (1024 * KIB)

static int meminfo_fd = -1;

int meminfo_hold(int root)
{
	if (meminfo_fd < 0)
		meminfo_fd = root_open(root, O_RDONLY, 0, "proc/meminfo");
	return meminfo_fd < 0 ? meminfo_fd : 0;
}

int meminfo_read(char text[MEMINFO_MAX])
{
	ssize_t n = pread(meminfo_fd, text, MEMINFO_MAX - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

/* "MemAvailable:   12345 kB" */
int meminfo_value(const char *text, const char *key, uint64_t *kib)
{
	const char *at = strstr(text, key);

	if (!at)
		return -EPROTO;
	at += strlen(key);
	at += strspn(at, " ");
	return str_number(at, strcspn(at, " "), 10, UINT64_MAX / KIB, kib) ? -EPROTO : 0;
}

int meminfo_share(int root, unsigned reserve_mib, uint64_t *bytes, struct fault *fault)
{
	uint64_t available = 0, reserve = (uint64_t)reserve_mib * MIB;
	char text[MEMINFO_MAX];
	int err = meminfo_hold(root);

	if (!err)
		err = meminfo_read(text);
	if (!err)
		err = meminfo_value(text, "MemAvailable:", &available);
	available *= KIB;
	if (err)
		return fault_strerror(fault, err, "cannot read MemAvailable of /proc/meminfo");
	if (available <= reserve)
		return fault_set(
			fault, -ENOMEM,
			"no memory is left for the container: %llu MiB are available, policy.reserve_mib is %u; give the guest more memory",
			(unsigned long long)available / MIB, reserve_mib);
	*bytes = available - reserve;
	return 0;
}

/* Change one option of a file system, and nothing else (unlike mount(2) with MS_REMOUNT). */
static int meminfo_set_option(const char *target, const char *key, const char *value)
{
	int fs cleanup(fd_close) = (int)syscall(SYS_fspick, AT_FDCWD, target, FSPICK_CLOEXEC);

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0))
		return -errno;
	return 0;
}

int meminfo_resize(const char *target, uint64_t bytes)
{
	char size[24];
	struct statfs fs;
	int err;

	if (statfs(target, &fs))
		return -errno;
	if (fs.f_type != TMPFS_MAGIC)
		return 0;
	bytes += (fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
	err = str_printf(size, sizeof(size), "%llu", (unsigned long long)bytes);
	return err ? err : meminfo_set_option(target, "size", size);
}
