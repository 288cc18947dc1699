/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded parsers for text from outside: they take all of the text or fail. */
#ifndef COLDINIT_LIB_STR_H
#define COLDINIT_LIB_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/lib/compiler.h"

/**
 * str_number() - parse an unsigned number that fills the whole text
 * @s: the text; no prefix, sign or blanks
 * @len: its length in bytes
 * @base: 8, 10 or 16
 * @max: the largest value that is accepted
 * @out: gets the value; untouched on failure
 *
 * Return: 0, -EINVAL if the text is no such number, -ERANGE above @max.
 */
int str_number(const char *s, size_t len, unsigned base, uint64_t max, uint64_t *out) must_check
	nonnull(1, 5);

/**
 * str_copy() - copy a string
 * @buf: gets the copy; untouched on failure
 * @size: of @buf in bytes
 * @s: the string
 *
 * Return: 0, -ENAMETOOLONG if it does not fit.
 */
int str_copy(char *buf, size_t size, const char *s) must_check nonnull(1, 3);

/**
 * str_printf() - format a string
 * @buf: gets the string; "" on failure
 * @size: of @buf in bytes, at least 1
 * @fmt: printf format
 *
 * Return: 0, -ENAMETOOLONG if it does not fit.
 */
int str_printf(char *buf, size_t size, const char *fmt, ...) must_check nonnull(1, 3)
	printf_like(3, 4);

/**
 * str_append() - format behind the text that a buffer has
 * @buf: a string
 * @size: of @buf in bytes, at least 4
 * @fmt: printf(3) format
 *
 * A text that does not fit ends in "...", so that the cut shows.
 */
void str_append(char *buf, size_t size, const char *fmt, ...) nonnull(1, 3) printf_like(3, 4);

/**
 * str_append_list() - str_append() with a list of arguments
 * @buf: as of str_append()
 * @size: as of str_append()
 * @fmt: as of str_append()
 * @ap: the arguments, as of vprintf(3)
 */
void str_append_list(char *buf, size_t size, const char *fmt, va_list ap) nonnull(1, 3)
	printf_like(3, 0);

/**
 * str_starts() - compare the beginning of a string
 * @s: the string
 * @prefix: its expected beginning
 *
 * Return: whether @s begins with @prefix.
 */
bool str_starts(const char *s, const char *prefix) nonnull(1, 2);

/**
 * str_ends() - compare the end of a string
 * @s: the string
 * @suffix: its expected end
 *
 * Return: whether @s ends with @suffix.
 */
bool str_ends(const char *s, const char *suffix) nonnull(1, 2);

/**
 * str_index() - look a word up in a list
 * @s: the word
 * @words: NULL-terminated list
 *
 * Return: its index in the list, -1 if it is not in it.
 */
int str_index(const char *s, const char *const *words) nonnull(1, 2);

/**
 * str_has_word() - look a word up in a text, which is shorter than a list where speed does not matter
 * @words: words with a blank between two
 * @s: the word
 *
 * Return: whether @s is one of them.
 */
bool str_has_word(const char *words, const char *s) nonnull(1, 2);

/**
 * str_utf8_sequence() - find out the length of a character (RFC 3629, section 4)
 * @text: the character
 * @len: bytes that can be read, at least 1
 *
 * Return: bytes, 0 if it is not valid UTF-8.
 */
size_t str_utf8_sequence(const char *text, size_t len) nonnull(1);

/**
 * str_is_utf8() - check that a text is valid UTF-8 (RFC 3629: no surrogates, no overlong forms)
 * @s: the text
 * @len: its length in bytes
 *
 * Return: whether it is.
 */
bool str_is_utf8(const char *s, size_t len) nonnull(1);

/**
 * str_nearest() - find the name that was probably meant (Levenshtein distance)
 * @s: the name that is unknown
 * @names: NULL-terminated list of the known ones
 *
 * Return: one of @names, NULL if none is near enough for a "did you mean".
 */
const char *str_nearest(const char *s, const char *const *names) nonnull(1, 2);

/**
 * str_base64() - decode base64 or base64url (RFC 4648, sections 4 and 5), with padding or without
 * @s: the text
 * @len: its length in bytes
 * @out: gets the bytes
 * @size: of @out in bytes
 *
 * Return: the number of bytes in @out, -EINVAL if the text is not base64, -EMSGSIZE if the bytes do
 * not fit.
 */
ssize_t str_base64(const char *s, size_t len, char *out, size_t size) must_check nonnull(1, 3);

#endif
