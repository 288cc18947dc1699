// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/json.h"

/* --- faults -------------------------------------------------------------------------------- */

/* The items from @from down to @item into @path. Return: how many, 0 if it is not there. */
static size_t trace(const cJSON *from, const cJSON *item, const cJSON **path, size_t depth)
{
	size_t n;

	if (depth > JSON_DEPTH_MAX)
		return 0;
	path[depth] = from;
	if (from == item)
		return depth + 1;
	for (const cJSON *c = from->child; c; c = c->next) {
		n = trace(c, item, path, depth + 1);
		if (n)
			return n;
	}
	return 0;
}

static size_t index_of(const cJSON *array, const cJSON *item)
{
	size_t n = 0;

	for (const cJSON *c = array->child; c && c != item; c = c->next)
		n++;
	return n;
}

/* Append "/key", "~" and "/" escaped (RFC 6901, section 3); what does not fit is left out. */
static size_t put_key(char *buf, size_t size, size_t used, const char *key)
{
	const char *escaped;

	buf[used++] = '/';
	for (; *key && used + 4 < size; key++) {
		escaped = *key == '~' ? "~0" : *key == '/' ? "~1" : NULL;
		if (escaped) {
			memcpy(buf + used, escaped, 2);
			used += 2;
		} else {
			buf[used++] = *key;
		}
	}
	buf[used] = '\0';
	return used;
}

/* Items have no way up, so the pointer is looked for when somebody wants to read it. */
static void pointer(const struct json_reader *r, const cJSON *item, char *buf, size_t size)
{
	const cJSON *path[JSON_DEPTH_MAX + 1];
	size_t n = trace(r->root, item, path, 0), used = 0;
	char number[24];

	if (n == 1)
		memcpy(buf, "top level", sizeof("top level"));
	for (size_t i = 1; i < n && used + 32 < size; i++) {
		if (cJSON_IsArray(path[i - 1])) {
			snprintf(number, sizeof(number), "%zu", index_of(path[i - 1], path[i]));
			used = put_key(buf, size, used, number);
		} else {
			used = put_key(buf, size, used, path[i]->string);
		}
	}
}

int json_fault(const struct json_reader *r, const cJSON *item, const char *fmt, ...)
{
	char where[256] = "", reason[512];
	va_list ap;

	pointer(r, item, where, sizeof(where));
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	return fault_set(r->fault, -EINVAL, "%s: %s", where, reason);
}

int json_enomem(const struct json_reader *r)
{
	return fault_oom(r->fault);
}

static const char *kind(const cJSON *item)
{
	if (cJSON_IsObject(item))
		return "an object";
	if (cJSON_IsArray(item))
		return "an array";
	if (cJSON_IsString(item))
		return "a string";
	if (cJSON_IsNull(item))
		return "null";
	return cJSON_IsTrue(item) ? "true" : "false";
}

int json_expected(const struct json_reader *r, const cJSON *item, const char *what)
{
	char found[128];

	if (cJSON_IsString(item))
		snprintf(found, sizeof(found), "\"%.120s\"", item->valuestring);
	else if (json_is_number(item))
		snprintf(found, sizeof(found), "the number %.100s", item->valuestring);
	else
		snprintf(found, sizeof(found), "%s", kind(item));
	json_fault(r, item, "expected %s, found %s", what, found);
	fault_expected(r->fault, "%s", what);
	fault_found(r->fault, "%s", found);
	return -EINVAL;
}

/* --- objects and lists --------------------------------------------------------------------- */

bool json_asks_nothing(const cJSON *item)
{
	if (cJSON_IsString(item))
		return !*item->valuestring;
	if (json_is_number(item))
		return !strcmp(item->valuestring, "0");
	if (cJSON_IsArray(item))
		return !item->child;
	for (const cJSON *c = item->child; c; c = c->next)
		if (!json_asks_nothing(c))
			return false;
	return !cJSON_IsTrue(item);
}

#define FIELDS_MAX 64

static int unknown_key(const struct json_reader *r, const cJSON *item,
		       const struct json_field *fields)
{
	const char *names[FIELDS_MAX + 1], *near;
	size_t n = 0;

	while (n < FIELDS_MAX && fields[n].name) {
		names[n] = fields[n].name;
		n++;
	}
	names[n] = NULL;
	near = str_nearest(item->string, names);
	if (near)
		return json_fault(r, item, "unknown key; did you mean \"%s\"?", near);
	return json_fault(r, item, "unknown key");
}

