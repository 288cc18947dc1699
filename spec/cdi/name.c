// SPDX-License-Identifier: Apache-2.0
/* Which devices a config.json asks for: annotations and VISIBLE_CDI_DEVICES. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/cdi.h"
#include "spec/cdi/index.h"
#include "spec/oci_document.h"

#define PREFIX	     "cdi.k8s.io/"
#define VISIBLE	     "VISIBLE_CDI_DEVICES="
#define SANDBOX_TYPE "io.katacontainers.pkg.oci.container_type"

/* --- names --------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alphanumeric(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* Letters and digits, with some of @inner between them. */
static bool check_part(const char *s, size_t len, const char *inner)
{
	if (!len || !is_alphanumeric(s[0]) || !is_alphanumeric(s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alphanumeric(s[i]) && (!s[i] || !strchr(inner, s[i])))
			return false;
	return true;
}

bool cdi_kind_check(const char *kind, size_t len)
{
	const char *slash = memchr(kind, '/', len), *class;
	size_t vendor_len, class_len;

	if (!slash)
		return false;
	class = slash + 1;
	vendor_len = (size_t)(slash - kind);
	class_len = len - vendor_len - 1;
	return check_part(kind, vendor_len, "_.-") && check_part(class, class_len, "_.-") &&
	       is_letter(*kind) && is_letter(*class);
}

bool cdi_device_check(const char *name)
{
	return check_part(name, strlen(name), "_.-:");
}

bool cdi_name_check(const char *name)
{
	const char *equals = strchr(name, '=');

	return equals && cdi_kind_check(name, (size_t)(equals - name)) &&
	       cdi_device_check(equals + 1);
}

/* --- a request ----------------------------------------------------------------------------- */

/*
 * @room: for how many names there is memory
 * @size: bytes of all names so far
 * @asked: the names again, for those who must know whether one is there
 */
struct request {
	struct json_reader r;
	const char **names;
	size_t n, room, size;
	struct cdi_index asked;
};

static int add(struct request *q, const char *name, const cJSON *where)
{
	const char **more;

	if (q->n == CDI_NAMES_MAX)
		return json_fault(&q->r, where, "more than %d CDI devices", CDI_NAMES_MAX);
	if (!q->names || q->n == q->room) {
		q->room = q->room ? 2 * q->room : 16;
		more = arena_alloc(q->r.arena, q->room, sizeof(*more));
		if (!more)
			return json_fault_oom(&q->r);
		if (q->n)
			memcpy(more, q->names, q->n * sizeof(*more));
		q->names = more;
	}
	q->names[q->n++] = name;
	return 0;
}

/* Add a name unless it is there. */
static int add_once(struct request *q, const char *name, const cJSON *where)
{
	struct cdi_entry *e = cdi_index_entry(&q->asked, name, strlen(name));

	if (!e)
		return json_fault_oom(&q->r);
	if (e->first)
		return 0;
	if (cdi_entry_add(&q->asked, e, e))
		return json_fault_oom(&q->r);
	return add(q, name, where);
}

/* The next element of a list: no blank is trimmed, "" has one element, which is empty. */
static char *next_word(struct arena *a, const char **rest, char separator)
{
	const char *s = *rest, *end = strchrnul(s, separator);

	*rest = *end ? end + 1 : NULL;
	return arena_printf(a, "%.*s", (int)(end - s), s);
}

/* Before its memory is taken: a long kind with many numbers would take all that there is. */
static int account(struct request *q, const cJSON *where, size_t len)
{
	q->size += len + 1;
	if (q->size > CDI_NAMES_SIZE_MAX)
		return json_fault(&q->r, where, "the CDI devices' names take more than %d bytes",
				  CDI_NAMES_SIZE_MAX);
	return 0;
}

static int take_annotation(struct request *q, const cJSON *item)
{
	const char *rest;
	char *name;
	int err;

	if (!cJSON_IsString(item))
		return json_fault_expected(&q->r, item, "a string");
	for (rest = item->valuestring; rest;) {
		name = next_word(q->r.arena, &rest, ',');
		if (!name)
			return json_fault_oom(&q->r);
		if (!cdi_name_check(name))
			return json_fault(
				&q->r, item,
				"invalid CDI device name \"%.200s\": it must be vendor/class=device, of letters and digits with _ . - (and : in the device) between them",
				name);
		err = add(q, name, item);
		if (err)
			return err;
	}
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static int take_annotations(struct request *q, const cJSON *annotations)
{
	const cJSON **sorted, *item;
	size_t n = 0;
	int err = 0;

	cJSON_ArrayForEach(item, annotations) n += str_starts(item->string, PREFIX);
	sorted = arena_alloc(q->r.arena, n + 1, sizeof(const cJSON *));
	if (!sorted)
		return json_fault_oom(&q->r);
	n = 0;
	cJSON_ArrayForEach(item, annotations) if (str_starts(item->string, PREFIX)) sorted[n++] =
		item;
	qsort(sorted, n, sizeof(const cJSON *), compare_keys);
	for (size_t i = 0; i < n && !err; i++)
		err = take_annotation(q, sorted[i]);
	return err;
}

/* --- VISIBLE_CDI_DEVICES ------------------------------------------------------------------- */

static int bad_variable(const struct request *q, const cJSON *item, const char *word)
{
	return json_fault(
		&q->r, item,
		"\"%.200s\" is not kind=all or kind=NUMBER[,NUMBER]..., as in nvidia.com/gpu=0,1",
		word);
}

/* "kind=all" or "kind=0,1": names of devices */
static int take_entry(struct request *q, const cJSON *item, const char *entry)
{
	const char *rest = strchr(entry, '=');
	size_t kind = rest ? (size_t)(rest - entry) : 0;
	bool all = rest && !strcmp(rest, "=all");
	uint64_t number = 0;
	char *name, *word;
	int err;

	if (!cdi_kind_check(entry, kind))
		return bad_variable(q, item, entry);
	for (rest++; rest;) {
		word = next_word(q->r.arena, &rest, ',');
		if (!word)
			return json_fault_oom(&q->r);
		if (!all && str_number(word, strlen(word), 10, UINT32_MAX, &number))
			return bad_variable(q, item, entry);
		err = account(q, item, kind + sizeof("=4294967295"));
		if (err)
			return err;
		name = all ? arena_printf(q->r.arena, "%s", entry)
			   : arena_printf(q->r.arena, "%.*s=%u", (int)kind, entry,
					  (unsigned)number);
		err = name ? add_once(q, name, item) : json_fault_oom(&q->r);
		if (err)
			return err;
	}
	return 0;
}

static int take_variable(struct request *q, const cJSON *item)
{
	const char *s = item->valuestring + strlen(VISIBLE), *rest;
	size_t len;
	char *value, *entry;
	int err;

	s += strspn(s, " \t\n\v\f\r");
	len = strlen(s);
	while (len && strchr(" \t\n\v\f\r", s[len - 1]))
		len--;
	value = arena_printf(q->r.arena, "%.*s", (int)len, s);
	if (!value)
		return json_fault_oom(&q->r);
	if (!*value || !strcmp(value, "none") || !strcmp(value, "void"))
		return 0;
	for (rest = value; rest;) {
		entry = next_word(q->r.arena, &rest, ':');
		err = entry ? take_entry(q, item, entry) : json_fault_oom(&q->r);
		if (err)
			return err;
	}
	return 0;
}

static int take_visible(struct request *q, const cJSON *root)
{
	const cJSON *process = cJSON_GetObjectItemCaseSensitive(root, "process"), *item;
	struct cdi_entry *e;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(process, "env"))
	{
		if (cJSON_IsString(item) && str_starts(item->valuestring, VISIBLE))
			break;
	}
	if (!item)
		return 0;
	for (size_t i = 0; i < q->n; i++) {
		e = cdi_index_entry(&q->asked, q->names[i], strlen(q->names[i]));
		if (!e || (!e->first && cdi_entry_add(&q->asked, e, e)))
			return json_fault_oom(&q->r);
	}
	return take_variable(q, item);
}

/* --- the whole ----------------------------------------------------------------------------- */

/* The sandbox's own container gets no devices. */
static bool is_sandbox(const cJSON *annotations)
{
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(annotations, SANDBOX_TYPE);

	return cJSON_IsString(type) && !strcmp(type->valuestring, "pod_sandbox");
}

int cdi_requested(struct arena *a, const struct oci_document *doc, bool visible,
		  struct cdi_request *out, struct fault *fault)
{
	const cJSON *annotations = cJSON_GetObjectItemCaseSensitive(doc->root, "annotations");
	struct request q = {.r = {.root = doc->root, .arena = a, .fault = fault}};
	int err;

	if (is_sandbox(annotations)) {
		*out = (struct cdi_request){0};
		return 0;
	}
	if (annotations && !cJSON_IsObject(annotations) && !cJSON_IsNull(annotations))
		return json_fault_expected(&q.r, annotations, "an object");
	q.asked.arena = a;
	err = take_annotations(&q, annotations);
	if (!err && visible)
		err = take_visible(&q, doc->root);
	cdi_index_free(&q.asked);
	if (!err)
		*out = (struct cdi_request){q.names, q.n};
	return err;
}
