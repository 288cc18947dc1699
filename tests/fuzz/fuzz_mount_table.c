// SPDX-License-Identifier: Apache-2.0
/* A table of mounts: any bytes without a NUL. Each line is removed once, the last one first. */
#include "init/end/mount_table.h"
#include "tests/fuzz/fuzz.h"

/* Return: how many lines "source target ..." end with a newline. */
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
	char *table = fuzz_text(data, size), *last = table + strlen(table), *target;
	size_t lines = count_lines(table);

	for (; (target = mount_table_pop(table)); last = target, lines--)
		if (!lines || target <= table || target + strlen(target) >= last ||
		    strlen(table) >= (size_t)(last - table))
			abort();
	if (lines)
		abort();
	free(table);
	return 0;
}
