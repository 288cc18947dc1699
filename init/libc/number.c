// SPDX-License-Identifier: Apache-2.0
/* strtoul(3) and atoi(3). */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

/* Return: the value of a digit, or a number that is no digit of any base. */
static unsigned number_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a' + 10) : UINT_MAX;
}

static bool number_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* @s: behind the sign. Return: where the digits begin. */
static const char *number_skip_prefix(const char *s, int *base)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x' && number_digit(s[2]) < 16;

	if (hex && (*base == 0 || *base == 16)) {
		*base = 16;
		return s + 2;
	}
	if (*base == 0)
		*base = *s == '0' ? 8 : 10;
	return s;
}

unsigned long strtoul(const char *restrict text, char **restrict end, int base)
{
	const char *s = text, *digits;
	unsigned long value = 0;
	bool minus, over = false;

	while (number_is_blank(*s))
		s++;
	minus = *s == '-';
	digits = s = number_skip_prefix(s + (minus || *s == '+'), &base);
	for (; number_digit(*s) < (unsigned)base; s++)
		over |= __builtin_mul_overflow(value, (unsigned long)base, &value) ||
			__builtin_add_overflow(value, number_digit(*s), &value);
	if (end)
		*end = (char *)(s == digits ? text : s);
	if (over)
		errno = ERANGE;
	return over ? ULONG_MAX : minus ? -value : value;
}

int atoi(const char *text)
{
	return (int)strtoul(text, NULL, 10);
}
