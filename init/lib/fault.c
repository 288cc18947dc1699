// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/fault.h"

/* Format into @buf; a text that does not fit ends in "...", visibly cut. */
static void printf_like(3, 0) put(char *buf, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(buf, size, fmt, ap);

	if (n >= 0 && (size_t)n >= size)
		memcpy(buf + size - 4, "...", 4);
}

int fault_set(struct fault *f, int err, const char *fmt, ...)
{
	va_list ap;

	*f = (struct fault){0};
	errno = -err;
	va_start(ap, fmt);
	put(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return err;
}

int fault_prefix(struct fault *f, int err, const char *fmt, ...)
{
	char text[sizeof(f->text)];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	put(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	if ((size_t)snprintf(text + n, sizeof(text) - n, ": %s", f->text) >= sizeof(text) - n)
		memcpy(text + sizeof(text) - 4, "...", 4);
	memcpy(f->text, text, sizeof(text));
	return err;
}

void fault_expected(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(f->expected, sizeof(f->expected), fmt, ap);
	va_end(ap);
}

void fault_found(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(f->found, sizeof(f->found), fmt, ap);
	va_end(ap);
}

void fault_member(struct fault *f, const char *fmt, ...)
{
	size_t n = strlen(f->members);
	va_list ap;

	if (n && n + 1 < sizeof(f->members))
		f->members[n++] = ' ';
	va_start(ap, fmt);
	put(f->members + n, sizeof(f->members) - n, fmt, ap);
	va_end(ap);
}
