// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/json.h"
#include "spec/json_read.h"

void json_free_ptr(cJSON **item)
{
	cJSON_Delete(*item);
	*item = NULL;
}

/* --- looking at a tree --------------------------------------------------------------------- */

bool json_is_number(const cJSON *item)
{
	return cJSON_IsRaw(item);
}

bool json_is_empty(const cJSON *item)
{
	if (cJSON_IsString(item))
		return !*item->valuestring;
	if (json_is_number(item))
		return !strcmp(item->valuestring, "0");
	if (cJSON_IsArray(item))
		return !item->child;
	for (const cJSON *c = item->child; c; c = c->next)
		if (!json_is_empty(c))
			return false;
	return !cJSON_IsTrue(item);
}

const char *json_text(const cJSON *item)
{
	return cJSON_IsString(item) ? item->valuestring : "";
}

int json_int64(const cJSON *item, int64_t *out)
{
	const char *s;
	uint64_t v;
	bool minus;
	int err;

	if (!json_is_number(item))
		return -EINVAL;
	s = item->valuestring;
	minus = *s == '-';
	err = str_number(s + minus, strlen(s + minus), 10, (uint64_t)INT64_MAX + minus, &v);
	if (err)
		return err;
	*out = minus ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

int json_compare_keys(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/* --- keys ---------------------------------------------------------------------------------- */

/* So many keys are compared in pairs, which takes less time than sorting them. */
#define KEYS_FEW 8

static int json_find_in_pairs(const struct json_reader *r, const cJSON *object)
{
	for (const cJSON *a = object->child; a; a = a->next)
		for (const cJSON *b = a->next; b; b = b->next)
			if (!strcmp(a->string, b->string))
				return json_fault(r, b, "duplicate key");
	return 0;
}

/* Sort the keys: comparing all pairs of a hostile object would take minutes. */
static int json_find_duplicate(const struct json_reader *r, const cJSON *object)
{
	const cJSON **keys;
	size_t n = 0;
	int err = 0;

	for (const cJSON *c = object->child; c; c = c->next)
		n++;
	if (n <= KEYS_FEW)
		return json_find_in_pairs(r, object);
	keys = malloc(n * sizeof(const cJSON *));
	if (!keys)
		return json_fault_oom(r);
	n = 0;
	for (const cJSON *c = object->child; c; c = c->next)
		keys[n++] = c;
	qsort(keys, n, sizeof(const cJSON *), json_compare_keys);
	for (size_t i = 1; i < n && !err; i++)
		if (!json_compare_keys(&keys[i - 1], &keys[i]))
			err = json_fault(r, keys[i], "duplicate key");
	free(keys);
	return err;
}

static int json_find_duplicates(const struct json_reader *r, const cJSON *item)
{
	int err = 0;

	if (cJSON_IsObject(item))
		err = json_find_duplicate(r, item);
	for (const cJSON *c = item->child; c && !err; c = c->next)
		err = json_find_duplicates(r, c);
	return err;
}

int json_parse(const char *text, size_t len, cJSON **out, struct fault *fault)
{
	cJSON *root cleanup(json_free_ptr) = NULL;
	struct json_reader r = {.fault = fault};
	int err = json_parse_text(text, len, &root, fault);

	if (err)
		return err;
	r.root = root;
	err = json_find_duplicates(&r, root);
	if (err)
		return err;
	*out = root;
	root = NULL;
	return 0;
}

/* --- changing a tree ----------------------------------------------------------------------- */

/* Set a member to a text, in place: a replaced item would need a copy of the key. */
static int json_set_text(cJSON *object, const char *key, int type, const char *text)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	size_t size = strlen(text) + 1;
	char *copy = cJSON_malloc(size);

	if (copy && !item)
		item = cJSON_AddNullToObject(object, key);
	if (!copy || !item) {
		cJSON_free(copy);
		return -ENOMEM;
	}
	memcpy(copy, text, size);
	cJSON_Delete(item->child);
	item->child = NULL;
	cJSON_free(item->valuestring);
	item->valuestring = copy;
	item->type = type;
	return 0;
}

int json_set_number(cJSON *object, const char *key, int64_t value)
{
	uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char text[24], *at = text + sizeof(text);

	*--at = '\0';
	do
		*--at = (char)('0' + v % 10);
	while (v /= 10);
	if (value < 0)
		*--at = '-';
	return json_set_text(object, key, cJSON_Raw, at);
}

int json_set_string(cJSON *object, const char *key, const char *value)
{
	return json_set_text(object, key, cJSON_String, value);
}

int json_append(cJSON *array, cJSON *item)
{
	if (item && cJSON_AddItemToArray(array, item))
		return 0;
	cJSON_Delete(item);
	return -ENOMEM;
}

char *json_print(const cJSON *item, bool formatted)
{
	char *text = formatted ? cJSON_Print(item) : cJSON_PrintUnformatted(item);
	char *copy = text ? strdup(text) : NULL;

	cJSON_free(text);
	return copy;
}
