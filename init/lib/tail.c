// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/tail.h"

/* Append a character; a full tail loses its first half. */
static void tail_put(struct tail *t, char c)
{
	const size_t half = sizeof(t->text) / 2;

	if (t->used == sizeof(t->text) - 1) {
		memmove(t->text, t->text + half, t->used - half);
		t->used -= half;
	}
	t->text[t->used++] = (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
	t->text[t->used] = '\0';
}

void tail_add(struct tail *t, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tail_put(t, data[i]);
}

bool tail_read(struct tail *t, int fd)
{
	char buf[1024];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		tail_add(t, buf, (size_t)n);
	return n > 0;
}
