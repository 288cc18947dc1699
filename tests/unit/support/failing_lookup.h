/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that fail: what replaces the C library's syscall(2) and readlinkat(2) in the test that
 * includes this. */
#ifndef COLDINIT_TESTS_FAILING_LOOKUP_H
#define COLDINIT_TESTS_FAILING_LOOKUP_H

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/lib/compiler.h"

/* The look-up that fails with EIO, counted down; 0: none. */
static unsigned failing_lookup;

/* Another call that fails each time, and how; 0: none. */
static long failing_call;
static int failing_errno;

/* In place of the C library's: init/lib/root.c calls openat2(2) through it. */
long syscall(long number, ...);
long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	long arg[6];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < ARRAY_SIZE(arg); i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2 && failing_lookup && !--failing_lookup) {
		errno = EIO;
		return -1;
	}
	if (failing_call && number == failing_call) {
		errno = failing_errno;
		return -1;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

/* In place of the C library's: init/lib/fd.c reads links with it. */
ssize_t readlinkat(int dir, const char *restrict path, char *restrict buf, size_t size)
{
	if (failing_lookup && !--failing_lookup) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_readlinkat, dir, path, buf, size);
}

#endif
