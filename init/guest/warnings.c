// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "init/guest/console.h"
#include "init/guest/warnings.h"
#include "init/lib/compiler.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

#define CONSOLE_MS 1000 /* for a console that takes nothing: the line is in the log, too */

static struct warnings warnings;
static long warnings_shown; /* the kernel shows lines that are more urgent than this */

static void warnings_keep(const char *line)
{
	char *kept = warnings.list[warnings.n];
	size_t n = strlen(line);

	if (warnings.n == WARNINGS_MAX) {
		warnings.more++;
		return;
	}
	memcpy(kept, line, n < WARNINGS_SIZE ? n + 1 : WARNINGS_SIZE);
	if (n >= WARNINGS_SIZE)
		memcpy(kept + WARNINGS_SIZE - 4, "...", 4);
	warnings.n++;
}

static void warnings_watch(enum log_level level, const char *line)
{
	char text[1024];

	if (level > LOG_LEVEL_WARN)
		return;
	if (level == LOG_LEVEL_WARN)
		warnings_keep(line);
	if ((long)level < warnings_shown || strlen(line) > sizeof(text) - sizeof("coldinit: "))
		return;
	memcpy(text, "coldinit: ", sizeof("coldinit: "));
	strcat(text, line);
	console_line(text, CONSOLE_MS);
}

void warnings_start(int root)
{
	char text[64];

	/* Without it: as with "quiet", which shows errors. */
	if (root_read(root, text, sizeof(text), "proc/sys/kernel/printk") > 0)
		warnings_shown = strtol(text, NULL, 10);
	else
		warnings_shown = LOG_LEVEL_WARN;
	log_watch(warnings_watch);
}

const struct warnings *warnings_kept(void)
{
	return &warnings;
}

void warnings_console_off(void)
{
	warnings_shown = 0;
}
