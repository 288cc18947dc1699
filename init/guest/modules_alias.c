// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "init/guest/modules_alias.h"
#include "init/lib/str.h"

/* struct alias_pattern - what is left of a pattern, which is not terminated */
struct alias_pattern {
	const char *at, *end;
};

static char alias_plain(char c)
{
	return c == '-' ? '_' : c;
}

/*
 * Match one character with the set behind a '['. Return: 1 or 0 with the pattern after the set, -1
 * if the set has no end.
 */
static int alias_match_set(struct alias_pattern *p, char c)
{
	const char *at = p->at;
	bool negated = at < p->end && (*at == '!' || *at == '^'), found = false;
	const char *first = at += negated;

	for (; at < p->end && (*at != ']' || at == first); at++) {
		char low = *at, high = low;

		if (at + 2 < p->end && at[1] == '-' && at[2] != ']') {
			high = at[2];
			at += 2;
		}
		found |= low <= c && c <= high;
	}
	if (at == p->end)
		return -1;
	p->at = at + 1;
	return found != negated;
}

/* Match one character, which is not the end of the text, with one element that is no '*'. */
static bool alias_match_one(struct alias_pattern *p, char c)
{
	char element;
	int in_set;

	if (p->at == p->end)
		return false;
	element = *p->at++;
	if (element == '?')
		return true;
	if (element == '[') {
		in_set = alias_match_set(p, c);
		if (in_set >= 0)
			return in_set;
	}
	if (element == '\\' && p->at < p->end)
		element = *p->at++;
	return alias_plain(element) == alias_plain(c);
}

/* After a mismatch only the last '*' can take more: the time is the product of the lengths at most.
 */
static bool alias_matches(struct alias_pattern p, const char *text)
{
	struct alias_pattern star = {NULL, NULL};
	const char *taken = text;

	while (*text) {
		if (p.at < p.end && *p.at == '*') {
			p.at++;
			star = p;
			taken = text;
		} else if (alias_match_one(&p, *text)) {
			text++;
		} else if (star.at) {
			p = star;
			text = ++taken;
		} else {
			return false;
		}
	}
	while (p.at < p.end && *p.at == '*')
		p.at++;
	return p.at == p.end;
}

const char *modules_alias_next(const char *text, const char *modalias, char name[MODULES_NAME_MAX])
{
	static const char word[] = "alias ";
	const char *end, *blank;

	for (const char *line = text; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (!str_starts(line, word))
			continue;
		line += strlen(word);
		/* A pattern can contain blanks (names of DMI), the name of a module cannot. */
		blank = memrchr(line, ' ', (size_t)(end - line));
		if (blank && alias_matches((struct alias_pattern){line, blank}, modalias) &&
		    !str_printf(name, MODULES_NAME_MAX, "%.*s", (int)(end - blank - 1), blank + 1))
			return *end ? end + 1 : end;
	}
	return NULL;
}
