// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "init/guest/modules_softdep.h"
#include "init/guest/modules_words.h"
#include "init/lib/str.h"

/* Get the word at @at, which does not leave the line. Return: its length, 0 at the line's end. */
static size_t modules_softdep_word(const char **at)
{
	*at += strspn(*at, " \t");
	return strcspn(*at, " \t\n");
}

/* Go to the words of the next line that is about the module. Return: whether there is one. */
static bool modules_softdep_line(struct modules_softdep *walk, const char *module)
{
	static const char word[] = "softdep";
	size_t n;

	for (; *walk->at; walk->at += *walk->at == '\n') {
		n = modules_softdep_word(&walk->at);
		walk->in_line = n == strlen(word) && !memcmp(walk->at, word, n);
		walk->at += n;
		n = walk->in_line ? modules_softdep_word(&walk->at) : 0;
		walk->in_line = n && modules_words_begin(walk->at, module) == n;
		walk->at += n;
		if (walk->in_line)
			return true;
		walk->at += strcspn(walk->at, "\n");
	}
	return false;
}

bool modules_softdep_next(struct modules_softdep *walk, const char *module, bool post,
			  char name[MODULES_NAME_MAX])
{
	const char *word;
	size_t n;

	while (walk->in_line || modules_softdep_line(walk, module)) {
		n = modules_softdep_word(&walk->at);
		word = walk->at;
		walk->at += n;
		if (!n) {
			walk->in_line = false;
			walk->part = SOFTDEP_NEITHER;
		} else if (str_starts(word, "pre:") && n == strlen("pre:")) {
			walk->part = SOFTDEP_PRE;
		} else if (str_starts(word, "post:") && n == strlen("post:")) {
			walk->part = SOFTDEP_POST;
		} else if (walk->part == (post ? SOFTDEP_POST : SOFTDEP_PRE) &&
			   !str_printf(name, MODULES_NAME_MAX, "%.*s", (int)n, word)) {
			return true;
		}
	}
	return false;
}
