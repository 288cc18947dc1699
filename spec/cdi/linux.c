// SPDX-License-Identifier: Apache-2.0
/* Passes over deviceNodes, netDevices and intelRdt, see spec/cdi/inject.c. */
#include <errno.h>
#include <string.h>

#include "spec/cdi/inject.h"

/* --- deviceNodes --------------------------------------------------------------------------- */

/* The owner of a node without an owner: the process's user, unless it is 0. */
static struct cdi_number cdi_linux_owner(const struct cdi_injection *in, const char *key)
{
	const cJSON *process = cJSON_GetObjectItemCaseSensitive(in->root, "process");
	const cJSON *user = cJSON_GetObjectItemCaseSensitive(process, "user");
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(user, key);
	int64_t v = 0;

	if (json_int64(id, &v) || v <= 0 || v > UINT32_MAX)
		return (struct cdi_number){0};
	return (struct cdi_number){true, (uint32_t)v};
}

static int cdi_linux_begin_nodes(struct cdi_injection *in)
{
	int err;

	in->uid = cdi_linux_owner(in, "uid");
	in->gid = cdi_linux_owner(in, "gid");
	err = cdi_tree_get(in, CDI_PATH("linux", "devices"), true, &in->list);
	if (!err)
		err = cdi_tree_get(in, CDI_PATH("linux", "resources", "devices"), true, &in->rules);
	return err ? err : cdi_tree_index_list(in, "path");
}

static int cdi_linux_put_rule(struct cdi_injection *in, const struct cdi_node *n,
			      const struct cdi_live *live)
{
	const char *access = !*n->permissions		       ? "rwm"
			     : !strcmp(n->permissions, "none") ? ""
							       : n->permissions;

	if (*live->type != 'b' && *live->type != 'c')
		return 0;
	return oci_append_rule(in->rules, live->type, live->major, live->minor, access)
		       ? json_fault_oom(&in->r)
		       : 0;
}

static int cdi_linux_put_node(struct cdi_injection *in, const struct cdi_edits *e, size_t i)
{
	const struct cdi_node *n = &e->nodes[i];
	struct cdi_live live;
	cJSON *entry = NULL;
	int err = cdi_node_fill(in->host, n, &live, in->r.fault);

	if (!err)
		err = cdi_tree_append_object(in, in->list, &entry);
	if (err)
		return err;
	if (json_set_string(entry, "path", n->path) || json_set_string(entry, "type", live.type) ||
	    json_set_number(entry, "major", live.major) ||
	    json_set_number(entry, "minor", live.minor) ||
	    cdi_tree_set_number(entry, "fileMode", live.mode) ||
	    cdi_tree_set_number(entry, "uid", n->uid.given ? n->uid : in->uid) ||
	    cdi_tree_set_number(entry, "gid", n->gid.given ? n->gid : in->gid))
		return json_fault_oom(&in->r);
	/* Runtimes use the first of two entries with one path: none that is not the device may stay. */
	err = cdi_tree_replace(in, n->path, entry, true);
	return err ? err : cdi_linux_put_rule(in, n, &live);
}

const struct cdi_pass cdi_linux_nodes = {
	.count = offsetof(struct cdi_edits, n_nodes),
	.begin = cdi_linux_begin_nodes,
	.put = cdi_linux_put_node,
	.of_device = true,
};

/* --- netDevices ---------------------------------------------------------------------------- */

static int cdi_linux_begin_net_devices(struct cdi_injection *in)
{
	int err = cdi_tree_get(in, CDI_PATH("linux", "netDevices"), false, &in->list);
	cJSON *device = err ? NULL : in->list->child;

	for (; device && !err; device = device->next)
		err = cdi_tree_index(in, device->string, strlen(device->string), device);
	return err;
}

static int cdi_linux_put_net_device(struct cdi_injection *in, const struct cdi_edits *e, size_t i)
{
	const struct cdi_net_device *d = &e->net_devices[i];
	cJSON *device = cJSON_AddObjectToObject(in->list, d->host);

	if (!device || json_set_string(device, "name", d->name))
		return json_fault_oom(&in->r);
	return cdi_tree_replace(in, d->host, device, false);
}

const struct cdi_pass cdi_linux_net_devices = {
	.count = offsetof(struct cdi_edits, n_net_devices),
	.begin = cdi_linux_begin_net_devices,
	.put = cdi_linux_put_net_device,
};

/* --- intelRdt ------------------------------------------------------------------------------ */

static int cdi_linux_begin_rdt(struct cdi_injection *in)
{
	return cdi_tree_get(in, CDI_PATH("linux"), false, &in->list);
}

static int cdi_linux_put_rdt(struct cdi_injection *in, const struct cdi_edits *e, size_t i)
{
	const struct cdi_rdt *rdt = &e->rdt[i];
	cJSON *object;

	cJSON_DeleteItemFromObjectCaseSensitive(in->list, "intelRdt");
	object = cJSON_AddObjectToObject(in->list, "intelRdt");
	if (!object || cdi_tree_set_text(object, "closID", rdt->closid) ||
	    cdi_tree_set_text(object, "l3CacheSchema", rdt->l3_cache) ||
	    cdi_tree_set_text(object, "memBwSchema", rdt->mem_bw) ||
	    cdi_tree_set_texts(object, "schemata", &rdt->schemata) ||
	    cdi_tree_set_true(object, "enableMonitoring", rdt->monitoring) ||
	    cdi_tree_set_true(object, "enableCMT", rdt->cmt) ||
	    cdi_tree_set_true(object, "enableMBM", rdt->mbm))
		return json_fault_oom(&in->r);
	return 0;
}

const struct cdi_pass cdi_linux_rdt = {
	.count = offsetof(struct cdi_edits, n_rdt),
	.begin = cdi_linux_begin_rdt,
	.put = cdi_linux_put_rdt,
};
