// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/guest/modules_dep.h"
#include "init/guest/modules_words.h"
#include "init/lib/str.h"

/* The last component of a path. */
static struct module_path modules_dep_base(struct module_path path)
{
	const char *slash = memrchr(path.text, '/', (size_t)path.len);
	int cut = slash ? (int)(slash + 1 - path.text) : 0;

	return (struct module_path){path.text + cut, path.len - cut};
}

/* Whether a file is that of module @name: its base is the name, ".ko" and perhaps a suffix. */
static bool modules_dep_is_module(struct module_path path, const char *name)
{
	struct module_path base = modules_dep_base(path);
	size_t n = strlen(name);

	return (size_t)base.len >= n + 3 && !memcmp(base.text + n, ".ko", 3) &&
	       (!n || modules_words_begin(base.text, name));
}

bool modules_dep_find(const char *text, const char *name, struct modules_dep *out)
{
	const char *end, *colon;
	struct module_path file;

	for (const char *line = text; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		colon = memchr(line, ':', (size_t)(end - line));
		file = (struct module_path){line, colon ? (int)(colon - line) : 0};
		if (!modules_dep_is_module(file, name))
			continue;
		*out = (struct modules_dep){file, {colon + 1, (int)(end - colon - 1)}};
		return true;
	}
	return false;
}

bool modules_dep_pop(struct modules_dep *dep, struct module_path *out)
{
	struct module_path *rest = &dep->others;
	const char *blank;
	int start;

	while (rest->len && rest->text[rest->len - 1] == ' ')
		rest->len--;
	if (!rest->len)
		return false;
	blank = memrchr(rest->text, ' ', (size_t)rest->len);
	start = blank ? (int)(blank + 1 - rest->text) : 0;
	*out = (struct module_path){rest->text + start, rest->len - start};
	rest->len = start;
	return true;
}

int modules_dep_name(struct module_path path, char *name, size_t size)
{
	struct module_path base = modules_dep_base(path);
	const char *end = memmem(base.text, (size_t)base.len, ".ko", 3);
	int err = end ? str_printf(name, size, "%.*s", (int)(end - base.text), base.text) : -EINVAL;

	if (err)
		return err;
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return 0;
}

bool modules_dep_is_compressed(struct module_path path)
{
	return memmem(path.text, (size_t)path.len, ".ko.", 4) != NULL;
}
