// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/fault.h"

/* Format behind what @buf holds; a text that does not fit ends in "...", visibly cut. */
static void printf_like(3, 0) append(char *buf, size_t size, const char *fmt, va_list ap)
{
	size_t n = strlen(buf);
	int len = vsnprintf(buf + n, size - n, fmt, ap);

	if (len < 0 || (size_t)len >= size - n)
		memcpy(buf + size - 4, "...", 4);
}

int fault_set(struct fault *f, int err, const char *fmt, ...)
{
	va_list ap;

	*f = (struct fault){0};
	errno = -err;
	va_start(ap, fmt);
	append(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return err;
}

int fault_oom(struct fault *f)
{
	return fault_set(f, -ENOMEM, "out of memory");
}

void fault_add(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

int fault_prefix(struct fault *f, int err, const char *fmt, ...)
{
	char text[sizeof(f->text)];
	va_list ap;

	memcpy(text, f->text, sizeof(text));
	f->text[0] = '\0';
	va_start(ap, fmt);
	append(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	fault_add(f, ": %s", text);
	return err;
}

void fault_expected(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	f->expected[0] = '\0';
	va_start(ap, fmt);
	append(f->expected, sizeof(f->expected), fmt, ap);
	va_end(ap);
}

void fault_found(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	f->found[0] = '\0';
	va_start(ap, fmt);
	append(f->found, sizeof(f->found), fmt, ap);
	va_end(ap);
}

void fault_member(struct fault *f, const char *fmt, ...)
{
	size_t n = strlen(f->members);
	va_list ap;

	if (n && n + 1 < sizeof(f->members))
		memcpy(f->members + n, " ", 2);
	va_start(ap, fmt);
	append(f->members, sizeof(f->members), fmt, ap);
	va_end(ap);
}
