// SPDX-License-Identifier: Apache-2.0
/* Pass over mounts, see spec/cdi/inject.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spec/cdi/inject.h"

/* --- order --------------------------------------------------------------------------------- */

/*
 * struct ordered - a mount that is being sorted
 * @mount: the mount
 * @depth: of its destination
 * @place: its index before, which keeps the order of mounts of equal depth
 */
struct ordered {
	cJSON *mount;
	size_t depth, place;
};

/* Return: the number of '/' in the path as Go's filepath.Clean() writes it. */
static size_t cdi_mounts_depth(const char *path)
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

static int cdi_mounts_compare(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* A mount point comes before the mount points below it. */
static int cdi_mounts_sort(struct cdi_injection *in)
{
	size_t n = (size_t)cJSON_GetArraySize(in->list), i = 0;
	struct ordered *list = arena_alloc(in->r.arena, n + 1, sizeof(*list));

	if (!list)
		return json_fault_oom(&in->r);
	for (cJSON *m = in->list->child; m; m = m->next, i++) {
		const cJSON *to = cJSON_GetObjectItemCaseSensitive(m, "destination");

		if (!cJSON_IsString(to))
			return json_fault(&in->r, m, "expected a mount with a destination");
		list[i] = (struct ordered){m, cdi_mounts_depth(to->valuestring), i};
	}
	qsort(list, n, sizeof(*list), cdi_mounts_compare);
	in->list->child = NULL;
	for (i = 0; i < n; i++) {
		list[i].mount->next = list[i].mount->prev = NULL;
		cJSON_AddItemToArray(in->list, list[i].mount);
	}
	return 0;
}

/* --- mounts -------------------------------------------------------------------------------- */

static bool cdi_mounts_has_option(const struct cdi_mount *m, const char *word)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (!strcmp(m->options.items[i], word))
			return true;
	return false;
}

static bool cdi_mounts_in_user_namespace(const cJSON *root)
{
	const cJSON *lin = cJSON_GetObjectItemCaseSensitive(root, "linux"), *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(lin, "namespaces"))
	{
		if (!strcmp(json_text(cJSON_GetObjectItemCaseSensitive(item, "type")), "user"))
			return true;
	}
	return false;
}

static int cdi_mounts_begin(struct cdi_injection *in)
{
	int err;

	in->user_namespace = cdi_mounts_in_user_namespace(in->root);
	err = cdi_tree_get(in, CDI_PATH("mounts"), true, &in->list);
	return err ? err : cdi_tree_index_list(in, "destination");
}

/* In a user namespace a bind mount needs its ids mapped, else no user there owns its files. */
static const char *cdi_mounts_idmap(const struct cdi_injection *in, const struct cdi_mount *m)
{
	if (!in->user_namespace || cdi_mounts_has_option(m, "idmap") ||
	    cdi_mounts_has_option(m, "ridmap"))
		return NULL;
	if (!strcmp(m->type, "bind") || cdi_mounts_has_option(m, "bind"))
		return "idmap";
	return !strcmp(m->type, "rbind") || cdi_mounts_has_option(m, "rbind") ? "ridmap" : NULL;
}

static int cdi_mounts_put(struct cdi_injection *in, const struct cdi_edits *e, size_t i)
{
	const struct cdi_mount *m = &e->mounts[i];
	const char *idmap = cdi_mounts_idmap(in, m);
	cJSON *entry = NULL, *options;
	int err = cdi_tree_append_object(in, in->list, &entry);

	if (err)
		return err;
	if (json_set_string(entry, "destination", m->container_path) ||
	    cdi_tree_set_text(entry, "type", m->type) ||
	    json_set_string(entry, "source", m->host_path) ||
	    cdi_tree_set_texts(entry, "options", &m->options))
		return json_fault_oom(&in->r);
	if (idmap) {
		err = oci_member(&in->r, entry, "options", true, &options);
		if (!err && json_append(options, cJSON_CreateString(idmap)))
			err = json_fault_oom(&in->r);
	}
	return err ? err : cdi_tree_replace(in, m->container_path, entry, false);
}

const struct cdi_pass cdi_mounts = {
	.count = offsetof(struct cdi_edits, n_mounts),
	.begin = cdi_mounts_begin,
	.put = cdi_mounts_put,
	.end = cdi_mounts_sort,
};
