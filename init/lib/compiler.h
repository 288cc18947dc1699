/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes that put a function's contract into its prototype. */
#ifndef COLDINIT_LIB_COMPILER_H
#define COLDINIT_LIB_COMPILER_H

#include <stddef.h>

#define must_check	     __attribute__((warn_unused_result))
#define nonnull(...)	     __attribute__((nonnull(__VA_ARGS__)))
#define printf_like(fmt, va) __attribute__((format(printf, fmt, va)))
#define noinline	     __attribute__((noinline))
#define cleanup(fn)	     __attribute__((cleanup(fn)))

/*
 * For a large variable of which most boots use little or nothing. The linker places variables by their
 * alignment, so the small ones come together, and PID 1 and its children write fewer pages.
 */
#define pages_apart _Alignas(4096)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The structure that holds @member at @ptr. */
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
