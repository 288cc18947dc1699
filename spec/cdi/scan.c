// SPDX-License-Identifier: Apache-2.0
/* The directories of spec files. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "spec/cdi/spec.h"

#define FILES_MAX 256 /* of one directory: each can be CDI_SPEC_MAX large */

/* struct cdi_directory - one directory that is read; @n: spec files so far */
struct cdi_directory {
	struct cdi_cache *cache;
	int root;
	const char *path;
	enum cdi_priority priority;
	size_t n;
};

static const char *cdi_scan_reason(ssize_t err)
{
	if (err == -EFBIG)
		return "larger than 4 MiB";
	return err == -EINVAL ? "not a regular file" : strerror((int)-err);
}

/* Record why a file or directory cannot be read. The next look may succeed after some errors. */
static int cdi_scan_reject(struct cdi_cache *cache, const char *path, int err)
{
	if (err == -ENOMEM)
		return err;
	if (err != -EFBIG && err != -EINVAL && err != -ENOTDIR)
		cache->incomplete = true;
	return cdi_cache_reject(cache, path, cdi_scan_reason(err));
}

static bool cdi_scan_is_directory(int root, const char *path)
{
	struct stat st;

	return root_stat(root, &st, "%s", path) == 0 && S_ISDIR(st.st_mode);
}

/* Is there something at the path, if only a link to a file that is missing? */
static bool cdi_scan_is_there(int root, const char *path)
{
	struct stat st;

	return root_lstat(root, &st, "%s", path) == 0;
}

/* Is it the name of a spec file, perhaps in a spelling that CDI does not read? */
static bool cdi_scan_is_like_spec(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot &&
	       (!strcasecmp(dot, ".json") || !strcasecmp(dot, ".yaml") || !strcasecmp(dot, ".yml"));
}

static int cdi_scan_file(const char *name, void *arg)
{
	char *text cleanup(memory_free) = NULL;
	struct cdi_directory *d = arg;
	const char *path;
	ssize_t n;

	if (!cdi_scan_is_like_spec(name))
		return 0;
	if (d->n++ == FILES_MAX)
		return -E2BIG;
	path = arena_printf(&d->cache->arena, "%s/%s", d->path, name);
	if (!path)
		return -ENOMEM;
	if (!str_ends(name, ".json") && !str_ends(name, ".yaml"))
		return cdi_cache_reject(d->cache, path,
					"not read: the name of a spec file ends in .json or .yaml");
	n = root_read_all(d->root, &text, CDI_SPEC_MAX, "%s", path);
	if (n == -ENOENT && cdi_scan_is_there(d->root, path))
		return cdi_cache_reject(d->cache, path, "a link to a file that is missing");
	if (n == -ENOENT || (n == -EINVAL && cdi_scan_is_directory(d->root, path)))
		return 0; /* removed in the meantime, or a subdirectory */
	if (n < 0)
		return cdi_scan_reject(d->cache, path, (int)n);
	return cdi_cache_load(d->cache, text, (size_t)n, path, d->priority);
}

static int cdi_scan_directory(struct cdi_cache *cache, int root, const char *dir,
			      enum cdi_priority priority)
{
	struct cdi_directory d = {cache, root, dir, priority, 0};
	int err = root_each_sorted(root, cdi_scan_file, &d, "%s", dir);

	if (err == -E2BIG)
		return cdi_cache_reject(cache, dir,
					"more than 256 spec files, the others are left out");
	return !err || err == -ENOENT ? 0 : cdi_scan_reject(cache, dir, err);
}

static bool cdi_scan_is_same(int root, const char *a, const char *b)
{
	struct stat x, y;

	return !root_stat(root, &x, "%s", a) && !root_stat(root, &y, "%s", b) &&
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int cdi_scan(struct cdi_cache *cache, int root)
{
	int err = cdi_scan_directory(cache, root, CDI_STATIC_DIR, CDI_STATIC);

	if (!err)
		err = cdi_scan_directory(cache, root, CDI_DYNAMIC_DIR, CDI_DYNAMIC);
	if (err || cdi_scan_is_same(root, CDI_DYNAMIC_DIR, CDI_RUN_DIR))
		return err;
	return cdi_scan_directory(cache, root, CDI_RUN_DIR, CDI_DYNAMIC);
}
