// SPDX-License-Identifier: Apache-2.0
/* libyaml's events as a tree; what a spec file has no use for is refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libyaml/yaml.h>

#include "init/lib/str.h"
#include "spec/cdi/spec.h"

struct yaml {
	yaml_parser_t parser;
	const char *text;
	size_t values;
	unsigned depth;
	struct fault *fault;
};

static int refuse(const struct yaml *y, size_t line, const char *reason)
{
	return fault_set(y->fault, -EINVAL, "line %zu: %s", line + 1, reason);
}

static int refuse_event(const struct yaml *y, const yaml_event_t *ev, const char *reason)
{
	return refuse(y, ev->start_mark.line, reason);
}

static int no_memory(const struct yaml *y)
{
	return fault_oom(y->fault);
}

static size_t line_of(const char *text, size_t offset)
{
	size_t line = 0;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* What libyaml did not like. */
static int parser_fault(const struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(y);
	if (p->error == YAML_READER_ERROR)
		return refuse(y, line_of(y->text, p->problem_offset), p->problem);
	return refuse(y, p->problem_mark.line, p->problem ? p->problem : "this is not YAML");
}

/* The next event; the caller deletes it. */
static int next_event(struct yaml *y, yaml_event_t *ev)
{
	return yaml_parser_parse(&y->parser, ev) ? 0 : parser_fault(y);
}

/* --- scalars ------------------------------------------------------------------------------- */

static bool is_null(const char *s)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(s, words[i]))
			return true;
	return false;
}

/* What no node of a spec file may have. */
static int check_properties(const struct yaml *y, const yaml_event_t *ev, const yaml_char_t *anchor,
			    const yaml_char_t *tag)
{
	if (anchor)
		return refuse_event(y, ev, "anchors (&name) are not allowed in a spec file");
	if (tag)
		return refuse_event(y, ev, "tags (!name) are not allowed in a spec file");
	return 0;
}

static int check_scalar(const struct yaml *y, const yaml_event_t *ev)
{
	int err = check_properties(y, ev, ev->data.scalar.anchor, ev->data.scalar.tag);

	if (err)
		return err;
	if (memchr(ev->data.scalar.value, '\0', ev->data.scalar.length))
		return refuse_event(y, ev, "a NUL cannot be part of a text");
	return 0;
}

static int scalar(const struct yaml *y, const yaml_event_t *ev, cJSON **out)
{
	const char *s = (const char *)ev->data.scalar.value;
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	int err = check_scalar(y, ev);

	if (err)
		return err;
	*out = plain && is_null(s) ? cJSON_CreateNull() : cJSON_CreateString(s);
	if (!*out)
		return no_memory(y);
	if (plain && cJSON_IsString(*out))
		(*out)->type |= CDI_PLAIN;
	return 0;
}

/* --- collections --------------------------------------------------------------------------- */

static int node(struct yaml *y, const yaml_event_t *ev, cJSON **out);

/* The value that the next event begins, as a member of @parent: of an object if it has a @key. */
static int add_node(struct yaml *y, const yaml_event_t *ev, cJSON *parent, const char *key,
		    size_t line)
{
	cJSON *item = NULL;
	int err = node(y, ev, &item);

	if (!err &&
	    !(key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item)))
		err = no_memory(y);
	if (err)
		cJSON_Delete(item);
	else if (key && item)
		item->valueint = (int)line; /* of the key, for those that stand twice */
	return err;
}

static int sequence(struct yaml *y, cJSON *out)
{
	yaml_event_t ev;
	int err;

	for (bool end = false; !end;) {
		err = next_event(y, &ev);
		if (err)
			return err;
		end = ev.type == YAML_SEQUENCE_END_EVENT;
		if (!end)
			err = add_node(y, &ev, out, NULL, 0);
		yaml_event_delete(&ev);
		if (err)
			return err;
	}
	return 0;
}

static int member(struct yaml *y, const yaml_event_t *key, cJSON *out)
{
	yaml_event_t ev;
	int err;

	if (key->type != YAML_SCALAR_EVENT)
		return refuse_event(y, key,
				    key->type == YAML_ALIAS_EVENT
					    ? "aliases (*name) are not allowed in a spec file"
					    : "a key must be a text");
	err = check_scalar(y, key);
	if (err)
		return err;
	if (key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    !strcmp((const char *)key->data.scalar.value, "<<"))
		return refuse_event(y, key, "merge keys (<<) are not allowed in a spec file");
	err = next_event(y, &ev);
	if (err)
		return err;
	err = add_node(y, &ev, out, (const char *)key->data.scalar.value, key->start_mark.line);
	yaml_event_delete(&ev);
	return err;
}

