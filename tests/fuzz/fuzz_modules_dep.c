// SPDX-License-Identifier: Apache-2.0
/* modules.dep: a line with the name of a module, then any bytes without a NUL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/guest/modules_dep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each path is before the one that was taken last, and only blanks are between them. */
static void check_dependencies(struct modules_dep *dep)
{
	const char *start = dep->others.text, *end = start + dep->others.len;
	struct module_path path;

	while (modules_dep_pop(dep, &path)) {
		const char *behind = path.text + path.len;

		if (path.len <= 0 || path.text < start || behind > end ||
		    memchr(path.text, ' ', (size_t)path.len) ||
		    memchr(path.text, '\n', (size_t)path.len))
			abort();
		for (; behind < end; behind++)
			if (*behind != ' ')
				abort();
		end = path.text;
	}
	for (; start < end; start++)
		if (*start != ' ')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = malloc(size + 1), *text = name + size, module[64];
	struct modules_dep dep;

	memcpy(name, data, size);
	name[size] = '\0';
	if (strchr(name, '\n')) {
		text = strchr(name, '\n');
		*text++ = '\0';
	}
	if (modules_dep_find(text, name, &dep)) {
		if (dep.file.text < text || dep.file.text[dep.file.len] != ':' ||
		    (dep.file.text > text && dep.file.text[-1] != '\n'))
			abort();
		if (!modules_dep_name(dep.file, module, sizeof(module)) &&
		    (strchr(module, '-') || strchr(module, '/')))
			abort();
		check_dependencies(&dep);
	}
	free(name);
	return 0;
}
