// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/guest/modules_words.h"
#include "init/lib/str.h"

/* Get the word at @at, with its quotes. Return: its length, 0 at the end of the line. */
static size_t words_next(const char **at)
{
	bool quoted = false;
	size_t n = 0;

	*at += strspn(*at, " \t\n");
	for (const char *s = *at; s[n] && (quoted || !strchr(" \t\n", s[n])); n++)
		quoted ^= s[n] == '"';
	return n;
}

size_t modules_words_begin(const char *text, const char *module)
{
	size_t n = strlen(module);

	for (size_t i = 0; i < n; i++)
		if (text[i] != module[i] &&
		    !(text[i] && strchr("-_", text[i]) && strchr("-_", module[i])))
			return 0;
	return n;
}

bool modules_words_same(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && (!*b || modules_words_begin(a, b));
}

int modules_words_parameters(const char *line, const char *module, char *out, size_t size)
{
	size_t used = 0, n, name;
	int err;

	*out = '\0';
	for (const char *at = line; (n = words_next(&at)); at += n) {
		bool quoted = *at == '"';
		const char *word = at + quoted;

		if (str_starts(at, "-- ") || !strcmp(at, "--"))
			break; /* what follows is for the first program */
		name = modules_words_begin(word, module);
		/* A name with a blank can be longer than the word. */
		if (!name || quoted + name >= n || word[name] != '.')
			continue;
		/* A quote before the name belongs to the end of the value. */
		err = str_printf(out + used, size - used, "%s%.*s", used ? " " : "",
				 (int)(at + n - (word + name + 1)), word + name + 1);
		if (err)
			return err;
		used += strlen(out + used);
		if (quoted && used && out[used - 1] == '"')
			out[--used] = '\0';
	}
	return 0;
}

/* Is a module one of a list, which ends at @end? */
static bool words_listed(const char *list, const char *end, const char *module)
{
	size_t name;

	for (const char *s = list; s < end; s++) {
		name = modules_words_begin(s, module);
		if (name && s + name <= end && (s + name == end || s[name] == ','))
			return true;
		s += strcspn(s, ",");
	}
	return false;
}

bool modules_words_blacklisted(const char *line, const char *module)
{
	static const char *const keys[] = {"modprobe.blacklist=", "module_blacklist="};
	size_t n;

	for (const char *at = line; (n = words_next(&at)); at += n)
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (str_starts(at, keys[i]) &&
			    words_listed(at + strlen(keys[i]), at + n, module))
				return true;
	return false;
}
