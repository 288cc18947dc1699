// SPDX-License-Identifier: Apache-2.0
/*
 * The devices that a config.json requests: annotations (the Go library's ParseAnnotations()), and
 * the variable VISIBLE_CDI_DEVICES.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/cdi.h"
#include "spec/cdi/index.h"
#include "spec/oci_document.h"

#define PREFIX	     "cdi.k8s.io/"
#define VISIBLE	     "VISIBLE_CDI_DEVICES="
#define BLANKS	     " \t\n\v\f\r"
#define SANDBOX_TYPE "io.katacontainers.pkg.oci.container_type"

/*
 * struct request - the request so far
 * @r: the document, memory and faults
 * @names: the names
 * @by: what requests each
 * @from: what requests the names that are read
 * @n: how many there are
 * @room: for how many names there is memory
 * @size: bytes of the names of VISIBLE_CDI_DEVICES
 * @present: the names, to find out if one is there
 */
struct request {
	struct json_reader r;
	const char **names, **by, *from;
	size_t n, room, size;
	struct cdi_index present;
};

static int cdi_request_add(struct request *q, const char *name, const cJSON *where)
{
	size_t more = q->n ? q->n : 16;

	if (q->n == CDI_NAMES_MAX)
		return json_fault(&q->r, where, "more than %d CDI devices", CDI_NAMES_MAX);
	if (q->n == q->room) {
		q->names = arena_extend(q->r.arena, q->names, q->n, more, sizeof(*q->names));
		q->by = arena_extend(q->r.arena, q->by, q->n, more, sizeof(*q->by));
		if (!q->names || !q->by)
			return json_fault_oom(&q->r);
		q->room += more;
	}
	q->by[q->n] = q->from;
	q->names[q->n++] = name;
	return 0;
}

static int cdi_request_add_once(struct request *q, const char *name, const cJSON *where)
{
	int err = cdi_index_add_once(&q->present, name);

	if (err == -ENOMEM)
		return json_fault_oom(&q->r);
	return err ? 0 : cdi_request_add(q, name, where);
}

/*
 * The next element of a list, with its blanks; "" has one element, which is empty.
 * Return: a text in @a, NULL when memory is out.
 */
static char *cdi_request_next(struct arena *a, const char **rest, char separator)
{
	const char *s = *rest, *end = strchrnul(s, separator);

	*rest = *end ? end + 1 : NULL;
	return arena_printf(a, "%.*s", (int)(end - s), s);
}

