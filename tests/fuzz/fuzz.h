/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target needs. A target calls abort() if its parser breaks a promise. */
#ifndef COLDINIT_FUZZ_H
#define COLDINIT_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/**
 * LLVMFuzzerTestOneInput() - the target: run the parser on one input
 * @data: any bytes
 * @size: bytes of @data
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * fuzz_need() - check the result of an allocation
 * @p: the result
 *
 * Return: @p, which is not NULL.
 */
static inline void *fuzz_need(void *p)
{
	if (!p)
		abort();
	return p;
}

/**
 * fuzz_text() - the input up to its first NUL as a string
 * @data: the input
 * @size: bytes of @data
 *
 * Return: a malloc()ed text. It ends with the memory, so that the sanitizer sees a read behind it.
 */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return fuzz_need(strndup((const char *)data, size));
}

#endif
