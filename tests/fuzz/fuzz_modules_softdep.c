// SPDX-License-Identifier: Apache-2.0
/* modules.softdep: a line with the name of a module, then any bytes without a NUL. */
#include <string.h>

#include "init/guest/modules_softdep.h"
#include "tests/fuzz/fuzz.h"

/* Each walk moves on, ends at the end of the text, and gives words. */
static void walk_all(const char *text, const char *module, bool post)
{
	struct modules_softdep walk = {.at = text};
	const char *last = text;
	char name[MODULES_NAME_MAX];

	while (modules_softdep_next(&walk, module, post, name)) {
		if (walk.at <= last || !*name || strpbrk(name, " \t\n"))
			abort();
		if (memcmp(walk.at - strlen(name), name, strlen(name)) != 0)
			abort();
		last = walk.at;
	}
	if (*walk.at)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = fuzz_need(malloc(size + 1)), *text = name + size;

	memcpy(name, data, size);
	name[size] = '\0';
	if (strchr(name, '\n')) {
		text = strchr(name, '\n');
		*text++ = '\0';
	}
	walk_all(text, name, false);
	walk_all(text, name, true);
	free(name);
	return 0;
}
