// SPDX-License-Identifier: Apache-2.0
/* Searches for short words: the time grows with the product of both lengths. */
#include <string.h>

void *memmem(const void *text, size_t len, const void *word, size_t n)
{
	const char *s = text, *end = s + len;

	if (!n)
		return (void *)s;
	while ((size_t)(end - s) >= n) {
		s = memchr(s, *(const unsigned char *)word, (size_t)(end - s) - n + 1);
		if (!s || !memcmp(s, word, n))
			return (void *)s;
		s++;
	}
	return NULL;
}

char *strstr(const char *text, const char *word)
{
	return memmem(text, strlen(text), word, strlen(word));
}
