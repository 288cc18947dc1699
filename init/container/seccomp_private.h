/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp by libseccomp (OCI runtime spec, config-linux.md, "Seccomp"). The container's first
 * process builds the filter while PID 1 loads the device program: if a hostile config makes
 * libseccomp slow or large, PID 1 is not affected.
 */
#ifndef COLDINIT_CONTAINER_SECCOMP_PRIVATE_H
#define COLDINIT_CONTAINER_SECCOMP_PRIVATE_H

#include "init/lib/fault.h"
#include "spec/oci.h"

#ifdef CONFIG_SECCOMP

/**
 * seccomp_build() - make the filter's BPF program
 * @config: has the filter
 * @file: gets the descriptor of a file with the program, which the caller closes, -1 if the config
 *	has no filter
 * @fault: gets the error
 *
 * Like other runtimes, it skips system calls that libseccomp does not know and architectures that
 * this kernel does not run.
 * Return: 0, or -ENOMEM or another error of libseccomp with @fault set.
 */
int seccomp_build(const struct oci_config *config, int *file, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * seccomp_install() - install a filter in this process and its future children
 * @file: descriptor from seccomp_build(); with -1 nothing is done
 * @config: has the flags for seccomp(2)
 * @listener: gets the descriptor that receives notifications, if the process has a filter; NULL:
 *	there is none, and a system call with such a rule fails with ENOSYS
 * @fault: gets the error
 *
 * Needs no_new_privs or CAP_SYS_ADMIN.
 * Return: 0, or the error of seccomp(2) or of reading the file with @fault set.
 */
int seccomp_install(int file, const struct oci_config *config, int *listener,
		    struct fault *fault) must_check nonnull(2, 4);

/**
 * seccomp_name() - the name of a system call
 * @arch: the architecture (AUDIT_ARCH_*)
 * @number: of the call in this architecture
 *
 * Return: a malloc()ed text, or NULL if libseccomp does not know it.
 */
char *seccomp_name(uint32_t arch, int number) must_check;

#else

static inline char *seccomp_name(uint32_t arch, int number)
{
	(void)arch, (void)number;
	return NULL;
}

static inline int seccomp_build(const struct oci_config *config, int *file, struct fault *fault)
{
	(void)config, (void)fault;
	*file = -1;
	return 0;
}

static inline int seccomp_install(int file, const struct oci_config *config, int *listener,
				  struct fault *fault)
{
	(void)file, (void)config, (void)listener, (void)fault;
	return 0;
}

#endif

#endif
