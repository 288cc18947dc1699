// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "init/lib/names.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define NAMES_MAX 12

/* struct names - the names that a message has so far */
struct names {
	struct fault *fault;
	const char *top, *dir;
	unsigned n;
};

static void names_begin(struct names *names, const char *verb)
{
	const char *slash = *names->top && !*names->dir ? "" : "/";

	fault_add(names->fault, "; %.100s%s%.100s %s", names->top, slash, names->dir, verb);
}

static int names_add_one(const char *name, void *arg)
{
	struct names *names = arg;

	if (!names->n)
		names_begin(names, "has");
	if (names->n == NAMES_MAX)
		fault_add(names->fault, ", …");
	else
		fault_add(names->fault, "%s%.60s", names->n ? ", " : " ", name);
	return names->n++ == NAMES_MAX;
}

void names_add(struct fault *fault, int root, const char *path, const char *top)
{
	char dir[PATH_MAX];
	struct names names = {.fault = fault, .top = top, .dir = dir};
	int err;

	if (str_copy(dir, sizeof(dir), path + strspn(path, "/")))
		return;
	do {
		char *slash = strrchr(dir, '/');

		*(slash ? slash : dir) = '\0';
		err = root_each_sorted(root, names_add_one, &names, "./%s", dir);
	} while ((err == -ENOENT || err == -ENOTDIR) && *dir);
	if (!err && !names.n)
		names_begin(&names, "is empty");
}
