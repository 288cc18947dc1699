/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded parsers for text from outside: they take all of the text or fail. */
#ifndef COLDINIT_LIB_STR_H
#define COLDINIT_LIB_STR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/lib/compiler.h"

/**
 * str_number() - parse an unsigned number that fills the whole text
 * @base: 8, 10 or 16; no prefix, no sign, no blanks
 * @max: the largest value accepted
 *
 * Return: 0, -EINVAL for other text, -ERANGE above @max; @out is untouched on failure.
 */
int str_number(const char *s, size_t len, unsigned base, uint64_t max, uint64_t *out) must_check
	nonnull(1, 5);

/** str_copy() - copy a string with its end. Return: 0, or -ENAMETOOLONG with @buf untouched. */
int str_copy(char *buf, size_t size, const char *s) must_check nonnull(1, 3);

/** str_printf() - format into @buf. Return: 0, or -ENAMETOOLONG with @buf empty. */
int str_printf(char *buf, size_t size, const char *fmt, ...) must_check nonnull(1, 3)
	printf_like(3, 4);

/** str_starts() - does @s begin with @prefix? */
bool str_starts(const char *s, const char *prefix) nonnull(1, 2);

/** str_ends() - does @s end with @suffix? */
bool str_ends(const char *s, const char *suffix) nonnull(1, 2);

/** str_is_utf8() - is the text valid UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool str_is_utf8(const char *s, size_t len) nonnull(1);

/**
 * str_nearest() - the name in a NULL-terminated list that is nearest to @s (Levenshtein)
 *
 * Return: the name, or NULL if none is near enough for a "did you mean".
 */
const char *str_nearest(const char *s, const char *const *names) nonnull(1, 2);

/** str_base64() - decode RFC 4648 base64 (padding required) in place of @out. Return: length or
 * -EINVAL, -EMSGSIZE. */
ssize_t str_base64(const char *s, size_t len, char *out, size_t size) must_check nonnull(1, 3);

#endif
