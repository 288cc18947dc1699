// SPDX-License-Identifier: Apache-2.0
/* deviceNodes, netDevices and intelRdt of containerEdits */
#include <errno.h>
#include <string.h>

#include "spec/cdi/edit.h"

/* --- deviceNodes --------------------------------------------------------------------------- */

/* The owner that a node gets if its spec file says nothing: the process's user, if not root. */
static struct cdi_number owner(const struct cdi_injection *in, const char *key)
{
	const cJSON *process = cJSON_GetObjectItemCaseSensitive(in->root, "process");
	const cJSON *user = cJSON_GetObjectItemCaseSensitive(process, "user");
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(user, key);
	int64_t v = 0;

	if (!id || json_int64(id, &v) || v <= 0 || v > UINT32_MAX)
		return (struct cdi_number){0};
	return (struct cdi_number){true, (uint32_t)v};
}

static int put_rule(struct cdi_injection *in, cJSON *rules, const struct cdi_node *n,
		    const struct cdi_live *live)
{
	const char *access = !*n->permissions		       ? "rwm"
			     : !strcmp(n->permissions, "none") ? ""
							       : n->permissions;
	cJSON *rule = NULL;
	int err = cdi_append_object(in, rules, &rule);

	if (!err &&
	    (cdi_set_true(rule, "allow", true) || json_set_string(rule, "type", live->type) ||
	     json_set_number(rule, "major", live->major) ||
	     json_set_number(rule, "minor", live->minor) ||
	     json_set_string(rule, "access", access)))
		err = json_fault_oom(&in->r);
	return err;
}

static int put_node(struct cdi_injection *in, cJSON *devices, cJSON *rules,
		    const struct cdi_node *n)
{
	struct cdi_live live;
	cJSON *entry = NULL;
	int err = cdi_fill(in->host, n, &live, in->r.fault);

	if (!err)
		err = cdi_append_object(in, devices, &entry);
	if (err)
		return err;
	if (json_set_string(entry, "path", n->path) || json_set_string(entry, "type", live.type) ||
	    json_set_number(entry, "major", live.major) ||
	    json_set_number(entry, "minor", live.minor) ||
	    cdi_set_number(entry, "fileMode", live.mode) ||
	    cdi_set_number(entry, "uid", n->uid.given ? n->uid : in->uid) ||
	    cdi_set_number(entry, "gid", n->gid.given ? n->gid : in->gid))
		return json_fault_oom(&in->r);
	err = cdi_replace_first(in, devices, n->path, entry);
	if (err || (*live.type != 'b' && *live.type != 'c'))
		return err;
	return put_rule(in, rules, n, &live);
}

static int begin_nodes(struct cdi_injection *in, cJSON **devices, cJSON **rules)
{
	int err;

	in->uid = owner(in, "uid");
	in->gid = owner(in, "gid");
	*devices = *rules = in->root;
	err = cdi_get(in, devices, "linux", false);
	if (!err)
		err = cdi_get(in, devices, "devices", true);
	if (!err)
		err = cdi_get(in, rules, "linux", false);
	if (!err)
		err = cdi_get(in, rules, "resources", false);
	if (!err)
		err = cdi_get(in, rules, "devices", true);
	return err ? err : cdi_index_list(in, *devices, "path");
}

int cdi_inject_nodes(struct cdi_injection *in)
{
	cJSON *devices = NULL, *rules = NULL;
	int err = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct cdi_edits *e = in->blocks[i];

		if (e->n_nodes && !devices)
			err = begin_nodes(in, &devices, &rules);
		for (size_t k = 0; k < e->n_nodes && !err; k++)
			err = put_node(in, devices, rules, &e->nodes[k]);
		if (err)
			return err;
	}
	return 0;
}

/* --- netDevices and intelRdt --------------------------------------------------------------- */

static int put_net_device(struct cdi_injection *in, cJSON *all, const struct cdi_net_device *d)
{
	cJSON *device = cJSON_AddObjectToObject(all, d->host);

	if (!device || json_set_string(device, "name", d->name))
		return json_fault_oom(&in->r);
	return cdi_replace_first(in, all, d->host, device);
}

static int begin_net_devices(struct cdi_injection *in, cJSON **all)
{
	cJSON *device;
	int err;

	*all = in->root;
	err = cdi_get(in, all, "linux", false);
	if (!err)
		err = cdi_get(in, all, "netDevices", false);
	if (err)
		return err;
	for (device = (*all)->child; device && !err; device = device->next)
		err = cdi_index_item(in, device->string, strlen(device->string), device);
	return err;
}

int cdi_inject_net_devices(struct cdi_injection *in)
{
	cJSON *all = NULL;
	int err = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct cdi_edits *e = in->blocks[i];

		if (e->n_net_devices && !all)
			err = begin_net_devices(in, &all);
		for (size_t k = 0; k < e->n_net_devices && !err; k++)
			err = put_net_device(in, all, &e->net_devices[k]);
		if (err)
			return err;
	}
	return 0;
}

int cdi_inject_rdt(struct cdi_injection *in)
{
	const struct cdi_rdt *rdt = NULL;
	cJSON *at = in->root;
	int err;

	for (size_t i = 0; i < in->n; i++)
		if (in->blocks[i]->rdt)
			rdt = in->blocks[i]->rdt;
	if (!rdt)
		return 0;
	err = cdi_get(in, &at, "linux", false);
	if (err)
		return err;
	cJSON_DeleteItemFromObjectCaseSensitive(at, "intelRdt");
	err = cdi_get(in, &at, "intelRdt", false);
	if (err)
		return err;
	if (cdi_set_text(at, "closID", rdt->closid) ||
	    cdi_set_text(at, "l3CacheSchema", rdt->l3_cache) ||
	    cdi_set_text(at, "memBwSchema", rdt->mem_bw) ||
	    cdi_set_texts(at, "schemata", &rdt->schemata) ||
	    cdi_set_true(at, "enableMonitoring", rdt->monitoring) ||
	    cdi_set_true(at, "enableCMT", rdt->cmt) || cdi_set_true(at, "enableMBM", rdt->mbm))
		return json_fault_oom(&in->r);
	return 0;
}
