// SPDX-License-Identifier: Apache-2.0
/*
 * The SR-IOV network device plug-in gives a container its PCI functions in two variables for each
 * resource:
 *
 *	PCIDEVICE_<resource>=0000:1a:01.0,0000:1b:02.0
 *	PCIDEVICE_<resource>_INFO={"0000:1a:01.0":{"generic":{"deviceID":"0000:1a:01.0"}},...}
 *
 * Both have addresses of the host, and the container needs the guest's (the Kata agent's
 * update_env_pci()). A list is translated with the mappings of all devices, as a whole or not at
 * all: one address that is not mapped leaves it and its INFO as they are. An INFO is translated
 * with the mappings that its list has used, or with all of them if it has no list, each text in
 * one pass over its keys and strings. A pass for each address would translate twice where a
 * guest's address is also one of the host: a to b, then b to a.
 *
 * An INFO names device nodes too ("dev-mount": "/dev/vfio/314"). The path of a node in it becomes the
 * path that the node has in the container.
 */
#define pr_fmt(fmt) "spec: " fmt

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

#define PREFIX "PCIDEVICE_"
#define INFO   "_INFO"

#define BLANKS " \t\r\n"

/* A hostile environment must not fill the log. */
#define WARNINGS_MAX 32

/*
 * struct variable - a list
 * @name: PCIDEVICE_<resource>
 * @own: the mappings that it has used
 * @kept: an address of it is not mapped, so that it must not change
 */
struct variable {
	const char *name;
	struct pci_table own;
	bool kept;
};

/*
 * struct env - the environment that is patched
 * @r: for memory and faults
 * @table: mappings of all devices
 * @nodes: what the paths of nodes become
 * @changed: something of the current INFO was translated
 * @unmapped_fails: an address that is not mapped is a fault, else a warning
 * @warnings: how many warnings there were
 * @variables: the lists
 * @n_variables: how many there are
 */
struct env {
	const struct json_reader *r;
	const struct pci_table *table;
	const struct oci_renames *nodes;
	bool unmapped_fails, changed;
	unsigned warnings;
	struct variable *variables;
	size_t n_variables;
};

/* --- text ---------------------------------------------------------------------------------- */

/* Memory for a translated list: the shortest address, 0:0.0, may become the longest. */
static char *oci_env_alloc(struct arena *a, const char *s)
{
	return arena_alloc(a, strlen(s) / strlen("0:0.0") + 1, strlen("0:0.0") + PCI_ADDRESS_LEN);
}

static size_t oci_env_put(char *out, const struct pci_address *address)
{
	struct pci_address_text text = pci_address_text(address);

	memcpy(out, text.s, strlen(text.s));
	return strlen(text.s);
}

/* Replace an item's key or string. */
static int oci_env_replace(char **slot, const char *text)
{
	char *copy;

	if (!strcmp(*slot, text))
		return 0;
	copy = cJSON_malloc(strlen(text) + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, strlen(text) + 1);
	cJSON_free(*slot);
	*slot = copy;
	return 0;
}

static int oci_env_translate_slot(struct env *e, char **slot, const struct pci_table *table)
{
	const char *text = oci_rename_find(e->nodes, *slot);
	const struct pci_address *guest = NULL;
	struct pci_address host;

	if (!text && oci_translate_address(*slot, strlen(*slot), &host))
		guest = oci_translate_lookup(table, &host);
	if (guest)
		text = arena_printf(e->r->arena, "%s", pci_address_text(guest).s);
	else if (!text)
		text = oci_translate_text(e->r->arena, *slot, table, e->nodes);
	if (!text)
		return -ENOMEM;
	e->changed = e->changed || strcmp(*slot, text) != 0;
	return oci_env_replace(slot, text);
}

/* --- PCIDEVICE_<resource> ------------------------------------------------------------------ */

static int oci_env_unmapped(struct env *e, const cJSON *item, const char *host)
{
	int name_len = (int)strcspn(item->valuestring, "=");

	if (!e->unmapped_fails) {
		e->warnings++;
		if (e->warnings > WARNINGS_MAX)
			return 0;
		pr_warn("%.*s is not changed: no device of the manifest has the host's PCI address %.64s",
			name_len, item->valuestring, host);
		return 0;
	}
	json_fault(e->r, item, "%.*s: no device of the manifest has the host's PCI address %.64s",
		   name_len, item->valuestring, host);
	fault_expected(e->r->fault, "one of %zu mapped addresses", e->table->n);
	fault_found(e->r->fault, "%s", host);
	return -EINVAL;
}

/* Does an element look like a PCI address, although it may be none ("0000:99:99.9")? */
static bool oci_env_is_like_address(const char *s, size_t len)
{
	return memchr(s, ':', len) && memchr(s, '.', len) &&
	       strspn(s, "0123456789abcdefABCDEF:.") >= len;
}

