// SPDX-License-Identifier: Apache-2.0
/*
 * How a document becomes structures
 * ---------------------------------
 *
 * The manifest, config.json and CDI's spec files are objects in objects with a fixed set of keys.
 * Each kind of object has a table of struct json_field and a structure, and one loop,
 * json_read_object(), serves all tables:
 *
 *	document             table                               structure
 *	{"name": "nvidia",   JSON_FIELD("name", …)            -> struct kernel_module.name
 *	 "parameters": […]}  JSON_LIST("parameters", …)       -> .parameters and .n_parameters
 *
 * It goes through the object's members, not through the table, so that each unknown key is found
 * and its nearest known key can be suggested. One bit for each row of the table shows which keys
 * were there: a second spelling of a key (protojson) and a missing required key are faults.
 * Duplicate keys never come here: json_parse() has refused them.
 *
 * A reader (json_read_fn) gets the value and a pointer to the member. It checks the value before
 * it stores anything, and the reader of a nested object calls json_read_object() with the next
 * table. Readers have no state but struct json_reader; a check that needs two members of an
 * object follows in the reader of that object, after json_read_object().
 *
 * All strings and lists are copied into the reader's arena, so the tree can be freed afterwards.
 * The caller's structure is filled as the walk goes on. The functions that read a whole document
 * fill a local one and copy it at the end, so that their @out is untouched on failure.
 *
 * Three kinds of strictness: the manifest takes no unknown key and no null. config.json (lenient)
 * takes null, because encoders write it for what is not set, and unknown keys with a warning: the
 * runtime spec has runtimes ignore them (config.md, "Extensibility"). CDI's spec files take null
 * for a known key (@nulls) as Go's decoder does.
 *
 * Since each fault would cost a boot, all faults of a document are collected with @notes:
 * json_fault() appends, and the loops go on after -EINVAL.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/json_read.h"

/* --- objects and lists --------------------------------------------------------------------- */

#define FIELDS_MAX 64

static bool json_read_is_lenient(const struct json_reader *r)
{
	return r->notes && r->notes->lenient;
}

static int json_read_unknown(const struct json_reader *r, const cJSON *item,
			     const struct json_field *fields, size_t n)
{
	const char *names[FIELDS_MAX + 1] = {NULL}, *near;

	for (size_t i = 0; i < n && i < FIELDS_MAX; i++)
		names[i] = fields[i].name;
	near = str_nearest(item->string, names);
	if (json_read_is_lenient(r) && near)
		json_warn(r, item, "unknown property ignored; did you mean \"%s\"?", near);
	else if (json_read_is_lenient(r))
		json_warn(r, item, "unknown property ignored");
	if (json_read_is_lenient(r))
		return 0;
	if (near)
		return json_fault(r, item, "unknown key; did you mean \"%s\"?", near);
	return json_fault(r, item, "unknown key");
}

