// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"

/* /dev/kmsg takes 1024 bytes with the kernel's own prefix (LOG_LINE_MAX). */
#define LINE_MAX_BYTES 976

static int log_fd = STDERR_FILENO;
static bool log_kmsg;
static enum log_level log_level = LOG_LEVEL_INFO;

void log_to(int fd, bool kmsg)
{
	log_fd = fd;
	log_kmsg = kmsg;
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

/* Each line is one record: a newline or an escape in a quoted text must not forge another one. */
static void log_tame(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	size_t head = 0, n;
	va_list ap;
	int len;

	if (level > log_level)
		return;
	if (log_kmsg)
		head = (size_t)snprintf(line, sizeof(line), "<%d>", (int)level);
	head += (size_t)snprintf(line + head, sizeof(line) - head, "coldinit: ");
	va_start(ap, fmt);
	len = vsnprintf(line + head, sizeof(line) - head - 1, fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len >= sizeof(line) - head - 1)
		memcpy(line + sizeof(line) - 5, "...", 4);
	log_tame(line + head);
	n = strlen(line);
	line[n++] = '\n';
	/* An error of the log itself cannot be reported anywhere. */
	if (write(log_fd, line, n) < 0)
		return;
}
