// SPDX-License-Identifier: Apache-2.0
/*
 * config.json was written on the host: its device nodes, device rules and PCI addresses have the
 * numbers of the host (see the Kata agent's add_devices(), update_spec_devices() and
 * update_env_pci()). Three rules make the result independent of the order of devices and entries.
 *
 * Original numbers. A number of the host can be equal to a number of the guest: the host's c 511:0
 * becomes c 511:1 while its c 511:1 becomes c 511:2. So every lookup uses the numbers that the
 * document had at first. oci_patch_devices() records the original type, major and minor of each
 * entry that it changes, and oci_patch_rules() finds the node of a rule by these.
 *
 * One pass. Each entry, rule and variable is changed once, when the pass comes to it, and is not
 * looked at again. A pass over all rules for each device would change 511:0 twice in the example.
 *
 * In place. Entries are found and checked first and changed then, so that an error shows what the
 * document came with. A document for which a step has failed is half changed: it serves to look for
 * further faults, which do not depend on numbers.
 *
 * The steps:
 * 1. oci_patch_collect() makes a table of struct update, one for each node that the container gets,
 *    sorted by the path in config.json. Two devices with one path are a fault; an extra node gives
 *    way to a device's own node.
 * 2. oci_patch_devices() changes linux.devices: the first entry with the path of an update gets the
 *    guest's type and numbers. A device without an entry is a fault, and so is a mount that would
 *    hide its node. Extra nodes without an entry are appended.
 * 3. oci_patch_rules() changes linux.resources.devices: the rules get the guest's numbers and keep
 *    their order. One rule for each node follows them. So a rule that denies everything, with which
 *    most lists begin, does not deny the nodes, and the new rules are not mistaken for the host's.
 * 4. oci_env_patch() changes the PCI addresses in process.env, see spec/oci_env.c.
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
 * struct update - a node that the container gets
 * @path: its path in linux.devices
 * @final_path: what the path becomes, "" if it stays
 * @node: the guest's node
 * @device: the device whose own node it is, NULL for an extra node
 * @with: the device that an extra node belongs to, NULL for none: the node gets its owner and mode
 * @entry: the entry of linux.devices that becomes the node's, NULL if there is none
 */
struct update {
	const char *path, *final_path;
	struct device_node node;
	const struct device *device, *with;
	cJSON *entry;
};

/*
 * struct renumber - an entry of linux.devices that is changed
 * @type: original type, 'a' if it was not given
 * @major: original major number
 * @minor: original minor number
 * @node: the guest's node that it has become
 */
struct renumber {
	char type;
	int64_t major, minor;
	const struct device_node *node;
};

/*
 * struct patch - a document that is being patched
 * @r: the tree, memory and faults
 * @updates: the nodes, sorted by path
 * @n_updates: how many there are
 * @renumbers: the changed entries, sorted by original numbers after oci_patch_devices()
 * @n_renumbers: how many there are
 * @pci: the addresses of the host and of the guest
 * @renames: what the paths of nodes become
 */
struct patch {
	struct json_reader r;
	struct update *updates;
	size_t n_updates;
	struct renumber *renumbers;
	size_t n_renumbers;
	struct pci_table pci;
	struct oci_renames renames;
};

/* --- tables -------------------------------------------------------------------------------- */

/* By path; of one path a device's own node first, then the extra nodes in the order of devices. */
static int oci_patch_compare_updates(const void *a, const void *b)
{
	const struct update *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	if (!order)
		order = !x->device - !y->device;
	return order ? order : (x->with > y->with) - (x->with < y->with);
}

static int oci_patch_compare_path(const void *path, const void *update)
{
	return strcmp(path, ((const struct update *)update)->path);
}

static struct update oci_patch_of_device(const struct device *d, const struct device_result *r)
{
	struct update u = {.path = d->container_path, .final_path = r->final_path, .device = d};

	u.node.type = r->node_type;
	u.node.major = r->major;
	u.node.minor = r->minor;
	memcpy(u.node.path, r->node, sizeof(u.node.path));
	return u;
}

/* A VFIO device's extra nodes (see struct device_result). Return: how many there are. */
static size_t oci_patch_of_extra_nodes(const struct device *d, const struct device_result *r,
				       struct update *u)
{
	size_t n = 0;

	for (size_t i = 0; EXTRA_NODES && i < r->n_extra; i++)
		if (strcmp(r->extra[i].path, r->node) != 0)
			u[n++] = (struct update){r->extra[i].path, "", r->extra[i], .with = d};
	return n;
}

