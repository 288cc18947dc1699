// SPDX-License-Identifier: Apache-2.0
/*
 * Device nodes of the host that nobody claims
 * -------------------------------------------
 *
 * An entry of linux.devices that no device of the manifest and no CDI edit has made has numbers of
 * the host. In the guest they are the numbers of something else: the host's /dev/nvme3n1 may be
 * 259:0, and so may be the guest's own disk. Numbers that are the same on every Linux (the kernel's
 * admin-guide/devices.txt) are no such case.
 *
 * Two steps, because CDI comes in between: oci_unclaimed_mark() marks the entries and their rules
 * by the numbers that the document had at first. A CDI edit replaces an entry, and with it the
 * mark. oci_unclaimed_settle() gives what is still marked the numbers of the guest's node of that
 * path, or leaves it out.
 */
#define pr_fmt(fmt) "spec: " fmt

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

#define MARK OCI_UNCLAIMED_MARK

/* From here on the kernel gives numbers to drivers as they come (admin-guide/devices.txt). */
#define DYNAMIC_MAJOR 234

/* A hostile config.json must not fill the log. */
#define WARNINGS_MAX 16

/*
 * struct host_node - a node of the host
 * @type: 'b' or 'c'
 * @major, @minor: numbers of the host; of a rule, @minor may be OCI_ANY
 * @to_major, @to_minor: numbers of the guest, if @found
 * @found: the guest has a node of its path
 */
struct host_node {
	char type;
	int64_t major, minor, to_major, to_minor;
	bool found;
};

/*
 * struct unclaimed_work - the work on one document
 * @devices, @rules: the arrays; NULL if missing
 * @nodes: the marked nodes, then those of them that the guest has; sorted by type and numbers before
 *	they are looked up
 */
struct unclaimed_work {
	struct arena arena;
	cJSON *devices, *rules;
	struct host_node *nodes;
	size_t n;
	unsigned warnings;
};

static int oci_unclaimed_compare(const void *a, const void *b)
{
	const struct host_node *x = a, *y = b;

	if (x->type != y->type)
		return x->type - y->type;
	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	return (x->minor > y->minor) - (x->minor < y->minor);
}

/* Does the rule @a cover the node @b? For bsearch(3) in sorted nodes. */
static int oci_unclaimed_compare_rule(const void *a, const void *b)
{
	struct host_node rule = *(const struct host_node *)a;

	if (rule.minor == OCI_ANY)
		rule.minor = ((const struct host_node *)b)->minor;
	return oci_unclaimed_compare(&rule, b);
}

static struct host_node *oci_unclaimed_find(const struct host_node *rule, struct host_node *nodes,
					    size_t n)
{
	return bsearch(rule, nodes, n, sizeof(*nodes), oci_unclaimed_compare_rule);
}

static int oci_unclaimed_compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Read type and numbers of an entry or rule. An entry that is not valid is a fault of oci_config().
 */
static bool oci_unclaimed_read(const cJSON *item, struct host_node *out)
{
	const char *type = json_text(cJSON_GetObjectItemCaseSensitive(item, "type"));

	*out = (struct host_node){.type = *type == 'b' ? 'b' : 'c'};
	return (!strcmp(type, "b") || !strcmp(type, "c") || !strcmp(type, "u")) &&
	       !json_int64(cJSON_GetObjectItemCaseSensitive(item, "major"), &out->major) &&
	       !json_int64(cJSON_GetObjectItemCaseSensitive(item, "minor"), &out->minor) &&
	       out->minor >= 0;
}

/* A rule without a minor number is for all nodes of a driver. */
static bool oci_unclaimed_read_rule(const cJSON *rule, struct host_node *out)
{
	const char *type = json_text(cJSON_GetObjectItemCaseSensitive(rule, "type"));

	*out = (struct host_node){.type = *type == 'b' ? 'b' : 'c', .minor = OCI_ANY};
	if ((strcmp(type, "b") && strcmp(type, "c") && strcmp(type, "u")) ||
	    json_int64(cJSON_GetObjectItemCaseSensitive(rule, "major"), &out->major))
		return false;
	return json_int64(cJSON_GetObjectItemCaseSensitive(rule, "minor"), &out->minor) != -ERANGE;
}

/*
 * Is a rule for all nodes of a driver whose major number is the same on every Linux? The guest's
 * disks are never meant.
 */
static bool oci_unclaimed_is_class(const struct host_node *rule)
{
	return rule->minor == OCI_ANY && rule->type == 'c' && rule->major < DYNAMIC_MAJOR;
}

/* Is the number the same on every Linux? Memory, terminals, and the fixed ones of misc */
static bool oci_unclaimed_is_fixed(const struct host_node *n)
{
	if (n->type != 'c')
		return false;
	return n->major == 1 || n->major == 4 || (n->major == 5 && n->minor <= 2) ||
	       (n->major >= 136 && n->major <= 143) ||
	       (n->major == 10 && n->minor >= 128 && n->minor < 255);
}

