// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "init/run/line_guard.h"
#include "spec/verdict.h"

/* Without the blank behind it: another blank in front of its last byte must make a difference. */
static const char line_guard_beginning[] = VERDICT_NAME ":";

#define LENGTH (sizeof(line_guard_beginning) - 1)

/* The worst case: every LENGTH bytes get one blank more. */
size_t line_guard_room(size_t size)
{
	return size - (size + LENGTH) / (LENGTH + 1);
}

/* Make room for the blank in @out, where @at is the place of the beginning's last byte. */
static size_t line_guard_add_blank(char *out, size_t at)
{
	const size_t before = LENGTH - 1;
	size_t front = at >= before && !memcmp(out + at - before, line_guard_beginning, before)
			       ? at - before
			       : at;

	memmove(out + front + 1, out + front, at - front);
	out[front] = ' ';
	return at + 1;
}

/* The longest part of the first @matched bytes with which the beginning can start again. */
static size_t line_guard_restart(size_t matched)
{
	for (size_t n = matched - 1; n; n--)
		if (!memcmp(line_guard_beginning, line_guard_beginning + matched - n, n))
			return n;
	return 0;
}

size_t line_guard_copy(struct line_guard *guard, const char *data, size_t n, char *out)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		while (guard->matched && data[i] != line_guard_beginning[guard->matched])
			guard->matched = line_guard_restart(guard->matched);
		if (data[i] == line_guard_beginning[guard->matched] && ++guard->matched == LENGTH) {
			at = line_guard_add_blank(out, at);
			guard->matched = 0;
		}
		out[at++] = data[i];
	}
	return at;
}
