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

/* Does a text begin with the name of a module? Return: the length of the name, 0 if it does not. */
static size_t words_module(const char *text, const char *module)
{
	size_t n = strlen(module);

	for (size_t i = 0; i < n; i++)
		if (text[i] != module[i] &&
		    !(text[i] && strchr("-_", text[i]) && strchr("-_", module[i])))
			return 0;
	return n;
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
		name = words_module(word, module);
		if (!name || word[name] != '.')
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

bool modules_words_blacklisted(const char *line, const char *module)
{
	static const char key[] = "modprobe.blacklist=";
	size_t n, name;

	for (const char *at = line; (n = words_next(&at)); at += n) {
		const char *end = at + n;

		if (!str_starts(at, key))
			continue;
		for (const char *s = at + strlen(key); s < end; s++) {
			name = words_module(s, module);
			if (name && s + name <= end && (s + name == end || s[name] == ','))
				return true;
			s += strcspn(s, ",");
		}
	}
	return false;
}
