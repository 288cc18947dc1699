// SPDX-License-Identifier: Apache-2.0
/* mounts of containerEdits */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spec/cdi/edit.h"

/* --- order --------------------------------------------------------------------------------- */

/* A mount and how deep it goes; @place keeps those that go equally deep in their order. */
struct ordered {
	cJSON *mount;
	size_t depth, place;
};

/* How many '/' has the path, cleaned of ".", ".." and what is empty (Go's filepath.Clean)? */
static size_t depth_of(const char *path)
{
	bool rooted = *path == '/';
	size_t parts = 0, up = 0, n;

	for (; *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (!n || (n == 1 && *path == '.'))
			continue;
		if (n != 2 || memcmp(path, "..", 2) != 0)
			parts++;
		else if (parts)
			parts--;
		else
			up++;
	}
	if (rooted)
		return parts ? parts : 1;
	return parts + up ? parts + up - 1 : 0;
}

static int compare(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Parents before what is mounted below them. */
static int sort(struct cdi_injection *in, cJSON *mounts)
{
	size_t n = (size_t)cJSON_GetArraySize(mounts), i = 0;
	struct ordered *list = arena_alloc(in->r.arena, n + 1, sizeof(*list));

	if (!list)
		return json_fault_oom(&in->r);
	for (cJSON *m = mounts->child; m; m = m->next, i++) {
		const cJSON *to = cJSON_GetObjectItemCaseSensitive(m, "destination");

		if (!cJSON_IsString(to))
			return json_fault(&in->r, m, "expected a mount with a destination");
		list[i] = (struct ordered){m, depth_of(to->valuestring), i};
	}
	qsort(list, n, sizeof(*list), compare);
	mounts->child = NULL;
	for (i = 0; i < n; i++) {
		list[i].mount->next = list[i].mount->prev = NULL;
		cJSON_AddItemToArray(mounts, list[i].mount);
	}
	return 0;
}

/* --- mounts -------------------------------------------------------------------------------- */

static bool has_option(const struct cdi_mount *m, const char *word)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (!strcmp(m->options.items[i], word))
			return true;
	return false;
}

static bool has_user_namespace(const cJSON *root)
{
	const cJSON *lin = cJSON_GetObjectItemCaseSensitive(root, "linux"), *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(lin, "namespaces"))
	{
		const cJSON *type = cJSON_GetObjectItemCaseSensitive(item, "type");

		if (cJSON_IsString(type) && !strcmp(type->valuestring, "user"))
			return true;
	}
	return false;
}

/* With a user namespace a bind mount's files belong to its users, too. */
static const char *idmap_option(const struct cdi_injection *in, const struct cdi_mount *m)
{
	if (!in->user_namespace || has_option(m, "idmap") || has_option(m, "ridmap"))
		return NULL;
	if (!strcmp(m->type, "bind") || has_option(m, "bind"))
		return "idmap";
	return !strcmp(m->type, "rbind") || has_option(m, "rbind") ? "ridmap" : NULL;
}

static int put_mount(struct cdi_injection *in, cJSON *mounts, const struct cdi_mount *m)
{
	const char *idmap = idmap_option(in, m);
	cJSON *entry = NULL, *options;
	int err = cdi_append_object(in, mounts, &entry);

	if (err)
		return err;
	if (json_set_string(entry, "destination", m->container_path) ||
	    cdi_set_text(entry, "type", m->type) ||
	    json_set_string(entry, "source", m->host_path) ||
	    cdi_set_texts(entry, "options", &m->options))
		return json_fault_oom(&in->r);
	if (idmap) {
		options = entry;
		err = cdi_get(in, &options, "options", true);
		if (!err && cdi_append_text(options, idmap))
			err = json_fault_oom(&in->r);
	}
	return err ? err : cdi_replace_first(in, mounts, m->container_path, entry);
}

static int begin_mounts(struct cdi_injection *in, cJSON **mounts)
{
	int err;

	in->user_namespace = has_user_namespace(in->root);
	*mounts = in->root;
	err = cdi_get(in, mounts, "mounts", true);
	return err ? err : cdi_index_list(in, *mounts, "destination");
}

int cdi_inject_mounts(struct cdi_injection *in)
{
	cJSON *mounts = NULL;
	int err = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct cdi_edits *e = in->blocks[i];

		if (e->n_mounts && !mounts)
			err = begin_mounts(in, &mounts);
		for (size_t k = 0; k < e->n_mounts && !err; k++)
			err = put_mount(in, mounts, &e->mounts[k]);
		if (err)
			return err;
	}
	return mounts ? sort(in, mounts) : 0;
}