static int oci_unclaimed_begin(struct unclaimed_work *u, const struct oci_document *doc)
{
	const cJSON *linux_object = cJSON_GetObjectItemCaseSensitive(doc->root, "linux");
	const cJSON *resources = cJSON_GetObjectItemCaseSensitive(linux_object, "resources");

	u->devices = cJSON_GetObjectItemCaseSensitive(linux_object, "devices");
	u->rules = cJSON_GetObjectItemCaseSensitive(resources, "devices");
	u->nodes = arena_alloc(&u->arena, (size_t)cJSON_GetArraySize(u->devices) + 1,
			       sizeof(*u->nodes));
	return u->nodes ? 0 : -ENOMEM;
}

/* --- marking ------------------------------------------------------------------------------- */

/* The paths that devices claim, sorted. Return: how many, -ENOMEM. */
static int oci_unclaimed_claims(struct arena *a, const struct oci_devices *all, const char ***out)
{
	size_t n = all->n + all->n_nodes + 1;
	const char **paths;

	for (size_t i = 0; i < all->n; i++)
		n += all->results[i].n_extra;
	paths = arena_alloc(a, n, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct device_result *r = &all->results[i];

		if (!r->ready || !r->node_type)
			continue;
		paths[n++] = all->devices[i].container_path;
		for (size_t k = 0; k < r->n_extra; k++)
			paths[n++] = r->extra[k].path;
	}
	for (size_t i = 0; i < all->n_nodes; i++)
		paths[n++] = all->nodes[i].path;
	qsort(paths, n, sizeof(*paths), oci_unclaimed_compare_text);
	*out = paths;
	return (int)n;
}

/* Mark the rules of marked entries, except for numbers that a claimed entry has as well. */
static int oci_unclaimed_mark_rules(struct unclaimed_work *u, struct host_node *claimed, size_t n)
{
	struct host_node key;

	qsort(u->nodes, u->n, sizeof(key), oci_unclaimed_compare);
	qsort(claimed, n, sizeof(key), oci_unclaimed_compare);
	for (cJSON *rule = u->rules ? u->rules->child : NULL; rule; rule = rule->next) {
		if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(rule, "allow")) ||
		    !oci_unclaimed_read_rule(rule, &key) || oci_unclaimed_is_class(&key) ||
		    !oci_unclaimed_find(&key, u->nodes, u->n) ||
		    oci_unclaimed_find(&key, claimed, n))
			continue;
		if (!cJSON_AddTrueToObject(rule, MARK))
			return -ENOMEM;
	}
	return 0;
}

static int oci_unclaimed_mark_all(struct unclaimed_work *u, const struct oci_devices *all)
{
	const char **claims = NULL, *path;
	int n = oci_unclaimed_claims(&u->arena, all, &claims);
	struct host_node *claimed = arena_alloc(
		&u->arena, (size_t)cJSON_GetArraySize(u->devices) + 1, sizeof(*claimed));
	size_t n_claimed = 0;

	if (n < 0 || !claimed)
		return -ENOMEM;
	for (cJSON *item = u->devices ? u->devices->child : NULL; item; item = item->next) {
		struct host_node node;

		path = json_text(cJSON_GetObjectItemCaseSensitive(item, "path"));
		if (*path != '/' || !oci_unclaimed_read(item, &node) ||
		    oci_unclaimed_is_fixed(&node))
			continue;
		if (bsearch(&path, claims, (size_t)n, sizeof(path), oci_unclaimed_compare_text))
			claimed[n_claimed++] = node;
		else if (cJSON_AddTrueToObject(item, MARK))
			u->nodes[u->n++] = node;
		else
			return -ENOMEM;
	}
	return oci_unclaimed_mark_rules(u, claimed, n_claimed);
}

int oci_unclaimed_mark(struct oci_document *doc, const struct oci_devices *all, struct fault *fault)
{
	struct unclaimed_work u = {.n = 0};
	int err = oci_unclaimed_begin(&u, doc);

	if (!err)
		err = oci_unclaimed_mark_all(&u, all);
	arena_free(&u.arena);
	return err ? fault_oom(fault) : 0;
}

/* --- settling ------------------------------------------------------------------------------ */

static bool oci_unclaimed_is_marked(const cJSON *item)
{
	return cJSON_GetObjectItemCaseSensitive(item, MARK);
}

static int oci_unclaimed_look(const struct oci_nodes *in, const char *path, struct host_node *n,
			      struct fault *fault)
{
	struct stat st;
	int err =
		in->lstat ? in->lstat(in->root, path, &st) : root_lstat(in->root, &st, "%s", path);

	if (err && err != -ENOENT && err != -ENOTDIR && err != -EINVAL)
		return fault_strerror(fault, err, "/linux/devices: cannot look up %.200s", path);
	n->found = !err && (n->type == 'b' ? S_ISBLK(st.st_mode) : S_ISCHR(st.st_mode));
	if (n->found) {
		n->to_major = major(st.st_rdev);
		n->to_minor = minor(st.st_rdev);
	}
	return 0;
}

