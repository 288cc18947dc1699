// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <search.h>
#include <string.h>

#include "spec/cdi/index.h"

static int cdi_index_compare(const void *a, const void *b)
{
	const struct cdi_entry *x = a, *y = b;
	int order = memcmp(x->key, y->key, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

struct cdi_entry *cdi_index_entry(struct cdi_index *index, const char *key, size_t len)
{
	struct cdi_entry *e, wanted = {.key = key, .len = len}, **hit;
	char *copy;

	hit = tfind(&wanted, &index->tree, cdi_index_compare);
	if (hit)
		return *hit;
	e = arena_alloc(index->arena, 1, sizeof(*e));
	copy = arena_alloc(index->arena, len + 1, 1);
	if (!e || !copy)
		return NULL;
	memcpy(copy, key, len);
	e->key = copy;
	e->len = len;
	return tsearch(e, &index->tree, cdi_index_compare) ? e : NULL;
}

void *cdi_index_find(const struct cdi_index *index, const char *key, size_t len)
{
	struct cdi_entry wanted = {.key = key, .len = len}, **hit;

	hit = tfind(&wanted, &index->tree, cdi_index_compare);
	return hit && (*hit)->first ? (*hit)->first->item : NULL;
}

int cdi_index_add(struct cdi_index *index, struct cdi_entry *entry, void *item)
{
	struct cdi_thing *t = arena_alloc(index->arena, 1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->item = item;
	if (entry->last)
		entry->last->next = t;
	else
		entry->first = t;
	entry->last = t;
	return 0;
}

int cdi_index_add_once(struct cdi_index *index, const char *key)
{
	struct cdi_entry *e = cdi_index_entry(index, key, strlen(key));

	if (!e)
		return -ENOMEM;
	return e->first ? -EEXIST : cdi_index_add(index, e, e);
}

static void cdi_index_keep(void *entry)
{
	(void)entry;
}

void cdi_index_free(struct cdi_index *index)
{
	tdestroy(index->tree, cdi_index_keep);
	index->tree = NULL;
}
