// SPDX-License-Identifier: Apache-2.0
/* Faults and warnings that name the place in a document as a JSON pointer (RFC 6901). */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/log.h"
#include "spec/json_read.h"

/*
 * Put the items from @from down to @item into @path.
 * Return: how many they are, 0 if @item is not below @from.
 */
static size_t json_fault_trace(const cJSON *from, const cJSON *item, const cJSON **path,
			       size_t depth)
{
	size_t n;

	if (depth > JSON_DEPTH_MAX)
		return 0;
	path[depth] = from;
	if (from == item)
		return depth + 1;
	for (const cJSON *c = from->child; c; c = c->next) {
		n = json_fault_trace(c, item, path, depth + 1);
		if (n)
			return n;
	}
	return 0;
}

static size_t json_fault_index(const cJSON *array, const cJSON *item)
{
	size_t n = 0;

	for (const cJSON *c = array->child; c && c != item; c = c->next)
		n++;
	return n;
}

/* Append "/key", "~" and "/" escaped (RFC 6901, section 3); what does not fit is left out. */
static size_t json_fault_put_key(char *buf, size_t size, size_t used, const char *key)
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

/* cJSON's items do not know their parents, so search for the item when there is a fault. */
static void json_fault_pointer(const struct json_reader *r, const cJSON *item, char *buf,
			       size_t size)
{
	const cJSON *path[JSON_DEPTH_MAX + 1];
	size_t n = json_fault_trace(r->root, item, path, 0), used = 0;
	char number[24];

	if (n == 1)
		memcpy(buf, "top level", sizeof("top level"));
	for (size_t i = 1; i < n && used + 32 < size; i++) {
		if (cJSON_IsArray(path[i - 1])) {
			snprintf(number, sizeof(number), "%zu",
				 json_fault_index(path[i - 1], path[i]));
			used = json_fault_put_key(buf, size, used, number);
		} else {
			used = json_fault_put_key(buf, size, used, path[i]->string);
		}
	}
}

int json_fault(const struct json_reader *r, const cJSON *item, const char *fmt, ...)
{
	char where[256] = "", reason[512];
	va_list ap;

	/* Finding the place takes time: a hostile document may have a fault in each of its values.
	 */
	if (r->notes && r->notes->faults++ >= JSON_FAULTS_MAX)
		return -EINVAL;
	json_fault_pointer(r, item, where, sizeof(where));
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (!r->notes || r->notes->faults == 1)
		return fault_set(r->fault, -EINVAL, "%s: %s", where, reason);
	fault_add(r->fault, "; %s: %s", where, reason);
	return -EINVAL;
}

void json_notes_end(const struct json_reader *r)
{
	if (r->notes->faults > JSON_FAULTS_MAX)
		fault_add(r->fault, "; and %u more", r->notes->faults - JSON_FAULTS_MAX);
	if (r->notes->warnings > JSON_WARNINGS_MAX)
		pr_warn("%u more warnings", r->notes->warnings - JSON_WARNINGS_MAX);
}

void json_warn(const struct json_reader *r, const cJSON *item, const char *fmt, ...)
{
	char where[256] = "", text[512];
	va_list ap;

	if (!r->notes || r->notes->warnings++ >= JSON_WARNINGS_MAX)
		return;
	json_fault_pointer(r, item, where, sizeof(where));
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_warn("%s: %s", where, text);
}

int json_fault_oom(const struct json_reader *r)
{
	return fault_oom(r->fault);
}

static const char *json_fault_kind(const cJSON *item)
{
	if (cJSON_IsObject(item))
		return "an object";
	if (cJSON_IsArray(item))
		return "an array";
	if (cJSON_IsNull(item))
		return "null";
	return cJSON_IsTrue(item) ? "true" : "false";
}

int json_fault_expected(const struct json_reader *r, const cJSON *item, const char *what)
{
	char found[128];

	if (cJSON_IsString(item))
		snprintf(found, sizeof(found), "\"%.120s\"", item->valuestring);
	else if (json_is_number(item))
		snprintf(found, sizeof(found), "the number %.100s", item->valuestring);
	else
		snprintf(found, sizeof(found), "%s", json_fault_kind(item));
	json_fault(r, item, "expected %s, found %s", what, found);
	if (r->notes && r->notes->faults > 1)
		return -EINVAL;
	return fault_facts(r->fault, -EINVAL, what, found);
}
