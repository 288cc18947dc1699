// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/fault.h"
#include "init/lib/str.h"

/* str_append() with the arguments behind @fmt of the function that this is used in. */
#define FAULT_APPEND(member, fmt)                                    \
	do {                                                         \
		va_list ap_;                                         \
		va_start(ap_, fmt);                                  \
		str_append_list(member, sizeof(member), (fmt), ap_); \
		va_end(ap_);                                         \
	} while (0)

void fault_clear(struct fault *fault)
{
	/* Nobody reads behind the NUL, and each step of each device clears 2 KiB otherwise. */
	fault->text[0] = fault->expected[0] = fault->found[0] = fault->members[0] = '\0';
	fault->err = 0;
}

#ifdef CONFIG_FAULT_CHECK
static _Noreturn void fault_abort(const struct fault *fault)
{
	static const char why[] = "fault_check: this error has no text: ";

	if (write(STDERR_FILENO, why, sizeof(why) - 1) < 0 ||
	    write(STDERR_FILENO, fault->text, strlen(fault->text)) < 0 ||
	    write(STDERR_FILENO, "\n", 1) < 0)
		abort();
	abort();
}
#endif

int fault_check(struct fault *fault, int err, const char *step)
{
	const char *separator = *fault->text ? "; " : "";

	if (err >= 0 || (*fault->text && (!fault->err || fault->err == err)))
		return err;
	errno = -err;
	fault_add(fault, "%s%s has failed: %m", separator, step);
	fault->err = err;
#ifdef CONFIG_FAULT_CHECK
	fault_abort(fault);
#endif
	return err;
}

int fault_set(struct fault *fault, int err, const char *fmt, ...)
{
	*fault = (struct fault){.err = err};
	errno = -err;
	FAULT_APPEND(fault->text, fmt);
	return err;
}

/* Append what @err means. */
static int fault_reason(struct fault *fault, int err)
{
	fault->err = err;
	fault_add(fault, ": %s", strerror(-err));
	return err;
}

int fault_strerror(struct fault *fault, int err, const char *fmt, ...)
{
	fault_clear(fault);
	FAULT_APPEND(fault->text, fmt);
	return fault_reason(fault, err);
}

int fault_perror(struct fault *fault, const char *fmt, ...)
{
	int err = -errno;

	fault_clear(fault);
	FAULT_APPEND(fault->text, fmt);
	return fault_reason(fault, err);
}

int fault_oom(struct fault *fault)
{
	return fault_set(fault, -ENOMEM, "out of memory");
}

void fault_add(struct fault *fault, const char *fmt, ...)
{
	FAULT_APPEND(fault->text, fmt);
}

int fault_prefix(struct fault *fault, int err, const char *fmt, ...)
{
	char text[sizeof(fault->text)];

	memcpy(text, fault->text, sizeof(text));
	fault->text[0] = '\0';
	FAULT_APPEND(fault->text, fmt);
	fault_add(fault, ": %s", text);
	fault->err = err ? err : fault->err;
	return err;
}

void fault_expected(struct fault *fault, const char *fmt, ...)
{
	fault->expected[0] = '\0';
	FAULT_APPEND(fault->expected, fmt);
}

void fault_found(struct fault *fault, const char *fmt, ...)
{
	fault->found[0] = '\0';
	FAULT_APPEND(fault->found, fmt);
}

int fault_facts(struct fault *fault, int err, const char *expected, const char *found)
{
	fault_expected(fault, "%s", expected);
	fault_found(fault, "%s", found);
	fault->err = err ? err : fault->err;
	return err;
}

void fault_member(struct fault *fault, const char *fmt, ...)
{
	size_t n = strlen(fault->members);

	if (n && n + 1 < sizeof(fault->members))
		memcpy(fault->members + n, " ", 2);
	FAULT_APPEND(fault->members, fmt);
}
