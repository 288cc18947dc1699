// SPDX-License-Identifier: Apache-2.0
/*
 * YAML by events
 * --------------
 *
 * libyaml can load a document as a tree, but its loader resolves anchors and aliases: a node may
 * be its own descendant, and a few lines may be expanded to gigabytes ("billion laughs"). So this
 * reads libyaml's events, which refer to nothing, and makes the same cJSON tree as json_parse().
 * From there on both formats have the same reader, spec/cdi/read.c.
 *
 * The functions follow the grammar of events (yaml.h):
 *
 *	stream		STREAM-START document* STREAM-END	cdi_yaml_document()
 *	document	DOCUMENT-START node DOCUMENT-END
 *	node		SCALAR | ALIAS | sequence | mapping	cdi_yaml_node()
 *	sequence	SEQUENCE-START node* SEQUENCE-END	cdi_yaml_collection()
 *	mapping		MAPPING-START (SCALAR node)* MAPPING-END
 *
 * Each function gets the event that begins its part and reads the other events itself. The
 * function that reads an event deletes it. JSON_DEPTH_MAX bounds the recursion, JSON_VALUES_MAX
 * the memory.
 *
 * What refers to another place or sets a type is refused with its line: anchors, aliases, merge
 * keys and tags. No real spec file needs them. The field decides the type of a value: a scalar
 * without quotes becomes a string with CDI_PLAIN, or null. A mapping is checked for duplicate keys
 * when it is complete. For that check, an item's valueint, which strings do not use, has the line
 * of its key.
 *
 * Only the first document is read, as the Go library does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libyaml/yaml.h>

#include "init/lib/str.h"
#include "spec/cdi/spec.h"

/*
 * struct yaml - a text that is being read
 * @parser: libyaml's parser
 * @text: the text
 * @values: how many values there were
 * @depth: sequences and mappings that are open
 * @fault: gets the reason on failure
 */
struct yaml {
	yaml_parser_t parser;
	const char *text;
	size_t values;
	unsigned depth;
	struct fault *fault;
};

static int cdi_yaml_refuse(const struct yaml *y, size_t line, const char *reason)
{
	return fault_set(y->fault, -EINVAL, "line %zu: %s", line + 1, reason);
}

static int cdi_yaml_refuse_event(const struct yaml *y, const yaml_event_t *ev, const char *reason)
{
	return cdi_yaml_refuse(y, ev->start_mark.line, reason);
}

static size_t cdi_yaml_line_of(const char *text, size_t offset)
{
	size_t line = 0;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* Is it a character that YAML does not allow (YAML 1.1, "Character Set")? It is valid UTF-8. */
static bool cdi_yaml_is_control(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	if (s[0] < 0x80)
		return s[0] == 0x7f || (s[0] < 0x20 && !strchr("\t\n\r", s[0]));
	/* U+0080 to U+009F without U+0085, U+FFFE and U+FFFF */
	return (s[0] == 0xc2 && s[1] < 0xa0 && s[1] != 0x85) ||
	       (s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe);
}

/* libyaml's reader would check this, but it would copy the text, too. */
static int cdi_yaml_check_text(const struct yaml *y, size_t len)
{
	const char *reason = NULL;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = str_utf8_sequence(y->text + i, len - i);
		if (!n)
			reason = "invalid UTF-8";
		else if (!y->text[i])
			reason = "a NUL is not allowed: is the file UTF-8 text?";
		else if (cdi_yaml_is_control(y->text + i))
			reason = "control characters are not allowed";
		if (reason)
			return cdi_yaml_refuse(y, cdi_yaml_line_of(y->text, i), reason);
	}
	return 0;
}

/* The error of libyaml */
static int cdi_yaml_parser_fault(const struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;

	if (p->error == YAML_MEMORY_ERROR)
		return fault_oom(y->fault);
	return cdi_yaml_refuse(y, p->problem_mark.line,
			       p->problem ? p->problem : "this is not YAML");
}

