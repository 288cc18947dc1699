// SPDX-License-Identifier: Apache-2.0
/* Changes to the tree of config.json that several passes need. */
#include <errno.h>
#include <string.h>

#include "spec/cdi/inject.h"

int cdi_tree_get(struct cdi_injection *in, const char *const *path, bool array, cJSON **out)
{
	int err = 0;

	*out = in->root;
	for (; *path && !err; path++)
		err = oci_member(&in->r, *out, *path, array && !path[1], out);
	return err;
}

int cdi_tree_append_object(struct cdi_injection *in, cJSON *array, cJSON **out)
{
	cJSON *object = cJSON_CreateObject();

	if (json_append(array, object))
		return json_fault_oom(&in->r);
	*out = object;
	return 0;
}

int cdi_tree_set_text(cJSON *object, const char *key, const char *value)
{
	return *value ? json_set_string(object, key, value) : 0;
}

int cdi_tree_set_number(cJSON *object, const char *key, struct cdi_number number)
{
	return number.given ? json_set_number(object, key, number.value) : 0;
}

int cdi_tree_set_true(cJSON *object, const char *key, bool value)
{
	return !value || cJSON_AddTrueToObject(object, key) ? 0 : -ENOMEM;
}

int cdi_tree_set_texts(cJSON *object, const char *key, const struct cdi_texts *texts)
{
	cJSON *array = texts->n ? cJSON_AddArrayToObject(object, key) : NULL;

	if (texts->n && !array)
		return -ENOMEM;
	for (size_t i = 0; i < texts->n; i++)
		if (json_append(array, cJSON_CreateString(texts->items[i])))
			return -ENOMEM;
	return 0;
}

int cdi_tree_index(struct cdi_injection *in, const char *key, size_t len, cJSON *item)
{
	struct cdi_entry *e = cdi_index_entry(&in->index, key, len);

	return e && !cdi_index_add(&in->index, e, item) ? 0 : json_fault_oom(&in->r);
}

int cdi_tree_index_list(struct cdi_injection *in, const char *key)
{
	int err = 0;

	for (cJSON *item = in->list->child; item && !err; item = item->next) {
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, key);

		if (cJSON_IsString(name))
			err = cdi_tree_index(in, name->valuestring, strlen(name->valuestring),
					     item);
	}
	return err;
}

int cdi_tree_replace(struct cdi_injection *in, const char *key, cJSON *item, bool all)
{
	struct cdi_entry *e = cdi_index_entry(&in->index, key, strlen(key));

	if (!e)
		return json_fault_oom(&in->r);
	while (e->first) {
		cJSON_Delete(cJSON_DetachItemViaPointer(in->list, e->first->item));
		e->first = e->first->next;
		if (!e->first)
			e->last = NULL;
		if (!all)
			break;
	}
	return cdi_index_add(&in->index, e, item) ? json_fault_oom(&in->r) : 0;
}
