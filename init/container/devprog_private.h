/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources.devices as an eBPF program (BPF_PROG_TYPE_CGROUP_DEVICE; the kernel's
 * admin-guide/cgroup-v2.rst, "Device controller"). Pure: rules in, instructions out.
 */
#ifndef COLDINIT_CONTAINER_DEVPROG_PRIVATE_H
#define COLDINIT_CONTAINER_DEVPROG_PRIVATE_H

#include <linux/bpf.h>

#include "init/lib/fault.h"
#include "spec/oci.h"

/**
 * DEVPROG_RULES_MAX - the most rules that are accepted: the time that the kernel's verifier takes
 * grows with the square of what a hostile list can hold, and PID 1 waits for it
 */
#define DEVPROG_RULES_MAX 512

/**
 * struct devprog - a program
 * @insn: @n instructions; free(3) them
 */
struct devprog {
	struct bpf_insn *insn;
	size_t n;
};

/**
 * devprog_build() - make the program for a list of rules
 * @rules: @n rules in the order of the config
 *
 * A device may be used for what is asked if for each of read, write and mknod the last rule that
 * speaks of it allows it; what no rule speaks of is denied. The devices that every container has
 * (null, zero, full, random, urandom, tty, console, ptmx, pts, and mknod of any) are allowed
 * whatever the rules say, as other runtimes do.
 *
 * Verifying a program is most of what starting a container costs, so it is kept short: equal
 * verdicts side by side are sorted, covered ones dropped, neighbours merged to ranges, and no
 * program (@out->n is 0) is made if all is allowed.
 *
 * Return: 0 or -errno with @fault set; @out is untouched on failure.
 */
int devprog_build(const struct oci_device_rule *rules, size_t n, struct devprog *out,
		  struct fault *fault) must_check nonnull(3, 4);

#endif
