// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/str.h"

static int str_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

int str_number(const char *s, size_t len, unsigned base, uint64_t max, uint64_t *out)
{
	bool over = false;
	uint64_t v = 0;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)str_digit(s[i]);

		if (digit >= base)
			return -EINVAL;
		over |= __builtin_mul_overflow(v, (uint64_t)base, &v);
		over |= __builtin_add_overflow(v, (uint64_t)digit, &v);
	}
	if (over || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int str_copy(char *buf, size_t size, const char *s)
{
	size_t n = strlen(s) + 1;

	if (n > size)
		return -ENAMETOOLONG;
	memcpy(buf, s, n);
	return 0;
}

int str_printf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < size)
		return 0;
	buf[0] = '\0';
	return -ENAMETOOLONG;
}

void str_append_list(char *buf, size_t size, const char *fmt, va_list ap)
{
	size_t n = strlen(buf);
	int len = vsnprintf(buf + n, size - n, fmt, ap);

	if (len < 0 || (size_t)len >= size - n)
		memcpy(buf + size - 4, "...", 4);
}

void str_append(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_append_list(buf, size, fmt, ap);
	va_end(ap);
}

bool str_starts(const char *s, const char *prefix)
{
	while (*prefix && *s == *prefix)
		s++, prefix++;
	return !*prefix;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !memcmp(s + n - m, suffix, m);
}

int str_index(const char *s, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (*s == *words[i] && !strcmp(s, words[i])) /* most calls are saved */
			return i;
	return -1;
}

bool str_has_word(const char *words, const char *s)
{
	size_t len;

	for (; *words; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		if (!strncmp(words, s, len) && !s[len])
			return true;
	}
	return false;
}

size_t str_utf8_sequence(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	/* The second byte shows overlong forms, surrogates and characters above U+10FFFF. */
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

bool str_is_utf8(const char *s, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = str_utf8_sequence(s + i, len - i);
		if (!n)
			return false;
	}
	return true;
}

#define NEAREST_MAX 48

/* Levenshtein distance of two short words. */
static size_t str_distance(const char *a, const char *b)
{
	size_t row[NEAREST_MAX + 1], n = strlen(b), diagonal, above;

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			above = row[j];
			row[j] = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < row[j])
				row[j] = above + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diagonal = above;
		}
	}
	return row[n];
}

const char *str_nearest(const char *s, const char *const *names)
{
	size_t best = strlen(s) / 2 + 1, d;
	const char *near = NULL;

	if (strlen(s) > NEAREST_MAX)
		return NULL;
	for (; *names; names++) {
		if (strlen(*names) > NEAREST_MAX)
			continue;
		d = str_distance(s, *names);
		if (d < best) {
			best = d;
			near = *names;
		}
	}
	return near;
}

static int str_base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
	const char *p = c ? strchr(digits, c) : NULL;
	int n = p ? (int)(p - digits) : -1;

	return n < 64 ? n : n - 2;
}

ssize_t str_base64(const char *s, size_t len, char *out, size_t size)
{
	size_t n = 0;
	unsigned bits = 0, ready = 0;
	int d;

	for (unsigned pad = 0; pad < 2 && len && (len + pad) % 4 == 0 && s[len - 1] == '='; pad++)
		len--;
	if (len % 4 == 1)
		return -EINVAL;
	if (len / 4 * 3 + len % 4 * 3 / 4 > size)
		return -EMSGSIZE;
	for (size_t i = 0; i < len; i++) {
		d = str_base64_digit(s[i]);
		if (d < 0)
			return -EINVAL;
		bits = bits << 6 | (unsigned)d;
		ready += 6;
		if (ready >= 8) {
			ready -= 8;
			out[n++] = (char)(bits >> ready);
		}
	}
	return (ssize_t)n;
}
