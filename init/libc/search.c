// SPDX-License-Identifier: Apache-2.0
/* Byte by byte and place by place: coldinit looks for short words in short texts. */
#include <string.h>

void *memchr(const void *text, int c, size_t len)
{
	for (const unsigned char *s = text; len; s++, len--)
		if (*s == (unsigned char)c)
			return (void *)s;
	return NULL;
}

size_t strspn(const char *text, const char *accept)
{
	size_t n = 0;

	while (text[n] && strchr(accept, text[n]))
		n++;
	return n;
}

size_t strcspn(const char *text, const char *reject)
{
	size_t n = 0;

	while (text[n] && !strchr(reject, text[n]))
		n++;
	return n;
}

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
