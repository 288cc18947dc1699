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

#ifdef CONFIG_VFIO_CDEV
#define EXTRA_NODES true
#else
#define EXTRA_NODES false
#endif

/*
 * A node that the container gets, under the path that it has in the spec.
 * @final_path: what the path becomes, "" if it stays
 * @device: whose node it is; NULL if it comes along and need not be in the spec
 * @with: the device that it comes along with, if it is one: its entry says who may use the node
 * @entry: the device's entry
 */
struct update {
	const char *path, *final_path;
	struct device_node node;
	const struct device *device, *with;
	const cJSON *entry;
	bool applied;
};

/* What was renumbered: the original triple and the node that it became. */
struct renumber {
	char type;
	int64_t major, minor;
	const struct device_node *node;
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

/* By path; a device's own node stands before one that comes along, with the first device first. */
static int compare_updates(const void *a, const void *b)
{
	const struct update *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	if (!order)
		order = !x->device - !y->device;
	return order ? order : (x->with > y->with) - (x->with < y->with);
}

static int compare_path(const void *path, const void *update)
{
	return strcmp(path, ((const struct update *)update)->path);
}

static struct update device_update(const struct device *d, const struct device_result *r)
{
	struct update u = {.path = d->container_path, .final_path = r->final_path, .device = d};

	u.node.type = r->node_type;
	u.node.major = r->major;
	u.node.minor = r->minor;
	memcpy(u.node.path, r->node, sizeof(u.node.path));
	return u;
}

/* A VFIO device's nodes beside its own (see struct device_result). */
static size_t extra_updates(const struct device *d, const struct device_result *r, struct update *u)
{
	size_t n = 0;

	for (size_t i = 0; EXTRA_NODES && i < r->n_extra; i++)
		if (strcmp(r->extra[i].path, r->node) != 0)
			u[n++] = (struct update){r->extra[i].path, "", r->extra[i], .with = d};
	return n;
}

/* Each path once: two devices cannot have it, and what comes along gives way. */
static int unite_updates(struct patch *p, struct update *u, size_t count)
{
	size_t n = 0;

	qsort(u, count, sizeof(*u), compare_updates);
	for (size_t i = 0; i < count; i++) {
		if (!n || strcmp(u[n - 1].path, u[i].path) != 0)
			u[n++] = u[i];
		else if (u[i].device)
			return fault_set(
				p->r.fault, -EINVAL,
				"conflicting device updates for %.200s: the devices \"%.100s\" and \"%.100s\" both claim it",
				u[i].path, u[n - 1].device->id, u[i].device->id);
	}
	p->updates = u;
	p->n_updates = n;
	return 0;
}

static int collect_updates(struct patch *p, const struct oci_devices *all)
{
	size_t n = all->n + all->n_nodes + 1;
	struct update *u;

	for (size_t i = 0; i < all->n; i++)
		n += all->results[i].n_extra;
	u = arena_alloc(p->r.arena, n, sizeof(*u));
	if (!u)
		return json_enomem(&p->r);
	n = 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct device *d = &all->devices[i];
		const struct device_result *r = &all->results[i];

		if (!r->ready || !r->node_type || !*d->container_path)
			continue;
		u[n++] = device_update(d, r);
		n += extra_updates(d, r, u + n);
	}
	for (size_t i = 0; i < all->n_nodes; i++)
		u[n++] = (struct update){all->nodes[i].path, "", all->nodes[i], .device = NULL};
	return unite_updates(p, u, n);
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

static int set_node(struct patch *p, cJSON *entry, const struct update *u)
{
	const char type[] = {u->node.type, '\0'};
	int err = 0;

	if (!cJSON_GetObjectItemCaseSensitive(entry, "type"))
		err = json_set_string(entry, "type", type);
	if (!err)
		err = json_set_number(entry, "major", u->node.major);
	if (!err)
		err = json_set_number(entry, "minor", u->node.minor);
	if (!err && *u->final_path)
		err = json_set_string(entry, "path", u->final_path);
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
	if (from.type != 'a' && from.type != u->node.type)
		return json_fault(&p->r, entry, "type '%c', but %s, which takes its place, is '%c'",
				  from.type, u->node.path, u->node.type);
	err = read_numbers(&p->r, entry, &from.major, &from.minor);
	if (err < 0)
		return err;
	from.node = &u->node;
	p->renumbers[p->n_renumbers++] = from;
	u->applied = true;
	u->entry = entry;
	return set_node(p, entry, u);
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
		if (!p->updates[i].applied && p->updates[i].device)
			put_word(missing, sizeof(missing), p->updates[i].path);
	if (!*missing)
		return 0;
	for (entry = devices->child; entry; entry = entry->next) {
		path = cJSON_GetObjectItemCaseSensitive(entry, "path");
		if (cJSON_IsString(path))
			put_word(found, sizeof(found), path->valuestring);
	}
	fault_set(
		p->r.fault, -ENOENT,
		"missing devices in OCI spec: %s: linux.devices has %s; add them there or leave their container_path empty",
		missing, *found ? found : "none");
	fault_expected(p->r.fault, "%s", missing);
	fault_found(p->r.fault, "%s", found);
	return -ENOENT;
}

/* Who may use the device may use what comes along with it. */
static int copy_owner(struct patch *p, cJSON *entry, const struct device *with)
{
	static const char *const keys[] = {"fileMode", "uid", "gid"};
	const struct update *u =
		bsearch(with->container_path, p->updates, p->n_updates, sizeof(*u), compare_path);
	const cJSON *value;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		value = cJSON_GetObjectItemCaseSensitive(u->entry, keys[i]);
		if (value && !cJSON_AddItemToObject(entry, keys[i], cJSON_Duplicate(value, true)))
			return json_enomem(&p->r);
	}
	return 0;
}