/* Read the next event, which the caller deletes. */
static int cdi_yaml_next_event(struct yaml *y, yaml_event_t *ev)
{
	return yaml_parser_parse(&y->parser, ev) ? 0 : cdi_yaml_parser_fault(y);
}

/* --- scalars ------------------------------------------------------------------------------- */

static bool cdi_yaml_is_null(const char *s)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(s, words[i]))
			return true;
	return false;
}

/* No node of a spec file may have an anchor or a tag. */
static int cdi_yaml_check_properties(const struct yaml *y, const yaml_event_t *ev,
				     const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		return cdi_yaml_refuse_event(y, ev,
					     "anchors (&name) are not allowed in a spec file");
	if (tag)
		return cdi_yaml_refuse_event(y, ev, "tags (!name) are not allowed in a spec file");
	return 0;
}

static int cdi_yaml_check_scalar(const struct yaml *y, const yaml_event_t *ev)
{
	int err = cdi_yaml_check_properties(y, ev, ev->data.scalar.anchor, ev->data.scalar.tag);

	if (err)
		return err;
	if (memchr(ev->data.scalar.value, '\0', ev->data.scalar.length))
		return cdi_yaml_refuse_event(y, ev, "a NUL is not allowed in a string");
	return 0;
}

static int cdi_yaml_scalar(const struct yaml *y, const yaml_event_t *ev, cJSON **out)
{
	const char *s = (const char *)ev->data.scalar.value;
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	int err = cdi_yaml_check_scalar(y, ev);

	if (err)
		return err;
	*out = plain && cdi_yaml_is_null(s) ? cJSON_CreateNull() : cJSON_CreateString(s);
	if (!*out)
		return fault_oom(y->fault);
	if (plain && cJSON_IsString(*out))
		(*out)->type |= CDI_PLAIN;
	return 0;
}

/* --- collections --------------------------------------------------------------------------- */

static int cdi_yaml_node(struct yaml *y, const yaml_event_t *ev, cJSON **out);

/* Add the node that begins with @ev to @parent, which is an object if there is a @key. */
static int cdi_yaml_add_node(struct yaml *y, const yaml_event_t *ev, cJSON *parent, const char *key,
			     size_t line)
{
	cJSON *item = NULL;
	int err = cdi_yaml_node(y, ev, &item);

	if (!err &&
	    !(key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item)))
		err = fault_oom(y->fault);
	if (err)
		cJSON_Delete(item);
	else if (key && item)
		item->valueint = (int)line;
	return err;
}

static int cdi_yaml_member(struct yaml *y, const yaml_event_t *key, cJSON *out)
{
	yaml_event_t ev;
	int err;

	if (key->type != YAML_SCALAR_EVENT)
		return cdi_yaml_refuse_event(
			y, key,
			key->type == YAML_ALIAS_EVENT
				? "aliases (*name) are not allowed in a spec file"
				: "a key must be a string");
	err = cdi_yaml_check_scalar(y, key);
	if (err)
		return err;
	if (key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    !strcmp((const char *)key->data.scalar.value, "<<"))
		return cdi_yaml_refuse_event(y, key,
					     "merge keys (<<) are not allowed in a spec file");
	err = cdi_yaml_next_event(y, &ev);
	if (err)
		return err;
	err = cdi_yaml_add_node(y, &ev, out, (const char *)key->data.scalar.value,
				key->start_mark.line);
	yaml_event_delete(&ev);
	return err;
}

static int cdi_yaml_compare_keys(const void *a, const void *b)
{
	const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
	int order = strcmp(x->string, y->string);

	return order ? order : (x->valueint > y->valueint) - (x->valueint < y->valueint);
}

