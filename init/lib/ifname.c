// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "init/lib/ifname.h"

bool ifname_is_valid(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= IFNAME_MAX || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	/* The kernel replaces "%d" in a name by a number. */
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || strchr("/:%", *name))
			return false;
	return true;
}