/*
 * Translate an element of a list into @out and add its mapping to @own. One that is not a PCI
 * address (an auxiliary device, for example) stays.
 * Return: bytes that were put, -ENOENT if the address is not mapped, else another negative errno.
 */
static ssize_t oci_env_translate_element(struct env *e, const cJSON *item, const char *s,
					 size_t len, char *out, struct pci_table *own)
{
	const struct pci_address *guest = NULL;
	struct pci_address host;
	char text[64];
	bool is = oci_translate_address(s, len, &host);
	int err;

	if (is)
		guest = oci_translate_lookup(e->table, &host);
	if (guest) {
		own->pairs[own->n++] = (struct pci_mapping){host, *guest};
		return (ssize_t)oci_env_put(out, guest);
	}
	if (is || oci_env_is_like_address(s, len)) {
		if (is)
			err = str_copy(text, sizeof(text), pci_address_text(&host).s);
		else
			err = str_printf(text, sizeof(text), "%.*s", (int)len, s);
		err = oci_env_unmapped(e, item, err ? "(too long)" : text);
		return err ? err : -ENOENT;
	}
	memcpy(out, s, len);
	return (ssize_t)len;
}

/*
 * Translate a list into @out and add its mappings to @own, which has room for them. Blanks around
 * elements stay. Return: 1, 0 if an address is not mapped, so that the variable must not change,
 * or a negative errno.
 */
static int oci_env_translate_list(struct env *e, const cJSON *item, const char *list, char *out,
				  struct pci_table *own)
{
	size_t len, blanks, end;
	ssize_t n;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		blanks = strspn(list, BLANKS);
		blanks = blanks < len ? blanks : len;
		for (end = len; end > blanks && strchr(BLANKS, list[end - 1]);)
			end--;
		memcpy(out, list, blanks);
		out += blanks;
		n = oci_env_translate_element(e, item, list + blanks, end - blanks, out, own);
		if (n < 0)
			return n == -ENOENT ? 0 : (int)n;
		out += n;
		memcpy(out, list + end, len - end);
		out += len - end;
		if (!list[len])
			break;
		*out++ = ',';
	}
	*out = '\0';
	qsort(own->pairs, own->n, sizeof(*own->pairs), oci_translate_compare);
	return 1;
}

static int oci_env_set(const struct env *e, cJSON *item, const char *name, const char *value)
{
	const char *text = value ? arena_printf(e->r->arena, "%s=%s", name, value) : NULL;

	return text && !oci_env_replace(&item->valuestring, text) ? 0 : json_fault_oom(e->r);
}

static int oci_env_patch_list(struct env *e, cJSON *item, size_t name_len)
{
	struct variable *v = &e->variables[e->n_variables];
	char *name = arena_strdup(e->r->arena, item->valuestring), *list, *out;
	int err;

	if (!name)
		return json_fault_oom(e->r);
	name[name_len] = '\0';
	list = name + name_len + 1;
	out = oci_env_alloc(e->r->arena, list);
	v->name = name;
	v->own.n = 0;
	v->own.pairs = arena_alloc(e->r->arena, strlen(list) / strlen("0:0.0,") + 2,
				   sizeof(*v->own.pairs));
	if (!out || !v->own.pairs)
		return json_fault_oom(e->r);
	err = oci_env_translate_list(e, item, list, out, &v->own);
	if (err < 0)
		return err;
	v->kept = !err;
	e->n_variables++;
	return v->kept ? 0 : oci_env_set(e, item, name, out);
}

/* --- PCIDEVICE_<resource>_INFO ------------------------------------------------------------- */

static int oci_env_translate_tree(struct env *e, cJSON *item, const struct pci_table *table)
{
	int err = 0;

	if (item->string)
		err = oci_env_translate_slot(e, &item->string, table);
	if (!err && cJSON_IsString(item))
		err = oci_env_translate_slot(e, &item->valuestring, table);
	for (cJSON *c = item->child; c && !err; c = c->next)
		err = oci_env_translate_tree(e, c, table);
	return err;
}

/* Return: the first key that is an address which is not mapped, NULL if there is none. */
static const char *oci_env_unmapped_key(const struct env *e, const cJSON *tree)
{
	struct pci_address host;

	for (const cJSON *c = tree->child; c; c = c->next)
		if (c->string && oci_translate_address(c->string, strlen(c->string), &host) &&
		    !oci_translate_lookup(e->table, &host))
			return c->string;
	return NULL;
}