/* Is this key the field's, in one of its spellings? */
static bool is_field(const struct json_field *f, const char *key)
{
	const char *name = f->name;
	char c;

	if (!strcmp(name, key))
		return true;
	if (!f->protojson)
		return false;
	for (; *name; name++, key++) {
		c = *name;
		if (c == '_')
			c = (char)(*++name - 'a' + 'A');
		if (*key != c)
			return false;
	}
	return !*key;
}

static int read_member(const struct json_reader *r, const cJSON *item,
		       const struct json_field *fields, void *out, uint64_t *seen)
{
	const struct json_field *f = fields;
	uint64_t bit;

	if (r->lenient && cJSON_IsNull(item))
		return 0;
	while (f->name && !is_field(f, item->string))
		f++;
	if (!f->name)
		return r->lenient && json_asks_nothing(item) ? 0 : unknown_key(r, item, fields);
	if (r->nulls && cJSON_IsNull(item))
		return 0;
	bit = 1ULL << (f - fields);
	if (*seen & bit)
		return json_fault(r, item, "two spellings of the key \"%s\" stand together",
				  f->name);
	*seen |= bit;
	return f->read(r, item, (char *)out + f->offset);
}

int json_object(const struct json_reader *r, const cJSON *item, const struct json_field *fields,
		void *out)
{
	uint64_t seen = 0;
	int err;

	if (!cJSON_IsObject(item))
		return json_expected(r, item, "an object");
	for (const cJSON *c = item->child; c; c = c->next) {
		err = read_member(r, c, fields, out, &seen);
		if (err)
			return err;
	}
	for (size_t i = 0; fields[i].name; i++)
		if (fields[i].required && !(seen & 1ULL << i))
			return json_fault(r, item, "the key \"%s\" is missing", fields[i].name);
	return 0;
}

int json_list(const struct json_reader *r, const cJSON *item, size_t max, size_t size,
	      json_read_fn *read, void **list, size_t *n)
{
	size_t count = 0;
	char *element;
	int err;

	if (!cJSON_IsArray(item))
		return json_expected(r, item, "an array");
	for (const cJSON *c = item->child; c; c = c->next)
		count++;
	if (count > max)
		return json_fault(r, item, "%zu elements, at most %zu are accepted", count, max);
	element = arena_alloc(r->arena, count + 1, size);
	if (!element)
		return json_enomem(r);
	*list = element;
	*n = count;
	for (const cJSON *c = item->child; c; c = c->next, element += size) {
		err = read(r, c, element);
		if (err)
			return err;
	}
	return 0;
}

int json_strings(const struct json_reader *r, const cJSON *item, size_t max, const char ***list,
		 size_t *n)
{
	void *strings = NULL;
	int err = json_list(r, item, max, sizeof(char *), json_string, &strings, n);

	if (!err)
		*list = strings;
	return err;
}

/* --- single values ------------------------------------------------------------------------- */

int json_string(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *copy;

	if (!cJSON_IsString(item))
		return json_expected(r, item, "a string");
	copy = arena_strdup(r->arena, item->valuestring);
	if (!copy)
		return json_enomem(r);
	*(const char **)out = copy;
	return 0;
}

int json_path(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || item->valuestring[0] != '/')
		return json_expected(r, item, "an absolute path");
	return json_string(r, item, out);
}

int json_bool(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsBool(item))
		return json_expected(r, item, "true or false");
	*(bool *)out = cJSON_IsTrue(item);
	return 0;
}

int json_integer(const struct json_reader *r, const cJSON *item, int64_t min, int64_t max,
		 int64_t *out)
{
	char what[80];
	int64_t v;

	if (json_int64(item, &v) || v < min || v > max) {
		snprintf(what, sizeof(what), "an integer from %lld to %lld", (long long)min,
			 (long long)max);
		return json_expected(r, item, what);
	}
	*out = v;
	return 0;
}

int json_uint32(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v = 0;
	int err = json_integer(r, item, 0, UINT32_MAX, &v);

	if (!err)
		*(uint32_t *)out = (uint32_t)v;
	return err;
}

int json_choice(const struct json_reader *r, const cJSON *item, const char *const *words)
{
	char what[160] = "one of";
	size_t used = strlen(what);

	for (int i = 0; words[i]; i++)
		if (cJSON_IsString(item) && !strcmp(item->valuestring, words[i]))
			return i;
	for (int i = 0; words[i] && used < sizeof(what); i++)
		used += (size_t)snprintf(what + used, sizeof(what) - used, "%s \"%s\"",
					 i ? "," : "", words[i]);
	return json_expected(r, item, what);
}
