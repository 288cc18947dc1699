// SPDX-License-Identifier: Apache-2.0
/*
 * The SR-IOV device plugin tells a container its PCI functions in two variables a resource:
 *
 *	PCIDEVICE_<resource>=0000:1a:01.0,0000:1b:02.0
 *	PCIDEVICE_<resource>_INFO={"0000:1a:01.0":{"generic":{"deviceID":"0000:1a:01.0"}},...}
 *
 * Both name the host's addresses. The first is translated with all devices' mappings, the second
 * with those that the first has used, in one pass over its keys and strings: with one address
 * after another, swapped ones (a to b, b to a) would come out wrong.
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

/* A hostile environment must not keep the console busy for minutes. */
#define WARNINGS_MAX 32

/* A list variable that was translated, and the addresses in it. */
struct variable {
	const char *name;
	size_t name_len;
	struct pci_table own;
};

struct env {
	const struct json_reader *r;
	const struct pci_table *table;
	bool unmapped_fails;
	unsigned warnings;
	struct variable *variables;
	size_t n_variables;
};

/* --- addresses ----------------------------------------------------------------------------- */

static int compare_addresses(const struct pci_address *a, const struct pci_address *b)
{
	uint64_t x = (uint64_t)a->domain << 24 | (uint64_t)a->bus << 16 | (uint64_t)a->slot << 8 |
		     a->function;
	uint64_t y = (uint64_t)b->domain << 24 | (uint64_t)b->bus << 16 | (uint64_t)b->slot << 8 |
		     b->function;

	return (x > y) - (x < y);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pci_mapping *x = a, *y = b;

	return compare_addresses(&x->host, &y->host);
}

static const struct pci_address *lookup(const struct pci_table *table,
					const struct pci_address *host)
{
	const struct pci_mapping key = {.host = *host};
	const struct pci_mapping *pair =
		bsearch(&key, table->pairs, table->n, sizeof(key), compare_pairs);

	return pair ? &pair->guest : NULL;
}

static int check_pairs(const struct json_reader *r, const struct pci_mapping *pairs, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!compare_pairs(&pairs[i - 1], &pairs[i]) &&
		    !pci_address_equal(&pairs[i - 1].guest, &pairs[i].guest))
			return fault_set(r->fault, -EINVAL,
					 "conflicting guest addresses for the host's %s: %s and %s",
					 pci_address_text(&pairs[i].host).s,
					 pci_address_text(&pairs[i - 1].guest).s,
					 pci_address_text(&pairs[i].guest).s);
	return 0;
}

int pci_collect(const struct json_reader *r, const struct oci_devices *all, struct pci_table *out)
{
	const struct device_result *results = all->results;
	struct pci_mapping *pairs;
	size_t count = 0;
	int err;

	for (size_t i = 0; i < all->n; i++)
		count += results[i].ready ? results[i].n_pci : 0;
	pairs = arena_alloc(r->arena, count + 1, sizeof(*pairs));
	if (!pairs)
		return json_enomem(r);
	count = 0;
	for (size_t i = 0; i < all->n; i++)
		for (size_t j = 0; results[i].ready && j < results[i].n_pci; j++)
			pairs[count++] = results[i].pci[j];
	qsort(pairs, count, sizeof(*pairs), compare_pairs);
	err = check_pairs(r, pairs, count);
	if (!err)
		*out = (struct pci_table){pairs, count};
	return err;
}

/* --- text ---------------------------------------------------------------------------------- */

/* Length of the PCI address at @s, 0 if there is none or it goes on as something else. */
static size_t address_at(const char *s, struct pci_address *out)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF:");

	if (s[n] != '.' || !isdigit((unsigned char)s[n + 1]))
		return 0;
	n += 2;
	if (isalnum((unsigned char)s[n]) || s[n] == ':' ||
	    (s[n] == '.' && isalnum((unsigned char)s[n + 1])))
		return 0;
	return pci_address_parse(s, n, out) ? 0 : n;
}

/* The most that a translated text can be: the shortest address, 0:0:0.0, may become the longest. */
static char *alloc_translation(struct arena *a, const char *s)
{
	return arena_alloc(a, strlen(s) / strlen("0:0:0.0") + 1,
			   strlen("0:0:0.0") + PCI_ADDRESS_LEN);
}

