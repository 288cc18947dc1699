// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "init/container/environment_private.h"
#include "init/lib/str.h"

static bool environment_is_named(const char *entry, const char *name, size_t len)
{
	return !strncmp(entry, name, len) && entry[len] == '=';
}

const char *environment_get(const char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env; env++)
		if (environment_is_named(*env, name, len))
			return *env + len + 1;
	return NULL;
}

/* Return: the last entry that has the name of the first one; it can be the first one. */
static const char *environment_last(const char *const *env)
{
	size_t len = strcspn(*env, "=");
	const char *last = *env;

	while (*++env)
		if (environment_is_named(*env, last, len))
			last = *env;
	return last;
}

static bool environment_has(const char *const *env, const char *entry)
{
	size_t len = strcspn(entry, "=");

	while (*env && !environment_is_named(*env, entry, len))
		env++;
	return *env;
}

const char **environment_build(struct arena *a, const char *const *env, const char *home)
{
	size_t n = 0, size = 2;
	const char **out;

	for (const char *const *e = env; *e; e++)
		size++;
	out = arena_alloc(a, size, sizeof(*out));
	if (!out)
		return NULL;
	for (; *env; env++)
		if (strchr(*env, '=') && !environment_has(out, *env))
			out[n++] = environment_last(env);
	if (!environment_get(out, "HOME")) {
		out[n] = arena_printf(a, "HOME=%s", home);
		if (!out[n])
			return NULL;
	}
	return out;
}

/* Find field @n of a line whose fields are separated by colons. Return: its length in bytes. */
static size_t environment_passwd_field(const char *line, unsigned n, const char **out)
{
	while (n--) {
		line += strcspn(line, ":\n");
		if (*line != ':')
			break;
		line++;
	}
	*out = line;
	return strcspn(line, ":\n");
}

int environment_home(const char *passwd, uint32_t uid, char *home, size_t size)
{
	const char *text, *next;
	uint64_t number;

	for (const char *line = passwd; line; line = next) {
		size_t len = environment_passwd_field(line, 2, &text);

		next = strchr(line, '\n');
		next = next ? next + 1 : NULL;
		if (str_number(text, len, 10, UINT32_MAX, &number) || number != uid)
			continue;
		/* name:password:uid:gid:comment:home:shell */
		len = environment_passwd_field(line, 5, &text);
		if (*text != '/')
			continue;
		return str_printf(home, size, "%.*s", (int)len, text);
	}
	return -ENOENT;
}