static int compare_keys(const void *a, const void *b)
{
	const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
	int order = strcmp(x->string, y->string);

	return order ? order : (x->valueint > y->valueint) - (x->valueint < y->valueint);
}

/* Sorted, so that a hostile file costs no square of its size. */
static int check_twice(const struct yaml *y, const cJSON *object)
{
	const cJSON **keys, *item;
	size_t n = 0;
	int err = 0;

	cJSON_ArrayForEach(item, object) n++;
	keys = malloc((n + 1) * sizeof(const cJSON *));
	if (!keys)
		return no_memory(y);
	n = 0;
	cJSON_ArrayForEach(item, object) keys[n++] = item;
	qsort(keys, n, sizeof(const cJSON *), compare_keys);
	for (size_t i = 1; i < n && !err; i++)
		if (!strcmp(keys[i - 1]->string, keys[i]->string))
			err = fault_set(
				y->fault, -EINVAL,
				"line %d: the key \"%.100s\" stands twice, first on line %d",
				keys[i]->valueint + 1, keys[i]->string, keys[i - 1]->valueint + 1);
	free(keys);
	return err;
}

static int mapping(struct yaml *y, cJSON *out)
{
	yaml_event_t ev;
	int err;

	for (bool end = false; !end;) {
		err = next_event(y, &ev);
		if (err)
			return err;
		end = ev.type == YAML_MAPPING_END_EVENT;
		if (!end)
			err = member(y, &ev, out);
		yaml_event_delete(&ev);
		if (err)
			return err;
	}
	return check_twice(y, out);
}

static int collection(struct yaml *y, const yaml_event_t *ev, cJSON **out)
{
	bool map = ev->type == YAML_MAPPING_START_EVENT;
	int err = map ? check_properties(y, ev, ev->data.mapping_start.anchor,
					 ev->data.mapping_start.tag)
		      : check_properties(y, ev, ev->data.sequence_start.anchor,
					 ev->data.sequence_start.tag);

	if (err)
		return err;
	if (++y->depth > JSON_DEPTH_MAX)
		return refuse_event(y, ev, "lists and mappings nest too deep");
	*out = map ? cJSON_CreateObject() : cJSON_CreateArray();
	if (!*out)
		return no_memory(y);
	err = map ? mapping(y, *out) : sequence(y, *out);
	y->depth--;
	return err;
}

/* The value that @ev begins. @out may have one on failure too. */
static int node(struct yaml *y, const yaml_event_t *ev, cJSON **out)
{
	if (++y->values > JSON_VALUES_MAX)
		return refuse_event(y, ev, "too many values");
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return scalar(y, ev, out);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return collection(y, ev, out);
	default:
		return refuse_event(y, ev, "aliases (*name) are not allowed in a spec file");
	}
}

/* --- the whole ----------------------------------------------------------------------------- */

/* Only the first document counts, as for the Go library. */
static int document(struct yaml *y, cJSON **out)
{
	yaml_event_t ev;
	bool found = false;
	int err;

	do {
		err = next_event(y, &ev);
		if (err)
			return err;
		found = ev.type != YAML_STREAM_START_EVENT && ev.type != YAML_DOCUMENT_START_EVENT;
		if (ev.type == YAML_STREAM_END_EVENT)
			err = fault_set(y->fault, -ENODATA, "no Spec data");
		else if (found)
			err = node(y, &ev, out);
		yaml_event_delete(&ev);
	} while (!found && !err);
	return err;
}

int yaml_parse(const char *text, size_t len, cJSON **out, struct fault *fault)
{
	struct yaml y = {.text = text, .fault = fault};
	cJSON *root = NULL;
	const char *nul = memchr(text, '\0', len);
	int err;

	if (nul)
		return refuse(&y, line_of(text, (size_t)(nul - text)),
			      "a NUL cannot be part of a text");
	if (!yaml_parser_initialize(&y.parser))
		return no_memory(&y);
	yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y.parser, (const unsigned char *)text, len);
	err = document(&y, &root);
	yaml_parser_delete(&y.parser);
	if (err)
		cJSON_Delete(root);
	else
		*out = root;
	return err;
}