static size_t put_address(char *out, const struct pci_address *address)
{
	struct pci_address_text text = pci_address_text(address);

	memcpy(out, text.s, strlen(text.s));
	return strlen(text.s);
}

/*
 * Replace every address in a text, each once, only where it stands by itself.
 * Return: a text from @a, NULL when memory is out.
 */
static char *translate(struct arena *a, const char *s, const struct pci_table *table)
{
	char *out = alloc_translation(a, s);
	const struct pci_address *guest;
	struct pci_address host;
	bool boundary = true;
	size_t n = 0, len;

	if (!out)
		return NULL;
	for (; *s; s += len) {
		len = boundary ? address_at(s, &host) : 0;
		guest = len ? lookup(table, &host) : NULL;
		if (guest) {
			n += put_address(out + n, guest);
		} else {
			len = 1;
			out[n++] = *s;
		}
		boundary = !isalnum((unsigned char)s[len - 1]) && !strchr(":.", s[len - 1]);
	}
	out[n] = '\0';
	return out;
}

/* Put a new text in the place of an item's key or string. */
static int replace(char **slot, const char *text)
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

static int translate_slot(struct arena *a, char **slot, const struct pci_table *table)
{
	const char *text = translate(a, *slot, table);

	return text ? replace(slot, text) : -ENOMEM;
}

/* --- PCIDEVICE_<resource> ------------------------------------------------------------------ */

static int unmapped(struct env *e, const cJSON *item, const struct pci_address *host)
{
	int name_len = (int)strcspn(item->valuestring, "=");

	if (!e->unmapped_fails) {
		e->warnings++;
		if (e->warnings > WARNINGS_MAX)
			return 0;
		pr_warn("%.*s is left as it is: no device of the manifest has the host's PCI address %s",
			name_len, item->valuestring, pci_address_text(host).s);
		return 0;
	}
	json_fault(e->r, item, "%.*s: no device of the manifest has the host's PCI address %s",
		   name_len, item->valuestring, pci_address_text(host).s);
	fault_expected(e->r->fault, "one of %zu mapped addresses", e->table->n);
	fault_found(e->r->fault, "%s", pci_address_text(host).s);
	return -EINVAL;
}

/*
 * Translate a list into @out and keep its addresses in @own, which has room for them. What is no
 * PCI address (an auxiliary device, say) stays. Return: 1, 0 if an address has no mapping and the
 * variable has to stay, -errno.
 */
static int translate_list(struct env *e, const cJSON *item, const char *list, char *out,
			  struct pci_table *own)
{
	const struct pci_address *guest;
	struct pci_mapping *pairs = own->pairs;
	struct pci_address host;
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (pci_address_parse(list, len, &host)) {
			memcpy(out, list, len);
			out += len;
		} else {
			guest = lookup(e->table, &host);
			if (!guest)
				return unmapped(e, item, &host);
			pairs[own->n++] = (struct pci_mapping){host, *guest};
			out += put_address(out, guest);
		}
		if (!list[len])
			break;
		*out++ = ',';
	}
	*out = '\0';
	qsort(pairs, own->n, sizeof(*pairs), compare_pairs);
	return 1;
}

static int set_value(const struct env *e, cJSON *item, const char *name, const char *value)
{
	const char *text = value ? arena_printf(e->r->arena, "%s=%s", name, value) : NULL;

	return text && !replace(&item->valuestring, text) ? 0 : json_enomem(e->r);
}

static int patch_list(struct env *e, cJSON *item, size_t name_len)
{
	struct variable *v = &e->variables[e->n_variables];
	char *name = arena_strdup(e->r->arena, item->valuestring), *list, *out;
	int err;

	if (!name)
		return json_enomem(e->r);
	name[name_len] = '\0';
	list = name + name_len + 1;
	out = alloc_translation(e->r->arena, list);
	v->name = name;
	v->own.n = 0;
	v->own.pairs = arena_alloc(e->r->arena, strlen(list) / strlen("0:0:0.0,") + 2,
				   sizeof(*v->own.pairs));
	if (!out || !v->own.pairs)
		return json_enomem(e->r);
	err = translate_list(e, item, list, out, &v->own);
	if (err <= 0)
		return err;
	e->n_variables++;
	return set_value(e, item, name, out);
}

