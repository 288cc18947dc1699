// SPDX-License-Identifier: Apache-2.0
/* A copy of the members of config.json that are edited, instead of the whole document. */
#include "init/lib/compiler.h"
#include "spec/oci_document.h"

/* struct copied - members of the object @parent that are edited */
static const struct copied {
	const char *parent, *members[2];
} copied[] = {
	{"process", {"env"}},
	{"linux", {"devices", "resources"}},
};

static int oci_copy_item(cJSON *to, const char *key, const cJSON *item)
{
	cJSON *copy = item ? cJSON_Duplicate(item, true) : NULL;

	if (!item || (copy && cJSON_AddItemToObject(to, key, copy)))
		return 0;
	cJSON_Delete(copy);
	return -1;
}

/* What is not an object is copied as it is. */
static int oci_copy_parent(cJSON *copy, const cJSON *root, const struct copied *c)
{
	const cJSON *from = cJSON_GetObjectItemCaseSensitive(root, c->parent);
	cJSON *to;

	if (!cJSON_IsObject(from))
		return oci_copy_item(copy, c->parent, from);
	to = cJSON_AddObjectToObject(copy, c->parent);
	if (!to)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(c->members) && c->members[i]; i++)
		if (oci_copy_item(to, c->members[i],
				  cJSON_GetObjectItemCaseSensitive(from, c->members[i])))
			return -1;
	return 0;
}

cJSON *oci_copy(const cJSON *root)
{
	cJSON *copy = cJSON_CreateObject();

	for (size_t i = 0; i < ARRAY_SIZE(copied) && copy; i++) {
		if (!oci_copy_parent(copy, root, &copied[i]))
			continue;
		cJSON_Delete(copy);
		copy = NULL;
	}
	return copy;
}

/* The item has its key already, so nothing is allocated. */
static void oci_copy_move(cJSON *to, cJSON *from, cJSON *item)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(to, item->string);

	cJSON_DetachItemViaPointer(from, item);
	if (old)
		cJSON_ReplaceItemViaPointer(to, old, item);
	else
		cJSON_AddItemToArray(to, item);
}

void oci_copy_take(cJSON *root, cJSON *copy)
{
	while (copy->child) {
		cJSON *from = copy->child,
		      *to = cJSON_GetObjectItemCaseSensitive(root, from->string);

		if (!cJSON_IsObject(from) || !cJSON_IsObject(to)) {
			oci_copy_move(root, copy, from);
			continue;
		}
		while (from->child)
			oci_copy_move(to, from, from->child);
		cJSON_Delete(cJSON_DetachItemViaPointer(copy, from));
	}
	cJSON_Delete(copy);
}
