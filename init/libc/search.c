// SPDX-License-Identifier: Apache-2.0
/* Byte by byte: coldinit searches short texts for short words. */
#include <string.h>

size_t strlen(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; a++, b++)
		n--;
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *strcpy(char *restrict to, const char *restrict from)
{
	return memcpy(to, from, strlen(from) + 1);
}

char *strchrnul(const char *text, int c)
{
	while (*text && *text != (char)c)
		text++;
	return (char *)text;
}

char *strchr(const char *text, int c)
{
	text = strchrnul(text, c);
	return *text == (char)c ? (char *)text : NULL;
}

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
