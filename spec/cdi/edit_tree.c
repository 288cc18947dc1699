// SPDX-License-Identifier: Apache-2.0
/* What every edit of config.json's tree needs. */
#include <errno.h>
#include <string.h>

#include "spec/cdi/edit.h"

/* An object or array somewhere below the root, made if it is missing. */
int cdi_get(struct cdi_injection *in, cJSON **at, const char *key, bool array)
{
	return oci_member(&in->r, *at, key, array, at);
}

int cdi_append_object(struct cdi_injection *in, cJSON *array, cJSON **out)
{
	*out = cJSON_CreateObject();
	if (*out && cJSON_AddItemToArray(array, *out))
		return 0;
	cJSON_Delete(*out);
	return json_fault_oom(&in->r);
}

/* Members that are set only if they say something. */
int cdi_set_text(cJSON *object, const char *key, const char *value)
{
	return *value ? json_set_string(object, key, value) : 0;
}

int cdi_set_number(cJSON *object, const char *key, struct cdi_number number)
{
	return number.given ? json_set_number(object, key, number.value) : 0;
}

int cdi_set_true(cJSON *object, const char *key, bool value)
{
	return !value || cJSON_AddTrueToObject(object, key) ? 0 : -ENOMEM;
}

int cdi_append_text(cJSON *array, const char *text)
{
	cJSON *item = cJSON_CreateString(text);

	if (item && cJSON_AddItemToArray(array, item))
		return 0;
	cJSON_Delete(item);
	return -ENOMEM;
}

int cdi_set_texts(cJSON *object, const char *key, const struct cdi_texts *t)
{
	cJSON *array = t->n ? cJSON_AddArrayToObject(object, key) : NULL;

	if (t->n && !array)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++)
		if (cdi_append_text(array, t->items[i]))
			return -ENOMEM;
	return 0;
}

/* Put a list's item into the index under a text. */
int cdi_index_item(struct cdi_injection *in, const char *key, size_t len, cJSON *item)
{
	struct cdi_entry *e = cdi_index_entry(&in->index, key, len);

	return e && !cdi_entry_add(&in->index, e, item) ? 0 : json_fault_oom(&in->r);
}

/* Index a list of objects by one of their members; others have nothing that could be replaced. */
int cdi_index_list(struct cdi_injection *in, const cJSON *list, const char *key)
{
	cJSON *item;
	int err = 0;

	for (item = list->child; item; item = item->next) {
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, key);

		if (cJSON_IsString(name))
			err = cdi_index_item(in, name->valuestring, strlen(name->valuestring),
					     item);
		if (err)
			return err;
	}
	return 0;
}

/* Remove the first item that goes by a text, and put @item at the end in its place. */
int cdi_replace_first(struct cdi_injection *in, cJSON *list, const char *key, cJSON *item)
{
	struct cdi_entry *e = cdi_index_entry(&in->index, key, strlen(key));

	if (!e)
		return json_fault_oom(&in->r);
	if (e->first) {
		cJSON_Delete(cJSON_DetachItemViaPointer(list, e->first->item));
		e->first = e->first->next;
		if (!e->first)
			e->last = NULL;
	}
	return cdi_entry_add(&in->index, e, item) ? json_fault_oom(&in->r) : 0;
}