static void oci_unclaimed_warn(struct unclaimed_work *u, const char *path,
			       const struct host_node *n)
{
	if ((n->found && n->major == n->to_major && n->minor == n->to_minor) ||
	    u->warnings++ >= WARNINGS_MAX)
		return;
	if (n->found)
		pr_warn("/linux/devices: no device claims %.200s, which is %lld:%lld on the host: the numbers of the guest's node, %lld:%lld, are used",
			path, (long long)n->major, (long long)n->minor, (long long)n->to_major,
			(long long)n->to_minor);
	else
		pr_warn("/linux/devices: no device claims %.200s, which is %lld:%lld on the host, and the guest has no such node: it is left out with its rules (policy.unclaimed_devices)",
			path, (long long)n->major, (long long)n->minor);
}

static int oci_unclaimed_fail(size_t already, const char *path, struct fault *fault)
{
	if (already)
		fault_add(fault, ", %.200s", path);
	else
		fault_set(
			fault, -EINVAL,
			"policy.unclaimed_devices is \"fail\": no device claims these entries of linux.devices, which have numbers of the host: %.200s",
			path);
	return -EINVAL;
}

/* One marked entry. Return: 0, -EINVAL if the policy is to fail, or another -errno. */
static int oci_unclaimed_entry(struct unclaimed_work *u, cJSON *item, const struct oci_nodes *in,
			       enum unclaimed policy, size_t failed, struct fault *fault)
{
	const char *path = json_text(cJSON_GetObjectItemCaseSensitive(item, "path"));
	struct host_node *n = &u->nodes[u->n];
	int err;

	cJSON_DeleteItemFromObjectCaseSensitive(item, MARK);
	if (policy == UNCLAIMED_KEEP || !oci_unclaimed_read(item, n))
		return 0;
	err = oci_unclaimed_look(in, path, n, fault);
	if (err)
		return err;
	if (!n->found && policy == UNCLAIMED_FAIL)
		return oci_unclaimed_fail(failed, path, fault);
	oci_unclaimed_warn(u, path, n);
	if (!n->found) {
		cJSON_Delete(cJSON_DetachItemViaPointer(u->devices, item));
		return 0;
	}
	u->n++; /* for the rules */
	if (json_set_number(item, "major", n->to_major) ||
	    json_set_number(item, "minor", n->to_minor))
		return fault_oom(fault);
	return 0;
}

static int oci_unclaimed_entries(struct unclaimed_work *u, const struct oci_nodes *in,
				 enum unclaimed policy, struct fault *fault)
{
	size_t failed = 0;
	int err;

	for (cJSON *next, *item = u->devices ? u->devices->child : NULL; item; item = next) {
		next = item->next;
		if (!oci_unclaimed_is_marked(item))
			continue;
		err = oci_unclaimed_entry(u, item, in, policy, failed, fault);
		if (err && err != -EINVAL)
			return err;
		failed += err == -EINVAL;
	}
	if (u->warnings > WARNINGS_MAX)
		pr_warn("%u more nodes of the host that no device claims",
			u->warnings - WARNINGS_MAX);
	return failed ? -EINVAL : 0;
}

/* A rule gets the numbers of its entry; without one (left out, or made by CDI) it goes. */
static int oci_unclaimed_rules(struct unclaimed_work *u, enum unclaimed policy)
{
	const struct host_node *hit;
	struct host_node key;

	qsort(u->nodes, u->n, sizeof(key), oci_unclaimed_compare);
	for (cJSON *next, *rule = u->rules ? u->rules->child : NULL; rule; rule = next) {
		next = rule->next;
		if (!oci_unclaimed_is_marked(rule))
			continue;
		cJSON_DeleteItemFromObjectCaseSensitive(rule, MARK);
		if (policy == UNCLAIMED_KEEP || !oci_unclaimed_read_rule(rule, &key))
			continue;
		hit = oci_unclaimed_find(&key, u->nodes, u->n);
		if (!hit)
			cJSON_Delete(cJSON_DetachItemViaPointer(u->rules, rule));
		else if (json_set_number(rule, "major", hit->to_major) ||
			 (key.minor != OCI_ANY && json_set_number(rule, "minor", hit->to_minor)))
			return -ENOMEM;
	}
	return 0;
}

int oci_unclaimed_settle(struct oci_document *doc, const struct oci_nodes *nodes,
			 enum unclaimed policy, struct fault *fault)
{
	struct unclaimed_work u = {.n = 0};
	int err = oci_unclaimed_begin(&u, doc);

	if (err)
		fault_oom(fault);
	else
		err = oci_unclaimed_entries(&u, nodes, policy, fault);
	if (!err && oci_unclaimed_rules(&u, policy))
		err = fault_oom(fault);
	arena_free(&u.arena);
	return err;
}