/* Translate the JSON @tree, whose text is @info. Return: the translated text, NULL without memory. */
static const char *oci_env_translate_json(struct env *e, cJSON *tree, const char *info,
					  const struct pci_table *table)
{
	char *text, *copy = NULL;

	e->changed = false;
	if (oci_env_translate_tree(e, tree, table))
		return NULL;
	if (!e->changed)
		return info;
	text = json_print(tree, false);
	if (text)
		copy = arena_strdup(e->r->arena, text);
	free(text);
	return copy;
}

/*
 * Translate an INFO. One that is not JSON is translated as plain text; one in which nothing
 * changes, and one without a list (@table is NULL) that has an address which is not mapped, is the
 * same text. @out: gets a text in the reader's arena, NULL when memory is out.
 */
static int oci_env_translate_info(struct env *e, const cJSON *item, const char *info,
				  const struct pci_table *table, const char **out)
{
	cJSON *tree cleanup(json_free_ptr) = NULL;
	const char *unmapped;
	struct fault fault;

	if (json_parse(info, strlen(info), &tree, &fault)) {
		*out = oci_translate_text(e->r->arena, info, table ? table : e->table, e->nodes);
		return 0;
	}
	unmapped = table ? NULL : oci_env_unmapped_key(e, tree);
	*out = unmapped ? info : oci_env_translate_json(e, tree, info, table ? table : e->table);
	return unmapped ? oci_env_unmapped(e, item, unmapped) : 0;
}

static int oci_env_compare_variables(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int oci_env_patch_info(struct env *e, cJSON *item, size_t name_len)
{
	struct arena *a = e->r->arena;
	char *list = arena_strdup(a, item->valuestring), *name = arena_strdup(a, item->valuestring);
	struct variable key = {.name = list}, *v;
	const char *info;
	int err;

	if (!list || !name)
		return json_fault_oom(e->r);
	name[name_len] = '\0';
	list[name_len - strlen(INFO)] = '\0';
	v = bsearch(&key, e->variables, e->n_variables, sizeof(key), oci_env_compare_variables);
	if (v && v->kept)
		return 0;
	err = oci_env_translate_info(e, item, name + name_len + 1, v ? &v->own : NULL, &info);
	return err ? err : oci_env_set(e, item, name, info);
}

/* --- the environment ----------------------------------------------------------------------- */

/*
 * Is an entry of the environment an _INFO variable (@info) or a list?
 * Return: the length of its name, 0 if it is not the requested kind.
 */
static size_t oci_env_name_len(const char *entry, bool info)
{
	size_t n = strcspn(entry, "=");
	bool is_info;

	if (!str_starts(entry, PREFIX) || n < strlen(PREFIX) || !entry[n])
		return 0;
	is_info = !memcmp(entry + n - strlen(INFO), INFO, strlen(INFO));
	if (is_info && n < strlen(PREFIX INFO)) /* "PCIDEVICE_INFO" */
		return 0;
	return is_info == info ? n : 0;
}

/* Return: how many entries there are, or a negative errno. One without "=" is left as it is. */
static int oci_env_check(const struct json_reader *r, const cJSON *env)
{
	const cJSON *item;
	int n = 0;

	if (!cJSON_IsArray(env) && !json_is_empty(env))
		return json_fault_expected(r, env, "an array");
	for (item = env->child; item; item = item->next) {
		if (!cJSON_IsString(item))
			return json_fault_expected(r, item, "a string");
		n++;
	}
	return n;
}

int oci_env_patch(const struct json_reader *r, cJSON *process, const struct pci_table *table,
		  const struct oci_renames *nodes, bool unmapped_fails)
{
	struct env e = {.r = r, .table = table, .nodes = nodes, .unmapped_fails = unmapped_fails};
	cJSON *env = cJSON_GetObjectItemCaseSensitive(process, "env"), *item;
	size_t len;
	int n, err = 0;

	if (!env || cJSON_IsNull(env))
		return 0;
	n = oci_env_check(r, env);
	if (n < 0)
		return n;
	e.variables = arena_alloc(r->arena, (size_t)n + 1, sizeof(*e.variables));
	if (!e.variables)
		return json_fault_oom(r);
	for (item = env->child; item; item = item->next) {
		len = oci_env_name_len(item->valuestring, false);
		err = len && !err ? oci_env_patch_list(&e, item, len) : err;
	}
	qsort(e.variables, e.n_variables, sizeof(*e.variables), oci_env_compare_variables);
	for (item = env->child; item; item = item->next) {
		len = oci_env_name_len(item->valuestring, true);
		err = len && !err ? oci_env_patch_info(&e, item, len) : err;
	}
	if (e.warnings > WARNINGS_MAX)
		pr_warn("%u more variables are not changed", e.warnings - WARNINGS_MAX);
	return err;
}
