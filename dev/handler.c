// SPDX-License-Identifier: Apache-2.0
/*
 * The device handlers that this build has. HANDLER_REGISTER() puts a pointer to each of them into
 * the section "handlers", which is the table: the linker joins the parts of the object files, in
 * the order of dev/Makefile, and defines the two symbols below because the name of the section is a
 * C identifier.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dev/handler.h"

/* Weak: a build without any handler has no such section. */
extern const struct handler *const __start_handlers[] __attribute__((weak));
extern const struct handler *const __stop_handlers[] __attribute__((weak));

const struct handler *handler_nth(size_t n)
{
	size_t bytes = (uintptr_t)__stop_handlers - (uintptr_t)__start_handlers;

	return n < bytes / sizeof(*__start_handlers) ? __start_handlers[n] : NULL;
}

const struct handler *handler_find(const char *type)
{
	const struct handler *h;

	for (size_t i = 0; (h = handler_nth(i)); i++)
		for (const char *const *t = h->types; *t; t++)
			if (!strcmp(*t, type))
				return h;
	return NULL;
}

const char *handler_types(void)
{
	static char list[256];
	const struct handler *h;
	size_t n = 0;

	for (size_t i = 0; (h = handler_nth(i)); i++)
		for (const char *const *t = h->types; *t && n < sizeof(list); t++)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "",
					      *t);
	return list;
}
