// SPDX-License-Identifier: Apache-2.0
/* The directories of spec files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "spec/cdi/spec.h"

#define FILES_MAX 256 /* of one directory: each can be CDI_SPEC_MAX large */

/*
 * struct listing - the spec files of a directory
 * @arena: memory for the names
 * @names: their names
 * @n: how many there are
 */
struct listing {
	struct arena *arena;
	const char *names[FILES_MAX];
	size_t n;
};

static int cdi_scan_list(const char *name, void *arg)
{
	struct listing *l = arg;

	if (!str_ends(name, ".json") && !str_ends(name, ".yaml"))
		return 0;
	if (l->n == FILES_MAX)
		return -E2BIG;
	l->names[l->n] = arena_strdup(l->arena, name);
	return l->names[l->n++] ? 0 : -ENOMEM;
}

static int cdi_scan_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *cdi_scan_reason(ssize_t err)
{
	if (err == -EFBIG)
		return "larger than 4 MiB";
	return err == -EINVAL ? "not a regular file" : strerror((int)-err);
}

static bool cdi_scan_is_directory(int root, const char *path)
{
	struct stat st;

	return root_stat(root, &st, "%s", path) == 0 && S_ISDIR(st.st_mode);
}

static int cdi_scan_file(struct cdi_cache *cache, int root, const char *dir, const char *name,
			 enum cdi_priority priority)
{
	char *text cleanup(free_ptr) = NULL;
	const char *path = arena_printf(&cache->arena, "%s/%s", dir, name);
	ssize_t n;

	if (!path)
		return -ENOMEM;
	n = root_read_all(root, &text, CDI_SPEC_MAX, "%s", path);
	if (n == -ENOENT || (n == -EINVAL && cdi_scan_is_directory(root, path)))
		return 0; /* removed in the meantime, or a subdirectory */
	if (n < 0)
		return n == -ENOMEM ? -ENOMEM : cdi_cache_reject(cache, path, cdi_scan_reason(n));
	return cdi_cache_load(cache, text, (size_t)n, path, priority);
}

static int cdi_scan_directory(struct cdi_cache *cache, int root, const char *dir,
			      enum cdi_priority priority)
{
	struct listing l = {.arena = &cache->arena};
	int err = root_each(root, cdi_scan_list, &l, "%s", dir);

	if (err == -ENOENT)
		return 0;
	if (err == -E2BIG)
		err = cdi_cache_reject(cache, dir,
				       "more than 256 spec files, the others are left out");
	else if (err && err != -ENOMEM)
		err = cdi_cache_reject(cache, dir, strerror(-err));
	qsort(l.names, l.n, sizeof(*l.names), cdi_scan_compare);
	for (size_t i = 0; i < l.n && !err; i++)
		err = cdi_scan_file(cache, root, dir, l.names[i], priority);
	return err;
}

int cdi_scan(struct cdi_cache *cache, int root)
{
	int err = cdi_scan_directory(cache, root, CDI_STATIC_DIR, CDI_STATIC);

	return err ? err : cdi_scan_directory(cache, root, CDI_DYNAMIC_DIR, CDI_DYNAMIC);
}