/* Sort the keys: comparing all pairs of a hostile mapping would take minutes. */
static int cdi_yaml_check_duplicates(const struct yaml *y, const cJSON *object)
{
	const cJSON **keys, *item;
	size_t n = 0;
	int err = 0;

	cJSON_ArrayForEach(item, object) n++;
	keys = malloc((n + 1) * sizeof(const cJSON *));
	if (!keys)
		return fault_oom(y->fault);
	n = 0;
	cJSON_ArrayForEach(item, object) keys[n++] = item;
	qsort(keys, n, sizeof(const cJSON *), cdi_yaml_compare_keys);
	for (size_t i = 1; i < n && !err; i++)
		if (!strcmp(keys[i - 1]->string, keys[i]->string))
			err = fault_set(y->fault, -EINVAL,
					"line %d: duplicate key \"%.100s\", first on line %d",
					keys[i]->valueint + 1, keys[i]->string,
					keys[i - 1]->valueint + 1);
	free(keys);
	return err;
}

/* Read the nodes of a sequence or mapping, to the event that ends it. */
static int cdi_yaml_elements(struct yaml *y, bool map, cJSON *out)
{
	yaml_event_t ev;
	int err;

	for (bool end = false; !end;) {
		err = cdi_yaml_next_event(y, &ev);
		if (err)
			return err;
		end = ev.type == (map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT);
		if (!end)
			err = map ? cdi_yaml_member(y, &ev, out)
				  : cdi_yaml_add_node(y, &ev, out, NULL, 0);
		yaml_event_delete(&ev);
		if (err)
			return err;
	}
	return map ? cdi_yaml_check_duplicates(y, out) : 0;
}

static int cdi_yaml_collection(struct yaml *y, const yaml_event_t *ev, cJSON **out)
{
	bool map = ev->type == YAML_MAPPING_START_EVENT;
	int err = map ? cdi_yaml_check_properties(y, ev, ev->data.mapping_start.anchor,
						  ev->data.mapping_start.tag)
		      : cdi_yaml_check_properties(y, ev, ev->data.sequence_start.anchor,
						  ev->data.sequence_start.tag);

	if (err)
		return err;
	if (++y->depth > JSON_DEPTH_MAX)
		return cdi_yaml_refuse_event(y, ev, "lists and mappings are nested too deeply");
	*out = map ? cJSON_CreateObject() : cJSON_CreateArray();
	if (!*out)
		return fault_oom(y->fault);
	err = cdi_yaml_elements(y, map, *out);
	y->depth--;
	return err;
}

/* Read the node that begins with @ev. @out may be set on failure too; the caller frees it. */
static int cdi_yaml_node(struct yaml *y, const yaml_event_t *ev, cJSON **out)
{
	if (++y->values > JSON_VALUES_MAX)
		return cdi_yaml_refuse_event(y, ev, "too many values");
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return cdi_yaml_scalar(y, ev, out);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return cdi_yaml_collection(y, ev, out);
	default:
		return cdi_yaml_refuse_event(y, ev,
					     "aliases (*name) are not allowed in a spec file");
	}
}

/* --- the stream ---------------------------------------------------------------------------- */

static int cdi_yaml_document(struct yaml *y, cJSON **out)
{
	yaml_event_t ev;
	bool found = false;
	int err;

	do {
		err = cdi_yaml_next_event(y, &ev);
		if (err)
			return err;
		found = ev.type != YAML_STREAM_START_EVENT && ev.type != YAML_DOCUMENT_START_EVENT;
		if (ev.type == YAML_STREAM_END_EVENT)
			err = fault_set(y->fault, -ENODATA, "no Spec data");
		else if (found)
			err = cdi_yaml_node(y, &ev, out);
		yaml_event_delete(&ev);
	} while (!found && !err);
	return err;
}

int cdi_yaml_parse(const char *text, size_t len, cJSON **out, struct fault *fault)
{
	struct yaml y = {.text = text, .fault = fault};
	cJSON *root = NULL;
	int err = cdi_yaml_check_text(&y, len);

	if (err)
		return err;
	if (!yaml_parser_initialize(&y.parser))
		return fault_oom(fault);
	/* It is only read, up to its NUL. libyaml would count a byte order mark as a column. */
	y.parser.buffer.pointer = (yaml_char_t *)text + json_begin(text, len);
	err = cdi_yaml_document(&y, &root);
	yaml_parser_delete(&y.parser);
	if (err)
		cJSON_Delete(root);
	else
		*out = root;
	return err;
}