/* Keep one update for each path: two devices with one path conflict, extra nodes give way. */
static int oci_patch_unite(struct patch *p, struct update *u, size_t count)
{
	size_t n = 0;

	qsort(u, count, sizeof(*u), oci_patch_compare_updates);
	for (size_t i = 0; i < count; i++) {
		if (!n || strcmp(u[n - 1].path, u[i].path) != 0)
			u[n++] = u[i];
		else if (u[i].device)
			return fault_set(
				p->r.fault, -EINVAL,
				"conflicting device updates for %.200s: the devices \"%.100s\" and \"%.100s\" both claim it; functions of one IOMMU group are one device with an option for each, other devices need a container_path each",
				u[i].path, u[n - 1].device->id, u[i].device->id);
	}
	p->updates = u;
	p->n_updates = n;
	return 0;
}

static int oci_patch_collect(struct patch *p, const struct oci_devices *all)
{
	size_t n = all->n + all->n_nodes + 1;
	struct update *u;

	for (size_t i = 0; i < all->n; i++)
		n += all->results[i].n_extra;
	u = arena_alloc(p->r.arena, n, sizeof(*u));
	if (!u)
		return json_fault_oom(&p->r);
	n = 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct device *d = &all->devices[i];
		const struct device_result *r = &all->results[i];

		if (!r->ready || !r->node_type || !*d->container_path)
			continue;
		u[n++] = oci_patch_of_device(d, r);
		n += oci_patch_of_extra_nodes(d, r, u + n);
	}
	for (size_t i = 0; i < all->n_nodes; i++)
		u[n++] = (struct update){all->nodes[i].path, "", all->nodes[i], .device = NULL};
	return oci_patch_unite(p, u, n);
}

static int oci_patch_compare_renumbers(const void *a, const void *b)
{
	const struct renumber *x = a, *y = b;

	if (x->type != y->type)
		return x->type - y->type;
	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	return (x->minor > y->minor) - (x->minor < y->minor);
}

/* --- linux.devices ------------------------------------------------------------------------- */

/* 'b', 'c', 'p', or 'a' for rules and if it is not given. An unbuffered device ("u") is 'c'. */
static int oci_patch_read_type(const struct json_reader *r, const cJSON *object, char *out)
{
	static const char *const words[] = {"a", "b", "c", "u", "p", NULL};
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(object, "type");
	int i = type && !cJSON_IsNull(type) ? json_read_choice(r, type, words) : 0;

	if (i < 0)
		return i;
	*out = "abccp"[i];
	return 0;
}

/* Both numbers of a node or a rule. Return: 1, 0 if one is not given, or a negative errno. */
static int oci_patch_read_numbers(const struct json_reader *r, const cJSON *object, int64_t *major,
				  int64_t *minor)
{
	const cJSON *a = cJSON_GetObjectItemCaseSensitive(object, "major");
	const cJSON *b = cJSON_GetObjectItemCaseSensitive(object, "minor");
	int err;

	if (!a || !b || cJSON_IsNull(a) || cJSON_IsNull(b))
		return 0;
	err = json_read_integer(r, a, INT64_MIN, INT64_MAX, major);
	if (!err)
		err = json_read_integer(r, b, INT64_MIN, INT64_MAX, minor);
	return err ? err : 1;
}

static int oci_patch_set_node(struct patch *p, cJSON *entry, const struct update *u)
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
	return err ? json_fault_oom(&p->r) : 0;
}

/* Find the update of an entry. */
static int oci_patch_device(struct patch *p, cJSON *entry)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(entry, "path");
	struct renumber from = {0};
	struct update *u;
	int err;

	if (!cJSON_IsString(path))
		return json_fault(&p->r, entry, "expected a device with a path");
	u = bsearch(path->valuestring, p->updates, p->n_updates, sizeof(*u),
		    oci_patch_compare_path);
	if (!u || u->entry)
		return 0;
	err = oci_patch_read_type(&p->r, entry, &from.type);
	if (err)
		return err;
	if (from.type != 'a' && from.type != u->node.type)
		return json_fault(&p->r, entry, "type '%c', but the guest's node %s has type '%c'",
				  from.type, u->node.path, u->node.type);
	err = oci_patch_read_numbers(&p->r, entry, &from.major, &from.minor);
	if (err < 0)
		return err;
	from.node = &u->node;
	p->renumbers[p->n_renumbers++] = from;
	u->entry = entry;
	return 0;
}