/* An entry for a node that comes along and that the spec does not have. */
static int append_device(struct patch *p, cJSON *devices, const struct update *u)
{
	cJSON *entry = cJSON_CreateObject();

	if (!entry || !cJSON_AddItemToArray(devices, entry)) {
		cJSON_Delete(entry);
		return json_enomem(&p->r);
	}
	if (json_set_string(entry, "path", u->path) || set_node(p, entry, u))
		return json_enomem(&p->r);
	if (EXTRA_NODES && u->with)
		return copy_owner(p, entry, u->with);
	if (u->node.mode && json_set_number(entry, "fileMode", u->node.mode))
		return json_enomem(&p->r);
	return 0;
}

static int append_devices(struct patch *p, cJSON *devices)
{
	int err = 0;

	for (size_t i = 0; i < p->n_updates && !err; i++)
		if (!p->updates[i].applied)
			err = append_device(p, devices, &p->updates[i]);
	return err;
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
	if (!err)
		err = append_devices(p, devices);
	if (err)
		return err;
	qsort(renumbers, p->n_renumbers, sizeof(*renumbers), compare_renumbers);
	for (size_t i = 1; i < p->n_renumbers; i++)
		if (!compare_renumbers(&renumbers[i - 1], &renumbers[i]))
			return fault_set(
				p->r.fault, -EINVAL,
				"conflicting resource updates: the host's device %c %lld:%lld would become %s and %s",
				renumbers[i].type, (long long)renumbers[i].major,
				(long long)renumbers[i].minor, renumbers[i - 1].node->path,
				renumbers[i].node->path);
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
	if (json_set_number(rule, "major", hit->node->major) ||
	    json_set_number(rule, "minor", hit->node->minor))
		return json_enomem(&p->r);
	return 0;
}

static int append_rule(struct patch *p, cJSON *rules, const struct device_node *node)
{
	const char type[] = {node->type, '\0'};
	cJSON *rule = cJSON_CreateObject();

	if (!rule || !cJSON_AddItemToArray(rules, rule)) {
		cJSON_Delete(rule);
		return json_enomem(&p->r);
	}
	if (!cJSON_AddTrueToObject(rule, "allow") || json_set_string(rule, "type", type) ||
	    json_set_number(rule, "major", node->major) ||
	    json_set_number(rule, "minor", node->minor) || json_set_string(rule, "access", "rwm"))
		return json_enomem(&p->r);
	return 0;
}

/*
 * The order: the spec's own rules, with the guest's numbers, stay where they are; behind them one
 * of each node, in the order of the paths. So none is taken for a host's, and a rule that denies
 * everything, as they usually begin, takes none of them back.
 */
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
		err = append_rule(p, rules, &p->updates[i].node);
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

static const struct update *first_asked_for(const struct patch *p)
{
	for (size_t i = 0; i < p->n_updates; i++)
		if (p->updates[i].device)
			return &p->updates[i];
	return NULL;
}

static int patch_linux(struct patch *p, cJSON *root)
{
	cJSON *lin = cJSON_GetObjectItemCaseSensitive(root, "linux");
	cJSON *devices = NULL, *resources = NULL, *rules = NULL;
	const struct update *asked = first_asked_for(p);
	int err;

	if (asked && !cJSON_IsObject(lin))
		return fault_set(
			p->r.fault, -EINVAL,
			"/linux: the spec has no such object, so the device \"%.200s\" cannot be given to the container",
			asked->path);
	err = oci_member(&p->r, root, "linux", false, &lin);
	if (!err)
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

int oci_patch(struct oci_document *doc, const struct oci_devices *all, const struct policy *policy,
	      struct fault *fault)
{
	struct arena scratch cleanup(arena_free) = {0};
	cJSON *copy = cJSON_Duplicate(doc->root, true), *old;
	struct patch p = {.r = {.root = copy, .arena = &scratch, .fault = fault}};
	int err;

	if (!copy)
		return json_enomem(&p.r);
	err = collect_updates(&p, all);
	if (!err)
		err = pci_collect(&p.r, all, &p.pci);
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
