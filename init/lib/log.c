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
static log_sink *log_call; /* NULL: write to log_fd */
static log_sink *log_watcher;
static enum log_level log_level = LOG_LEVEL_INFO;

void log_to(int fd, bool kmsg)
{
	log_fd = fd;
	log_kmsg = kmsg;
}

void log_to_sink(log_sink *sink)
{
	log_call = sink;
}

void log_watch(log_sink *watcher)
{
	log_watcher = watcher;
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

char *log_tame(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	return s;
}

/* Write the prefix of a line. Return: its length in bytes. */
static size_t log_prefix(char line[LINE_MAX_BYTES], enum log_level level)
{
	size_t n = 0;

	line[0] = '\0';
	if (log_call)
		return 0;
	if (log_kmsg)
		n = (size_t)snprintf(line, LINE_MAX_BYTES, "<%d>", (int)level);
	return n + (size_t)snprintf(line + n, LINE_MAX_BYTES - n, "coldinit: ");
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES], *end;
	va_list ap;
	size_t head;
	int len;

	if (level > log_level)
		return;
	head = log_prefix(line, level);
	va_start(ap, fmt);
	len = vsnprintf(line + head, sizeof(line) - head - 1, fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len >= sizeof(line) - head - 1)
		memcpy(line + sizeof(line) - 5, "...", 4);
	end = log_tame(line + head);
	if (log_call) {
		log_call(level, line);
		return;
	}
	*end = '\n';
	/* An error of the log itself cannot be reported anywhere. */
	if (write(log_fd, line, (size_t)(end + 1 - line)) < 0 && !log_watcher)
		return;
	*end = '\0';
	if (log_watcher)
		log_watcher(level, line + head);
}
