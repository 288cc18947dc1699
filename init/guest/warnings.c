// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "init/guest/console.h"
#include "init/guest/warnings.h"
#include "init/lib/compiler.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define CONSOLE_MS 1000 /* for a console that takes nothing: the line is in the log, too */

static pages_apart struct warnings warnings;
static unsigned warnings_shown; /* the kernel shows lines that are more urgent than this */

static void warnings_keep(const char *line)
{
	size_t n = strlen(line);
	char *kept;

	if (warnings.n >= WARNINGS_MAX) {
		warnings.more++;
		return;
	}
	kept = warnings.list[warnings.n];
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
	if (level >= warnings_shown && !str_printf(text, sizeof(text), "coldinit: %s\n", line))
		console_line(text, CONSOLE_MS);
}

void warnings_start(int root)
{
	char text[64];
	uint64_t level;

	/* Four numbers, the first of which counts. Without them: as with "quiet". */
	warnings_shown = LOG_LEVEL_WARN;
	if (root_read(root, text, sizeof(text), "proc/sys/kernel/printk") > 0 &&
	    !str_number(text, strcspn(text, " \t"), 10, UINT8_MAX, &level))
		warnings_shown = (unsigned)level;
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
