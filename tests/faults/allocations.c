// SPDX-License-Identifier: Apache-2.0
/*
 * Linked into coldinit's tool (ld --wrap): the allocation number FAIL_AT fails; with FAIL_ON=1 all
 * that follow fail, too. The number of allocations is written to the descriptor FAIL_COUNT.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);

static long allocations, fail_at = -1, fail_on;

static long number(const char *variable)
{
	const char *text = getenv(variable);

	return text ? atol(text) : 0;
}

static int fails(void)
{
	if (fail_at < 0) {
		fail_at = number("FAIL_AT");
		fail_on = number("FAIL_ON");
	}
	allocations++;
	if (!fail_at || (fail_on ? allocations < fail_at : allocations != fail_at))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

static void __attribute__((destructor)) print_count(void)
{
	if (number("FAIL_COUNT"))
		dprintf((int)number("FAIL_COUNT"), "%ld\n", allocations);
}
