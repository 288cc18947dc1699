/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included in front of cJSON's own source: cJSON without floating point, which costs 25 KB of
 * musl, and without a strcpy() of its own. json_parse() has seen each number before cJSON skips it,
 * and gives it back its text; so no tree holds a cJSON_Number, and none is printed.
 */
#ifndef COLDINIT_SPEC_CJSON_PORT_H
#define COLDINIT_SPEC_CJSON_PORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline double cjson_skip_number(const char *text, char **end)
{
	*end = (char *)text + strspn(text, "+-.eE0123456789");
	return 0;
}

#define strcpy(to, from)  memcpy(to, from, strlen(from) + 1)
#define strtod(text, end) cjson_skip_number(text, end)

/* Only "null" and "u%04x" are ever written. */
#define sprintf(buf, ...)     snprintf(buf, 6, __VA_ARGS__)
#define sscanf(text, fmt, to) (*(to) = 0, 0)

#endif
