// SPDX-License-Identifier: Apache-2.0
/*
 * The spec was written for the host: give its device nodes, device rules and PCI addresses the
 * numbers and names that they have in this guest. The rules are the Kata agent's (add_devices()).
 *
 * Lookups go through sorted arrays: a spec may have thousands of devices and rules.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

/* One device that gives the container a node. */
struct update {
	const struct device *device;
	const struct device_result *guest;
	bool applied;
};

/* What was renumbered: the original triple and the node that it became. */
struct renumber {
	char type;
	int64_t major, minor;
	const struct device_result *guest;
};

struct patch {
	struct json_reader r;
	struct update *updates;
	size_t n_updates;
	struct renumber *renumbers;
	size_t n_renumbers;
	struct pci_table pci;
};

/* --- tables -------------------------------------------------------------------------------- */

static int compare_updates(const void *a, const void *b)
{
	const struct update *x = a, *y = b;

	return strcmp(x->device->container_path, y->device->container_path);
}

static int compare_path(const void *path, const void *update)
{
	return strcmp(path, ((const struct update *)update)->device->container_path);
}

static int collect_updates(struct patch *p, const struct device *devices,
			   const struct device_result *results, size_t n)
{
	struct update *u = arena_alloc(p->r.arena, n + 1, sizeof(*u));
	size_t count = 0;

	if (!u)
		return json_enomem(&p->r);
	for (size_t i = 0; i < n; i++)
		if (results[i].ready && results[i].node_type && *devices[i].container_path)
			u[count++] = (struct update){&devices[i], &results[i], false};
	qsort(u, count, sizeof(*u), compare_updates);
	for (size_t i = 1; i < count; i++)
		if (!compare_updates(&u[i - 1], &u[i]))
			return fault_set(p->r.fault, -EINVAL,
					 "conflicting device updates for %.200s: the devices "
					 "\"%.100s\" and \"%.100s\" both claim it",
					 u[i].device->container_path, u[i - 1].device->id,
					 u[i].device->id);
	p->updates = u;
	p->n_updates = count;
	return 0;
}

int pci_compare(const struct pci_address *a, const struct pci_address *b)
{
	uint64_t x = (uint64_t)a->domain << 24 | (uint64_t)a->bus << 16 | (uint64_t)a->slot << 8 |
		     a->function;
	uint64_t y = (uint64_t)b->domain << 24 | (uint64_t)b->bus << 16 | (uint64_t)b->slot << 8 |
		     b->function;

	return (x > y) - (x < y);
}

static int compare_hosts(const void *a, const void *b)
{
	const struct pci_mapping *x = a, *y = b;

	return pci_compare(&x->host, &y->host);
}

const struct pci_address *pci_lookup(const struct pci_table *table, const struct pci_address *host)
{
	const struct pci_mapping key = {.host = *host};
	const struct pci_mapping *pair =
		bsearch(&key, table->pairs, table->n, sizeof(key), compare_hosts);

	return pair ? &pair->guest : NULL;
}

/* All devices' addresses in one table: a later device must not hide an earlier one's. */
static int collect_pci(struct patch *p, const struct device_result *results, size_t n)
{
	struct pci_mapping *pairs;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += results[i].ready ? results[i].n_pci : 0;
	pairs = arena_alloc(p->r.arena, count + 1, sizeof(*pairs));
	if (!pairs)
		return json_enomem(&p->r);
	count = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; results[i].ready && j < results[i].n_pci; j++)
			pairs[count++] = results[i].pci[j];
	qsort(pairs, count, sizeof(*pairs), compare_hosts);
	for (size_t i = 1; i < count; i++)
		if (!compare_hosts(&pairs[i - 1], &pairs[i]) &&
		    !pci_address_equal(&pairs[i - 1].guest, &pairs[i].guest))
			return fault_set(p->r.fault, -EINVAL,
					 "conflicting guest addresses for the host's %s: %s and %s",
					 pci_text(&pairs[i].host).s,
					 pci_text(&pairs[i - 1].guest).s,
					 pci_text(&pairs[i].guest).s);
	p->pci = (struct pci_table){pairs, count};
	return 0;
}

static int compare_renumbers(const void *a, const void *b)
{
	const struct renumber *x = a, *y = b;

	if (x->type != y->type)
		return x->type - y->type;
	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	return (x->minor > y->minor) - (x->minor < y->minor);
}

/* --- linux.devices ------------------------------------------------------------------------- */

/* 'b', 'c', 'p' or, for rules and where nothing is said, 'a'. An unbuffered device ("u") is 'c'. */
static int read_type(const struct json_reader *r, const cJSON *object, char *out)
{
	static const char *const words[] = {"a", "b", "c", "u", "p", NULL};
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(object, "type");
	int i = type && !cJSON_IsNull(type) ? json_choice(r, type, words) : 0;

	if (i < 0)
		return i;
	*out = "abccp"[i];
	return 0;
}

