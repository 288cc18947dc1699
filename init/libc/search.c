// SPDX-License-Identifier: Apache-2.0
/* memmem(3) and strstr(3), place by place: coldinit looks for short words in short texts. */
#include <string.h>

void *memmem(const void *text, size_t len, const void *word, size_t n)
{
	for (const char *s = text; len >= n; s++, len--)
		if (!memcmp(s, word, n))
			return (void *)s;
	return NULL;
}

char *strstr(const char *text, const char *word)
{
	return memmem(text, strlen(text), word, strlen(word));
}