/* --- PCIDEVICE_<resource>_INFO ------------------------------------------------------------- */

static int translate_tree(struct arena *a, cJSON *item, const struct pci_table *table)
{
	int err = 0;

	if (item->string)
		err = translate_slot(a, &item->string, table);
	if (!err && cJSON_IsString(item))
		err = translate_slot(a, &item->valuestring, table);
	for (cJSON *c = item->child; c && !err; c = c->next)
		err = translate_tree(a, c, table);
	return err;
}

/* A value that is no JSON is a text like any other. Return: a text from @a, NULL: no memory. */
static const char *translate_info(struct arena *a, const char *info, const struct pci_table *table)
{
	cJSON *tree cleanup(json_free_ptr) = NULL;
	char *text, *copy = NULL;
	struct fault fault;

	if (json_parse(info, strlen(info), &tree, &fault))
		return translate(a, info, table);
	if (translate_tree(a, tree, table))
		return NULL;
	text = cJSON_PrintUnformatted(tree);
	if (text)
		copy = arena_strdup(a, text);
	cJSON_free(text);
	return copy;
}

static int compare_variables(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int patch_info(struct env *e, cJSON *item, size_t name_len)
{
	struct arena *a = e->r->arena;
	char *list = arena_strdup(a, item->valuestring), *name = arena_strdup(a, item->valuestring);
	struct variable key = {.name = list}, *v;

	if (!list || !name)
		return json_enomem(e->r);
	name[name_len] = '\0';
	list[name_len - strlen(INFO)] = '\0';
	v = bsearch(&key, e->variables, e->n_variables, sizeof(key), compare_variables);
	if (!v || !v->own.n)
		return 0;
	return set_value(e, item, name, translate_info(a, name + name_len + 1, &v->own));
}

/* --- the environment ----------------------------------------------------------------------- */

/* Length of the name of a PCIDEVICE_ variable, of an _INFO or of another. Return: 0 for the rest.
 */
static size_t pci_name(const char *entry, bool info)
{
	size_t n = strcspn(entry, "=");
	bool is_info;

	if (!str_starts(entry, PREFIX) || n < strlen(PREFIX))
		return 0;
	is_info = !memcmp(entry + n - strlen(INFO), INFO, strlen(INFO));
	return is_info == info ? n : 0;
}

/* Every entry has to be NAME=VALUE. Return: how many there are or -errno. */
static int check_env(const struct json_reader *r, const cJSON *env)
{
	const cJSON *item;
	int n = 0;

	if (!cJSON_IsArray(env))
		return json_expected(r, env, "an array");
	for (item = env->child; item; item = item->next) {
		if (!cJSON_IsString(item) || !strchr(item->valuestring, '='))
			return json_expected(r, item, "NAME=VALUE");
		n++;
	}
	return n;
}

int oci_patch_env(const struct json_reader *r, cJSON *process, const struct pci_table *table,
		  bool unmapped_fails)
{
	struct env e = {.r = r, .table = table, .unmapped_fails = unmapped_fails};
	cJSON *env = cJSON_GetObjectItemCaseSensitive(process, "env"), *item;
	size_t len;
	int n, err = 0;

	if (!env || cJSON_IsNull(env))
		return 0;
	n = check_env(r, env);
	if (n < 0)
		return n;
	e.variables = arena_alloc(r->arena, (size_t)n + 1, sizeof(*e.variables));
	if (!e.variables)
		return json_enomem(r);
	for (item = env->child; item; item = item->next) {
		len = pci_name(item->valuestring, false);
		err = len && !err ? patch_list(&e, item, len) : err;
	}
	if (e.warnings > WARNINGS_MAX)
		pr_warn("%u more variables are left as they are", e.warnings - WARNINGS_MAX);
	qsort(e.variables, e.n_variables, sizeof(*e.variables), compare_variables);
	for (item = env->child; item; item = item->next) {
		len = pci_name(item->valuestring, true);
		err = len && !err ? patch_info(&e, item, len) : err;
	}
	return err;
}