static int oci_patch_check_missing(const struct patch *p, const cJSON *devices)
{
	char missing[512] = "", found[256] = "";

	for (size_t i = 0; i < p->n_updates; i++)
		if (!p->updates[i].entry && p->updates[i].device)
			str_append(missing, sizeof(missing), "%s%s", *missing ? " " : "",
				   p->updates[i].path);
	if (!*missing)
		return 0;
	for (const cJSON *e = devices->child; e; e = e->next)
		str_append(found, sizeof(found), "%s%s", *found ? " " : "",
			   json_text(cJSON_GetObjectItemCaseSensitive(e, "path")));
	fault_set(
		p->r.fault, -ENOENT,
		"missing devices in OCI spec: %s: linux.devices has %s; add them there or leave their container_path empty",
		missing, *found ? found : "none");
	return fault_facts(p->r.fault, -ENOENT, missing, found);
}

/* A mount at the path of a node stays, so the container would not get the device. */
static int oci_patch_check_mount(const struct patch *p, const cJSON *mount)
{
	const char *path = json_text(cJSON_GetObjectItemCaseSensitive(mount, "destination"));
	const char *source = json_text(cJSON_GetObjectItemCaseSensitive(mount, "source"));

	for (size_t i = 0; i < p->n_updates; i++) {
		const struct update *u = &p->updates[i];

		if (u->device && !strcmp(*u->final_path ? u->final_path : u->path, path) &&
		    strcmp(source, u->node.path) != 0)
			return json_fault(
				&p->r, mount,
				"the mount at %.200s hides the node of the device \"%.100s\": leave out the mount or the device",
				path, u->device->id);
	}
	return 0;
}

/* An extra node has the owner and mode of its device's entry. */
static int oci_patch_copy_owner(struct patch *p, cJSON *entry, const struct device *with)
{
	static const char *const keys[] = {"fileMode", "uid", "gid"};
	const struct update *u = bsearch(with->container_path, p->updates, p->n_updates, sizeof(*u),
					 oci_patch_compare_path);
	const cJSON *value;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		value = cJSON_GetObjectItemCaseSensitive(u->entry, keys[i]);
		if (value && !cJSON_AddItemToObject(entry, keys[i], cJSON_Duplicate(value, true)))
			return json_fault_oom(&p->r);
	}
	return 0;
}

/* An entry for an extra node that linux.devices does not have */
static int oci_patch_append_device(struct patch *p, cJSON *devices, const struct update *u)
{
	cJSON *entry = cJSON_CreateObject();

	if (json_append(devices, entry) || json_set_string(entry, "path", u->path) ||
	    oci_patch_set_node(p, entry, u))
		return json_fault_oom(&p->r);
	if (EXTRA_NODES && u->with)
		return oci_patch_copy_owner(p, entry, u->with);
	if (u->node.mode && json_set_number(entry, "fileMode", u->node.mode))
		return json_fault_oom(&p->r);
	return 0;
}

static int oci_patch_set_nodes(struct patch *p, cJSON *devices)
{
	int err = 0;

	for (size_t i = 0; i < p->n_updates && !err; i++) {
		const struct update *u = &p->updates[i];

		err = u->entry ? oci_patch_set_node(p, u->entry, u)
			       : oci_patch_append_device(p, devices, u);
	}
	return err;
}

static int oci_patch_devices(struct patch *p, cJSON *devices)
{
	const cJSON *mount = cJSON_GetObjectItemCaseSensitive(p->r.root, "mounts");
	struct renumber *renumbers;
	cJSON *entry;
	int err;

	renumbers = arena_alloc(p->r.arena, p->n_updates + 1, sizeof(*renumbers));
	if (!renumbers)
		return json_fault_oom(&p->r);
	p->renumbers = renumbers;
	for (entry = devices->child; entry; entry = entry->next) {
		err = oci_patch_device(p, entry);
		if (err)
			return err;
	}
	err = oci_patch_check_missing(p, devices);
	for (mount = mount ? mount->child : NULL; mount && !err; mount = mount->next)
		err = oci_patch_check_mount(p, mount);
	if (err)
		return err;
	qsort(renumbers, p->n_renumbers, sizeof(*renumbers), oci_patch_compare_renumbers);
	for (size_t i = 1; i < p->n_renumbers; i++)
		if (!oci_patch_compare_renumbers(&renumbers[i - 1], &renumbers[i]))
			return fault_set(
				p->r.fault, -EINVAL,
				"conflicting resource updates: the host's device %c %lld:%lld would become %s and %s",
				renumbers[i].type, (long long)renumbers[i].major,
				(long long)renumbers[i].minor, renumbers[i - 1].node->path,
				renumbers[i].node->path);
	return oci_patch_set_nodes(p, devices);
}