/* Both numbers of a node or a rule. Return: 1, 0 if it does not have both, -errno. */
static int read_numbers(const struct json_reader *r, const cJSON *object, int64_t *major,
			int64_t *minor)
{
	const cJSON *a = cJSON_GetObjectItemCaseSensitive(object, "major");
	const cJSON *b = cJSON_GetObjectItemCaseSensitive(object, "minor");
	int err;

	if (!a || !b || cJSON_IsNull(a) || cJSON_IsNull(b))
		return 0;
	err = json_integer(r, a, INT64_MIN, INT64_MAX, major);
	if (!err)
		err = json_integer(r, b, INT64_MIN, INT64_MAX, minor);
	return err ? err : 1;
}

static int set_node(struct patch *p, cJSON *entry, const struct device_result *guest)
{
	const char type[] = {guest->node_type, '\0'};
	int err = 0;

	if (!cJSON_GetObjectItemCaseSensitive(entry, "type"))
		err = json_set_string(entry, "type", type);
	if (!err)
		err = json_set_number(entry, "major", guest->major);
	if (!err)
		err = json_set_number(entry, "minor", guest->minor);
	if (!err && *guest->final_path)
		err = json_set_string(entry, "path", guest->final_path);
	return err ? json_enomem(&p->r) : 0;
}

static int patch_device(struct patch *p, cJSON *entry)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(entry, "path");
	struct renumber from = {0};
	struct update *u;
	int err;

	if (!cJSON_IsString(path))
		return json_fault(&p->r, entry, "expected a device with a path");
	u = bsearch(path->valuestring, p->updates, p->n_updates, sizeof(*u), compare_path);
	if (!u || u->applied)
		return 0;
	err = read_type(&p->r, entry, &from.type);
	if (err)
		return err;
	if (from.type != 'a' && from.type != u->guest->node_type)
		return json_fault(&p->r, entry, "type '%c', but %s, which takes its place, is '%c'",
				  from.type, u->guest->node, u->guest->node_type);
	err = read_numbers(&p->r, entry, &from.major, &from.minor);
	if (err < 0)
		return err;
	from.guest = u->guest;
	p->renumbers[p->n_renumbers++] = from;
	u->applied = true;
	return set_node(p, entry, u->guest);
}

/* Append @word to a list for people; a list that does not fit ends in "...". */
static void put_word(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	if (used + strlen(word) + sizeof(" ...") < size) {
		if (used)
			list[used++] = ' ';
		memcpy(list + used, word, strlen(word) + 1);
	} else if (!str_ends(list, "...")) {
		memcpy(list + used, " ...", sizeof(" ..."));
	}
}

static int missing_devices(const struct patch *p, const cJSON *devices)
{
	char missing[512] = "", found[256] = "";
	const cJSON *entry, *path;

	for (size_t i = 0; i < p->n_updates; i++)
		if (!p->updates[i].applied)
			put_word(missing, sizeof(missing), p->updates[i].device->container_path);
	if (!*missing)
		return 0;
	for (entry = devices->child; entry; entry = entry->next) {
		path = cJSON_GetObjectItemCaseSensitive(entry, "path");
		if (cJSON_IsString(path))
			put_word(found, sizeof(found), path->valuestring);
	}
	fault_set(p->r.fault, -ENOENT,
		  "missing devices in OCI spec: %s: linux.devices has %s; add them there or leave "
		  "their container_path empty",
		  missing, *found ? found : "none");
	fault_expected(p->r.fault, "%s", missing);
	fault_found(p->r.fault, "%s", found);
	return -ENOENT;
}

static int patch_devices(struct patch *p, cJSON *devices)
{
	struct renumber *renumbers;
	cJSON *entry;
	int err;

	renumbers = arena_alloc(p->r.arena, p->n_updates + 1, sizeof(*renumbers));
	if (!renumbers)
		return json_enomem(&p->r);
	p->renumbers = renumbers;
	for (entry = devices->child; entry; entry = entry->next) {
		err = patch_device(p, entry);
		if (err)
			return err;
	}
	err = missing_devices(p, devices);
	if (err)
		return err;
	qsort(renumbers, p->n_renumbers, sizeof(*renumbers), compare_renumbers);
	for (size_t i = 1; i < p->n_renumbers; i++)
		if (!compare_renumbers(&renumbers[i - 1], &renumbers[i]))
			return fault_set(
				p->r.fault, -EINVAL,
				"conflicting resource updates: the host's device %c %lld:%lld "
				"would become %s and %s",
				renumbers[i].type, (long long)renumbers[i].major,
				(long long)renumbers[i].minor, renumbers[i - 1].guest->node,
				renumbers[i].guest->node);
	return 0;
}

