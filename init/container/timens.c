// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "init/container/timens_private.h"
#include "init/lib/clock.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/* The kernel accepts offsets only until the first process is in the namespace. */
static int timens_set(const struct oci_config *config)
{
	char text[128];
	int err = str_printf(text, sizeof(text), "monotonic %lld %u\nboottime %lld %u\n",
			     (long long)config->monotonic.secs, config->monotonic.nanosecs,
			     (long long)config->boottime.secs, config->boottime.nanosecs);

	return err ? err : root_write(AT_FDCWD, text, "/proc/self/timens_offsets");
}

int timens_enter(const struct oci_config *config, struct fault *fault)
{
	int err;

	if (!(config->namespaces & CLONE_NEWTIME))
		return 0;
	if (unshare(CLONE_NEWTIME))
		return fault_perror(
			fault,
			"cannot make a time namespace (CONFIG_TIME_NS of the guest's kernel)");
	err = timens_set(config);
	if (err)
		return fault_strerror(fault, err, "linux.timeOffsets: the kernel refuses them");
	/* unshare(2) is for child processes only. */
	int ns cleanup(fd_close) = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWTIME))
		return fault_perror(fault, "cannot enter the time namespace");
	return 0;
}

uint64_t timens_guest_us(const struct oci_config *config)
{
	uint64_t us = clock_us();

	if (config->namespaces & CLONE_NEWTIME)
		us -= (uint64_t)config->boottime.secs * 1000000 +
		      (config->boottime.nanosecs + 999) / 1000;
	return us;
}
