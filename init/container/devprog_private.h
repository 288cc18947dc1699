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
 * DEVPROG_RULES_MAX - the largest number of rules that is accepted
 *
 * PID 1 waits for the kernel's verifier, whose time can grow with the square of the number of rules
 * in a hostile list.
 */
#define DEVPROG_RULES_MAX 512

/**
 * struct devprog - a program
 * @insn: @n instructions; free(3) them
 * @n: number of instructions, 0 if no program is needed
 */
struct devprog {
	struct bpf_insn *insn;
	size_t n;
};

/**
 * devprog_build() - make the program for a list of rules
 * @rules: the rules in the order of the config; may be NULL if @n is 0
 * @n: number of rules
 * @out: gets the program, whose instructions the caller frees; untouched on failure
 * @fault: gets the error
 *
 * A request is allowed if each of read, write and mknod that it contains is allowed. The last rule
 * that matches decides; without a match the request is denied. As with other runtimes, the rules
 * cannot deny the devices of every container (null, zero, full, random, urandom, tty, ptmx, pts) or
 * mknod(2) of any device. They cannot allow the guest's console (c 5:1). Without a rule every other
 * device is allowed.
 *
 * The program is kept short (see devprog.c). If it would allow everything, @out->n is 0.
 *
 * Return: 0, or with @fault set -E2BIG above DEVPROG_RULES_MAX, -EINVAL for an unknown type,
 * -ERANGE for a number that no device has, or -ENOMEM.
 */
int devprog_build(const struct oci_device_rule *rules, size_t n, struct devprog *out,
		  struct fault *fault) must_check nonnull(3, 4);

#endif