/* --- linux.resources.devices --------------------------------------------------------------- */

/* Each rule once and from its own numbers, so that a to b and b to c come out right together. */
static int patch_rule(struct patch *p, cJSON *rule)
{
	struct renumber key = {0}, *hit;
	int err;

	if (!cJSON_IsObject(rule))
		return json_expected(&p->r, rule, "an object");
	err = read_type(&p->r, rule, &key.type);
	if (err)
		return err;
	err = read_numbers(&p->r, rule, &key.major, &key.minor);
	if (err <= 0)
		return err;
	hit = bsearch(&key, p->renumbers, p->n_renumbers, sizeof(key), compare_renumbers);
	if (!hit)
		return 0;
	if (json_set_number(rule, "major", hit->guest->major) ||
	    json_set_number(rule, "minor", hit->guest->minor))
		return json_enomem(&p->r);
	return 0;
}

static int append_rule(struct patch *p, cJSON *rules, const struct device_result *guest)
{
	const char type[] = {guest->node_type, '\0'};
	cJSON *rule = cJSON_CreateObject();

	if (!rule || !cJSON_AddItemToArray(rules, rule)) {
		cJSON_Delete(rule);
		return json_enomem(&p->r);
	}
	if (!cJSON_AddTrueToObject(rule, "allow") || json_set_string(rule, "type", type) ||
	    json_set_number(rule, "major", guest->major) ||
	    json_set_number(rule, "minor", guest->minor) || json_set_string(rule, "access", "rwm"))
		return json_enomem(&p->r);
	return 0;
}

/* The rules of the guest's own nodes come last: they are never taken for a host's. */
static int patch_rules(struct patch *p, cJSON *rules)
{
	cJSON *rule;
	int err = 0;

	for (rule = rules->child; rule; rule = rule->next) {
		err = patch_rule(p, rule);
		if (err)
			return err;
	}
	for (size_t i = 0; i < p->n_updates && !err; i++)
		err = append_rule(p, rules, p->updates[i].guest);
	return err;
}

/* --- the whole ----------------------------------------------------------------------------- */

int oci_member(const struct json_reader *r, cJSON *parent, const char *key, bool array, cJSON **out)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(parent, key);

	if (item && cJSON_IsNull(item)) {
		cJSON_DeleteItemFromObjectCaseSensitive(parent, key);
		item = NULL;
	}
	if (!item)
		item = array ? cJSON_AddArrayToObject(parent, key)
			     : cJSON_AddObjectToObject(parent, key);
	if (!item) {
		json_enomem(r);
		return -ENOMEM;
	}
	if (array ? !cJSON_IsArray(item) : !cJSON_IsObject(item)) {
		json_expected(r, item, array ? "an array" : "an object");
		return -EINVAL;
	}
	*out = item;
	return 0;
}

static int patch_linux(struct patch *p, cJSON *root)
{
	cJSON *lin = cJSON_GetObjectItemCaseSensitive(root, "linux");
	cJSON *devices = NULL, *resources = NULL, *rules = NULL;
	int err;

	if (!cJSON_IsObject(lin))
		return fault_set(p->r.fault, -EINVAL,
				 "/linux: the spec has no such object, so the device \"%.200s\" "
				 "cannot be given to the container",
				 p->updates[0].device->container_path);
	err = oci_member(&p->r, lin, "devices", true, &devices);
	if (!err)
		err = patch_devices(p, devices);
	if (!err)
		err = oci_member(&p->r, lin, "resources", false, &resources);
	if (!err)
		err = oci_member(&p->r, resources, "devices", true, &rules);
	return err ? err : patch_rules(p, rules);
}

static int patch_all(struct patch *p, cJSON *root, const struct policy *policy)
{
	cJSON *process = cJSON_GetObjectItemCaseSensitive(root, "process");
	int err = p->n_updates ? patch_linux(p, root) : 0;

	if (err || !process || cJSON_IsNull(process))
		return err;
	return oci_patch_env(&p->r, process, &p->pci, policy->unmapped_pci_fails);
}

int oci_patch(struct oci_document *doc, const struct device *devices,
	      const struct device_result *results, size_t n, const struct policy *policy,
	      struct fault *fault)
{
	struct arena scratch cleanup(arena_free) = {0};
	cJSON *copy = cJSON_Duplicate(doc->root, true), *old;
	struct patch p = {.r = {.root = copy, .arena = &scratch, .fault = fault}};
	int err;

	if (!copy)
		return json_enomem(&p.r);
	err = collect_updates(&p, devices, results, n);
	if (!err)
		err = collect_pci(&p, results, n);
	if (!err)
		err = patch_all(&p, copy, policy);
	if (!err) {
		old = doc->root;
		doc->root = copy;
		copy = old;
	}
	cJSON_Delete(copy);
	return err;
}