/* --- linux.resources.devices --------------------------------------------------------------- */

static int oci_patch_rule(struct patch *p, cJSON *rule)
{
	struct renumber key = {0}, *hit;
	int err;

	if (!cJSON_IsObject(rule))
		return json_fault_expected(&p->r, rule, "an object");
	err = oci_patch_read_type(&p->r, rule, &key.type);
	if (err)
		return err;
	err = oci_patch_read_numbers(&p->r, rule, &key.major, &key.minor);
	if (err <= 0)
		return err;
	hit = bsearch(&key, p->renumbers, p->n_renumbers, sizeof(key), oci_patch_compare_renumbers);
	if (!hit)
		return 0;
	if (json_set_number(rule, "major", hit->node->major) ||
	    json_set_number(rule, "minor", hit->node->minor))
		return json_fault_oom(&p->r);
	return 0;
}

static int oci_patch_rules(struct patch *p, cJSON *rules)
{
	int err = 0;

	for (cJSON *rule = rules->child; rule && !err; rule = rule->next)
		err = oci_patch_rule(p, rule);
	for (size_t i = 0; i < p->n_updates && !err; i++) {
		const struct device_node *node = &p->updates[i].node;

		if (oci_append_rule(rules, (const char[]){node->type, '\0'}, node->major,
				    node->minor, "rwm"))
			err = json_fault_oom(&p->r);
	}
	return err;
}

/* --- the document -------------------------------------------------------------------------- */

/* The updates are sorted by the path in config.json, and so are the renames. */
static int oci_patch_rename(struct patch *p, const struct oci_devices *all)
{
	struct oci_rename *list = arena_alloc(p->r.arena, p->n_updates + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return json_fault_oom(&p->r);
	for (size_t i = 0; i < p->n_updates; i++)
		if (*p->updates[i].final_path)
			list[n++] =
				(struct oci_rename){p->updates[i].path, p->updates[i].final_path};
	p->renames = (struct oci_renames){list, n, all->nodes, all->n_nodes};
	return 0;
}

static const struct update *oci_patch_first_device(const struct patch *p)
{
	for (size_t i = 0; i < p->n_updates; i++)
		if (p->updates[i].device)
			return &p->updates[i];
	return NULL;
}

static int oci_patch_linux(struct patch *p, cJSON *root)
{
	cJSON *lin = cJSON_GetObjectItemCaseSensitive(root, "linux");
	cJSON *devices = NULL, *resources = NULL, *rules = NULL;
	const struct update *first = oci_patch_first_device(p);
	int err;

	if (first && !cJSON_IsObject(lin))
		return fault_set(
			p->r.fault, -EINVAL,
			"/linux: the spec has no such object, so the device \"%.200s\" cannot be given to the container",
			first->path);
	err = oci_member(&p->r, root, "linux", false, &lin);
	if (!err)
		err = oci_member(&p->r, lin, "devices", true, &devices);
	if (!err)
		err = oci_patch_devices(p, devices);
	if (!err)
		err = oci_member(&p->r, lin, "resources", false, &resources);
	if (!err)
		err = oci_member(&p->r, resources, "devices", true, &rules);
	return err ? err : oci_patch_rules(p, rules);
}

static int oci_patch_all(struct patch *p, cJSON *root, const struct policy *policy)
{
	cJSON *process = cJSON_GetObjectItemCaseSensitive(root, "process");
	int err = p->n_updates ? oci_patch_linux(p, root) : 0;

	if (err || !process || cJSON_IsNull(process))
		return err;
	return oci_env_patch(&p->r, process, &p->pci, &p->renames, policy->unmapped_pci_fails);
}

int oci_patch(struct oci_document *doc, const struct oci_devices *all, const struct policy *policy,
	      struct fault *fault)
{
	struct arena scratch cleanup(arena_free) = {0};
	struct patch p = {.r = {.root = doc->root, .arena = &scratch, .fault = fault}};
	int err = oci_patch_collect(&p, all);

	if (!err)
		err = oci_patch_rename(&p, all);
	if (!err)
		err = oci_translate_collect(&p.r, all, &p.pci);
	if (!err)
		err = oci_patch_all(&p, doc->root, policy);
	return err;
}
