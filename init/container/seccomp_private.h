/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp by libseccomp. The filter is built by the container's first process, while PID 1
 * loads the device program: what a hostile config makes of libseccomp's time and memory does not
 * concern PID 1.
 */
#ifndef COLDINIT_CONTAINER_SECCOMP_PRIVATE_H
#define COLDINIT_CONTAINER_SECCOMP_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_SECCOMP

/**
 * seccomp_build() - make the BPF program
 *
 * System calls that libseccomp does not know, and architectures that this kernel does not run, are
 * passed over, as other runtimes do.
 *
 * Return: 0 with a file that has the program in @file, which is -1 if the config has no filter, or
 * -errno with @fault set.
 */
int seccomp_build(const struct oci_config *config, int *file, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * seccomp_install() - put a program to work for this process and its children
 * @file: seccomp_build()'s; nothing is done if it is -1
 *
 * Return: 0 or -errno with @fault set.
 */
int seccomp_install(int file, const struct oci_config *config, struct fault *fault) must_check
	nonnull(2, 3);

#else

static inline int seccomp_build(const struct oci_config *config, int *file, struct fault *fault)
{
	(void)config, (void)fault;
	*file = -1;
	return 0;
}

static inline int seccomp_install(int file, const struct oci_config *config, struct fault *fault)
{
	(void)file, (void)config, (void)fault;
	return 0;
}

#endif

#endif