/* Is @key one of the field's spellings? */
static bool json_read_matches(const struct json_field *f, const char *key)
{
	const char *name = f->name;
	char c;

	/* Both spellings begin alike, and most keys differ there. */
	if (*name != *key)
		return false;
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

static int json_read_field(const struct json_reader *r, const cJSON *item,
			   const struct json_field *f, char *out)
{
	size_t unused = 0, *n = f->count ? (size_t *)(out + f->count) : &unused;

	if (!f->size)
		return f->read(r, item, out + f->offset);
	return json_read_list(r, item, f->max ? f->max : SIZE_MAX, f->size, f->read,
			      out + f->offset, n);
}

static int json_read_member(const struct json_reader *r, const cJSON *item,
			    const struct json_field *fields, size_t n, void *out, uint64_t *seen)
{
	const struct json_field *f = fields, *end = fields + n;
	uint64_t bit;

	if (json_read_is_lenient(r) && cJSON_IsNull(item))
		return 0;
	while (f < end && !json_read_matches(f, item->string))
		f++;
	if (f == end)
		return json_read_is_lenient(r) && json_is_empty(item)
			       ? 0
			       : json_read_unknown(r, item, fields, n);
	if (r->nulls && cJSON_IsNull(item))
		return 0;
	bit = 1ULL << (f - fields);
	if (*seen & bit)
		return json_fault(r, item, "the key \"%s\" is given in two spellings", f->name);
	*seen |= bit;
	return json_read_field(r, item, f, out);
}

/* May the walk go on after @err? It was a fault of the document, which is recorded. */
static bool json_read_goes_on(const struct json_reader *r, int err)
{
	return !err || (err == -EINVAL && r->notes);
}

/*
 * Is the value an array or an object, as @array says? Encoders of languages that have one type for
 * both write an empty one as the other, which a lenient reader takes.
 */
static bool json_read_is_kind(const struct json_reader *r, const cJSON *item, bool array)
{
	if (json_read_is_lenient(r) && !item->child &&
	    (cJSON_IsArray(item) || cJSON_IsObject(item)))
		return true;
	return array ? cJSON_IsArray(item) : cJSON_IsObject(item);
}

int json_read_fields(const struct json_reader *r, const cJSON *item,
		     const struct json_field *fields, size_t n, void *out)
{
	uint64_t seen = 0;
	int err, result = 0;

	if (!json_read_is_kind(r, item, false))
		return json_fault_expected(r, item, "an object");
	for (const cJSON *c = item->child; c && json_read_goes_on(r, result); c = c->next) {
		err = json_read_member(r, c, fields, n, out, &seen);
		result = err ? err : result;
	}
	for (size_t i = 0; i < n && json_read_goes_on(r, result); i++)
		if (fields[i].required && !(seen & 1ULL << i))
			result = json_fault(r, item, "the key \"%s\" is missing", fields[i].name);
	return result;
}

int json_read_list(const struct json_reader *r, const cJSON *item, size_t max, size_t size,
		   json_read_fn *read, void *list, size_t *n)
{
	char *first, *element;
	size_t count = 0;
	int err, result = 0;

	if (!json_read_is_kind(r, item, true))
		return json_fault_expected(r, item, "an array");
	for (const cJSON *c = item->child; c; c = c->next)
		count++;
	if (count > max)
		return json_fault(r, item, "%zu elements, at most %zu are accepted", count, max);
	first = element = arena_alloc(r->arena, count + 1, size);
	if (!first)
		return json_fault_oom(r);
	for (const cJSON *c = item->child; c; c = c->next, element += size) {
		err = read(r, c, element);
		result = err ? err : result;
		if (!json_read_goes_on(r, result))
			break;
	}
	if (result)
		return result;
	memcpy(list, &first, sizeof(first));
	*n = count;
	return 0;
}

int json_read_each(const struct json_reader *r, const cJSON *item, bool array, json_read_fn *read,
		   void *out)
{
	int err, result = 0;

	if (!json_read_is_kind(r, item, array))
		return json_fault_expected(r, item, array ? "an array" : "an object");
	for (const cJSON *c = item->child; c && json_read_goes_on(r, result); c = c->next) {
		err = read(r, c, out);
		result = err ? err : result;
	}
	return result;
}

/* --- single values ------------------------------------------------------------------------- */

int json_read_string(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *copy;

	if (!cJSON_IsString(item))
		return json_fault_expected(r, item, "a string");
	copy = arena_strdup(r->arena, item->valuestring);
	if (!copy)
		return json_fault_oom(r);
	*(const char **)out = copy;
	return 0;
}

int json_read_path(const struct json_reader *r, const cJSON *item, void *out)
{
	if (*json_text(item) != '/')
		return json_fault_expected(r, item, "an absolute path");
	return json_read_string(r, item, out);
}

int json_read_bool(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsBool(item))
		return json_fault_expected(r, item, "true or false");
	*(bool *)out = cJSON_IsTrue(item);
	return 0;
}

int json_read_integer(const struct json_reader *r, const cJSON *item, int64_t min, int64_t max,
		      int64_t *out)
{
	char what[80];
	int64_t v;

	if (json_int64(item, &v) || v < min || v > max) {
		snprintf(what, sizeof(what), "an integer from %lld to %lld", (long long)min,
			 (long long)max);
		return json_fault_expected(r, item, what);
	}
	*out = v;
	return 0;
}

int json_read_range(const struct json_reader *r, const cJSON *item, uint32_t min, uint32_t max,
		    uint32_t *out)
{
	int64_t v = 0;
	int err = json_read_integer(r, item, min, max, &v);

	if (!err)
		*out = (uint32_t)v;
	return err;
}

int json_read_uint32(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, UINT32_MAX, out);
}

int json_read_uint64(const struct json_reader *r, const cJSON *item, void *out)
{
	uint64_t v;

	if (!json_is_number(item) ||
	    str_number(item->valuestring, strlen(item->valuestring), 10, UINT64_MAX, &v))
		return json_fault_expected(r, item, "an integer from 0 to 18446744073709551615");
	memcpy(out, &v, sizeof(v)); /* it may be an rlim_t */
	return 0;
}

int json_read_choice(const struct json_reader *r, const cJSON *item, const char *const *words)
{
	char what[224] = "one of";
	size_t used = strlen(what);

	for (int i = 0; words[i]; i++)
		if (cJSON_IsString(item) && !strcmp(item->valuestring, words[i]))
			return i;
	for (int i = 0; words[i]; i++) {
		if (used + strlen(words[i]) + sizeof(", \"\", ...") > sizeof(what)) {
			snprintf(what + used, sizeof(what) - used, ", ...");
			break;
		}
		used += (size_t)snprintf(what + used, sizeof(what) - used, "%s \"%s\"",
					 i ? "," : "", words[i]);
	}
	return json_fault_expected(r, item, what);
}