/* A text without the blanks around it, in place */
static char *cdi_request_trim(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	len = strlen(s);
	while (len && strchr(BLANKS, s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

/* --- annotations --------------------------------------------------------------------------- */

static int cdi_request_annotation(struct request *q, const cJSON *item)
{
	const char *rest;
	char *name;
	int err;

	if (!cJSON_IsString(item))
		return json_fault_expected(&q->r, item, "a string");
	q->from = arena_printf(q->r.arena, "annotation %.100s", item->string);
	if (!q->from)
		return json_fault_oom(&q->r);
	for (rest = item->valuestring; rest;) {
		name = cdi_request_next(q->r.arena, &rest, ',');
		if (!name)
			return json_fault_oom(&q->r);
		if (!cdi_name_check(name))
			return json_fault(
				&q->r, item,
				"invalid CDI device name \"%.200s\": it must be vendor/class=device, of letters and digits with _ . - (and : in the device) between them",
				name);
		err = cdi_request_add(q, name, item);
		if (err)
			return err;
	}
	return 0;
}

static int cdi_request_annotations(struct request *q, const cJSON *annotations)
{
	const cJSON **sorted, *item;
	size_t n = 0;
	int err = 0;

	cJSON_ArrayForEach(item, annotations) n += str_starts(item->string, PREFIX);
	sorted = arena_alloc(q->r.arena, n + 1, sizeof(const cJSON *));
	if (!sorted)
		return json_fault_oom(&q->r);
	n = 0;
	cJSON_ArrayForEach(item, annotations)
	{
		if (str_starts(item->string, PREFIX))
			sorted[n++] = item;
	}
	qsort(sorted, n, sizeof(const cJSON *), json_compare_keys);
	for (size_t i = 0; i < n && !err; i++)
		err = cdi_request_annotation(q, sorted[i]);
	return err;
}

/* --- VISIBLE_CDI_DEVICES ------------------------------------------------------------------- */

/* Count a name before its memory is allocated: a long kind with many numbers would take it all. */
static int cdi_request_account(struct request *q, const cJSON *where, size_t len)
{
	q->size += len + 1;
	if (q->size > CDI_NAMES_SIZE_MAX)
		return json_fault(&q->r, where,
				  "the names of the CDI devices take more than %d bytes",
				  CDI_NAMES_SIZE_MAX);
	return 0;
}

static int cdi_request_bad_variable(const struct request *q, const cJSON *item, const char *word)
{
	return json_fault(
		&q->r, item,
		"\"%.200s\" is not kind=all or kind=NUMBER[,NUMBER]..., as in nvidia.com/gpu=0,1",
		word);
}

/* "kind=all" or "kind=0,1", with blanks around all parts */
static int cdi_request_entry(struct request *q, const cJSON *item, char *entry)
{
	char *equals = strchr(entry, '='), *name, *word;
	const char *rest = equals ? equals + 1 : NULL, *kind;
	uint64_t number = 0;
	bool all;
	int err;

	kind = equals ? arena_printf(q->r.arena, "%.*s", (int)(equals - entry), entry) : "";
	if (!kind)
		return json_fault_oom(&q->r);
	if (equals)
		kind = cdi_request_trim((char *)kind);
	if (!cdi_name_check_kind(kind, strlen(kind)))
		return cdi_request_bad_variable(q, item, entry);
	all = !strcmp(equals + 1 + strspn(equals + 1, BLANKS), "all");
	while (rest) {
		word = cdi_request_next(q->r.arena, &rest, ',');
		if (!word)
			return json_fault_oom(&q->r);
		word = cdi_request_trim(word);
		if (!all && str_number(word, strlen(word), 10, UINT32_MAX, &number))
			return cdi_request_bad_variable(q, item, entry);
		err = cdi_request_account(q, item, strlen(kind) + sizeof("=4294967295"));
		if (err)
			return err;
		name = all ? arena_printf(q->r.arena, "%s=all", kind)
			   : arena_printf(q->r.arena, "%s=%u", kind, (unsigned)number);
		err = name ? cdi_request_add_once(q, name, item) : json_fault_oom(&q->r);
		if (err)
			return err;
	}
	return 0;
}

static int cdi_request_variable(struct request *q, const cJSON *item)
{
	char *copy = arena_strdup(q->r.arena, item->valuestring + strlen(VISIBLE)), *entry;
	const char *value, *rest;
	int err;

	if (!copy)
		return json_fault_oom(&q->r);
	value = cdi_request_trim(copy);
	if (!*value || !strcmp(value, "none") || !strcmp(value, "void"))
		return 0;
	q->from = "VISIBLE_CDI_DEVICES";
	for (rest = value; rest;) {
		entry = cdi_request_next(q->r.arena, &rest, ':');
		err = entry ? cdi_request_entry(q, item, cdi_request_trim(entry))
			    : json_fault_oom(&q->r);
		if (err)
			return err;
	}
	return 0;
}

static int cdi_request_visible(struct request *q, const cJSON *root)
{
	const cJSON *process = cJSON_GetObjectItemCaseSensitive(root, "process"), *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(process, "env"))
	{
		if (str_starts(json_text(item), VISIBLE))
			break;
	}
	if (!item)
		return 0;
	for (size_t i = 0; i < q->n; i++)
		if (cdi_index_add_once(&q->present, q->names[i]) == -ENOMEM)
			return json_fault_oom(&q->r);
	return cdi_request_variable(q, item);
}

/* --- the document -------------------------------------------------------------------------- */

/* Kata's sandbox container gets no devices. */
static bool cdi_request_is_sandbox(const cJSON *annotations)
{
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(annotations, SANDBOX_TYPE);

	return !strcmp(json_text(type), "pod_sandbox");
}

int cdi_request_read(struct arena *a, const struct oci_document *doc, bool visible,
		     struct cdi_request *out, struct fault *fault)
{
	const cJSON *annotations = cJSON_GetObjectItemCaseSensitive(doc->root, "annotations");
	struct request q = {.r = {.root = doc->root, .arena = a, .fault = fault}};
	int err;

	if (cdi_request_is_sandbox(annotations)) {
		*out = (struct cdi_request){0};
		return 0;
	}
	if (annotations && !cJSON_IsObject(annotations) && !json_is_empty(annotations))
		return json_fault_expected(&q.r, annotations, "an object");
	q.present.arena = a;
	err = cdi_request_annotations(&q, annotations);
	if (!err && visible)
		err = cdi_request_visible(&q, doc->root);
	cdi_index_free(&q.present);
	if (!err)
		*out = (struct cdi_request){q.names, q.n, q.by};
	return err;
}
