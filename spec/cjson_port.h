/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before cJSON's own source: cJSON without floating point, which takes 25 KB of musl, with
 * a heap for its trees, and without its own strcpy(). json_parse() takes the place of its parser,
 * which the linker leaves out, so no tree holds a cJSON_Number, and none is printed.
 */
#ifndef COLDINIT_SPEC_CJSON_PORT_H
#define COLDINIT_SPEC_CJSON_PORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/json_heap.h"

/* AddressSanitizer, (with gcc, with clang) sees only the C library's blocks. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* Without a realloc(), cJSON copies what it prints. */
#ifndef __SANITIZE_ADDRESS__
#define malloc	json_heap_alloc
#define free	json_heap_free
#define realloc NULL
#endif

#define strcpy(to, from)  memcpy(to, from, strlen(from) + 1)
#define strtod(text, end) (*(end) = (char *)(text), 0.0)

/* cJSON prints only "null" and "u%04x". */
#define sprintf(buf, ...)     snprintf(buf, 6, __VA_ARGS__)
#define sscanf(text, fmt, to) (*(to) = 0, 0)

#endif
