// SPDX-License-Identifier: Apache-2.0
/*
 * snprintf(3) for what coldinit writes: strings, characters and integers.
 *
 *	%[.PRECISION]s  %m  %c  %%  and  %[0DIGITS][l|ll|z]d, u, x, o
 *
 * PRECISION is a number or *. Anything else in a format is a bug of coldinit, and ends it with
 * SIGILL; tests/lint/formats checks all formats.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(long) == sizeof(long long) && sizeof(long) == sizeof(size_t),
	       "l, ll and z are one length");

/* @n counts all bytes, also those that do not fit. */
struct output {
	char *buf;
	size_t size, n;
	va_list ap;
};

static void format_put(struct output *o, const char *s, size_t len)
{
	size_t room = o->n + 1 < o->size ? o->size - o->n - 1 : 0;

	if (room)
		memcpy(o->buf + o->n, s, len < room ? len : room);
	o->n += len;
}

static void format_put_string(struct output *o, const char *s, size_t max)
{
	s = s ? s : "(null)";
	format_put(o, s, strnlen(s, max));
}

static void format_put_char(struct output *o)
{
	char c = (char)va_arg(o->ap, int);

	format_put(o, &c, 1);
}

static void format_put_digits(struct output *o, uint64_t v, unsigned base, size_t min)
{
	char text[32], *end = text + sizeof(text), *s = end;

	do
		*--s = "0123456789abcdef"[v % base];
	while (v /= base);
	while ((size_t)(end - s) < min && s > text)
		*--s = '0';
	format_put(o, s, (size_t)(end - s));
}

static void format_put_signed(struct output *o, bool wide, size_t min)
{
	int64_t v = wide ? va_arg(o->ap, long) : va_arg(o->ap, int);

	if (v < 0) {
		format_put(o, "-", 1);
		min -= min > 0;
	}
	format_put_digits(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, min);
}

static void format_put_unsigned(struct output *o, bool wide, unsigned base, size_t min)
{
	format_put_digits(o, wide ? va_arg(o->ap, unsigned long) : va_arg(o->ap, unsigned), base,
			  min);
}

static size_t format_number(const char **f)
{
	size_t n = 0;

	while (**f >= '0' && **f <= '9')
		n = n * 10 + (size_t)(*(*f)++ - '0');
	return n;
}

/* Write one conversion; @f is behind its '%'. Return: what follows it. */
static const char *format_convert(struct output *o, const char *f)
{
	size_t precision = SIZE_MAX, min;
	bool wide = false;

	min = *f == '0' ? format_number(&f) : 0;
	if (*f == '.' && *++f == '*') {
		precision = (size_t)va_arg(o->ap, int);
		f++;
	} else if (f[-1] == '.') {
		precision = format_number(&f);
	}
	for (; *f == 'l' || *f == 'z'; f++)
		wide = true;
	switch (*f) {
	case 's':
		format_put_string(o, va_arg(o->ap, const char *), precision);
		break;
	case 'm':
		format_put_string(o, strerror(errno), precision);
		break;
	case 'c':
		format_put_char(o);
		break;
	case '%':
		format_put(o, f, 1);
		break;
	case 'd':
		format_put_signed(o, wide, min);
		break;
	case 'u':
		format_put_unsigned(o, wide, 10, min);
		break;
	case 'x':
		format_put_unsigned(o, wide, 16, min);
		break;
	case 'o':
		format_put_unsigned(o, wide, 8, min);
		break;
	default:
		__builtin_trap();
	}
	return f + 1;
}

int vsnprintf(char *restrict buf, size_t size, const char *restrict fmt, va_list ap)
{
	struct output o = {.buf = buf, .size = size};

	va_copy(o.ap, ap);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");

		format_put(&o, fmt, plain);
		fmt += plain;
		if (*fmt)
			fmt = format_convert(&o, fmt + 1);
	}
	va_end(o.ap);
	if (size)
		buf[o.n < size ? o.n : size - 1] = '\0';
	return o.n > INT_MAX ? -1 : (int)o.n;
}

int snprintf(char *restrict buf, size_t size, const char *restrict fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
