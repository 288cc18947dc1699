// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "init/end/mount_table.h"
#include "init/lib/str.h"

/* Decode the escapes in place: the text only becomes shorter. */
static void mount_table_unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		uint64_t c;

		if (*s == '\\' && strnlen(s, 4) == 4 && !str_number(s + 1, 3, 8, 255, &c)) {
			*to++ = (char)c;
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

char *mount_table_pop(char *table)
{
	char *newline, *line, *target, *end;

	while ((newline = strrchr(table, '\n'))) {
		*newline = '\0';
		newline = strrchr(table, '\n');
		line = newline ? newline + 1 : table;
		target = strchr(line, ' ');
		end = target ? strchr(++target, ' ') : NULL;
		if (!end)
			continue;
		*end = '\0';
		mount_table_unescape(target);
		*line = '\0'; /* a newline in the target is not the end of a line */
		return target;
	}
	return NULL;
}
