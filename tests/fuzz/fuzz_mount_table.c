// SPDX-License-Identifier: Apache-2.0
/* A table of mounts: any bytes without a NUL. Each line is taken once, from the last to the first.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/end/mount_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines "source target ...", with an end. */
static size_t count_lines(const char *table)
{
	size_t n = 0;

	for (const char *line = table, *end; (end = strchr(line, '\n')); line = end + 1) {
		const char *blank = memchr(line, ' ', (size_t)(end - line));

		n += blank && memchr(blank + 1, ' ', (size_t)(end - blank - 1));
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *table = malloc(size + 1), *last = table + size, *target;
	size_t lines;

	memcpy(table, data, size);
	table[size] = '\0';
	lines = count_lines(table);
	for (; (target = mount_table_pop(table)); last = target, lines--)
		if (!lines || target <= table || target + strlen(target) >= last ||
		    strlen(table) >= (size_t)(last - table))
			abort();
	if (lines)
		abort();
	free(table);
	return 0;
}
