// SPDX-License-Identifier: Apache-2.0
/*
 * A spec file's tree as plain structures: a table for each object of CDI's SPEC.md. Keys match
 * exactly (Go ignores case), and null in a list rejects the file (Go crashes).
 */
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/spec.h"

#define RDT_NAME_MAX 4096

/* --- single values ------------------------------------------------------------------------- */

static int read_nonempty(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || !*item->valuestring)
		return json_fault_expected(r, item, "a text that is not empty");
	return json_read_string(r, item, out);
}

static int read_texts(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_texts *t = out;

	return json_read_list(r, item, SIZE_MAX, sizeof(char *), json_read_string, &t->items,
			      &t->n);
}

static int read_variable(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || *item->valuestring == '=' || !strchr(item->valuestring, '='))
		return json_fault_expected(r, item, "NAME=VALUE");
	return json_read_string(r, item, out);
}

static int read_env(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_texts *t = out;
	void *items = NULL;
	int err = json_read_list(r, item, SIZE_MAX, sizeof(char *), read_variable, &items, &t->n);

	if (!err)
		t->items = items;
	return err;
}

/* Each annotation is a string; nobody looks at them. Counts them into @out. */
static int read_annotations(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsObject(item))
		return json_fault_expected(r, item, "an object");
	for (const cJSON *c = item->child; c; c = c->next)
		if (!cJSON_IsString(c))
			return json_fault_expected(r, c, "a string");
	*(bool *)out |= item->child != NULL;
	return 0;
}

/* --- the parts of containerEdits ----------------------------------------------------------- */

#define NODE(field) .offset = offsetof(struct cdi_node, field)

static int read_type(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"", "b", "c", "u", "p", NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(const char **)out = words[i];
	return 0;
}

static int read_permissions(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "?";

	if (s[strspn(s, "rwm")] && strcmp(s, "none") != 0)
		return json_fault_expected(r, item, "permissions of 'r', 'w' and 'm', or \"none\"");
	return json_read_string(r, item, out);
}

static const struct json_field node_fields[] = {
	JSON_FIELD("path", read_nonempty, NODE(path), .required = true),
	JSON_FIELD("hostPath", json_read_string, NODE(host_path)),
	JSON_FIELD("type", read_type, NODE(type)),
	JSON_FIELD("major", cdi_int64, NODE(major)),
	JSON_FIELD("minor", cdi_int64, NODE(minor)),
	JSON_FIELD("fileMode", cdi_number, NODE(mode)),
	JSON_FIELD("permissions", read_permissions, NODE(permissions)),
	JSON_FIELD("uid", cdi_number, NODE(uid)),
	JSON_FIELD("gid", cdi_number, NODE(gid)),
	{0},
};

static int read_node(const struct json_reader *r, const cJSON *item, void *out)
{
	*(struct cdi_node *)out =
		(struct cdi_node){.path = "", .host_path = "", .type = "", .permissions = ""};
	return json_read_object(r, item, node_fields, out);
}

#define NET_DEVICE(field) .offset = offsetof(struct cdi_net_device, field), .required = true

static const struct json_field net_device_fields[] = {
	JSON_FIELD("hostInterfaceName", read_nonempty, NET_DEVICE(host)),
	JSON_FIELD("name", read_nonempty, NET_DEVICE(name)),
	{0},
};

static int read_net_device(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, net_device_fields, out);
}

#define MOUNT(field) .offset = offsetof(struct cdi_mount, field)

static const struct json_field mount_fields[] = {
	JSON_FIELD("hostPath", read_nonempty, MOUNT(host_path), .required = true),
	JSON_FIELD("containerPath", read_nonempty, MOUNT(container_path), .required = true),
	JSON_FIELD("type", json_read_string, MOUNT(type)),
	JSON_FIELD("options", read_texts, MOUNT(options)),
	{0},
};

static int read_mount(const struct json_reader *r, const cJSON *item, void *out)
{
	((struct cdi_mount *)out)->type = "";
	return json_read_object(r, item, mount_fields, out);
}

static int read_point(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"prestart",
					    "createRuntime",
					    "createContainer",
					    "startContainer",
					    "poststart",
					    "poststop",
					    NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(const char **)out = words[i];
	return 0;
}

static int read_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_hook *h = out;

	h->has_timeout = true;
	return cdi_int64(r, item, &h->timeout);
}

#define HOOK(field) .offset = offsetof(struct cdi_hook, field)

static const struct json_field hook_fields[] = {
	JSON_FIELD("hookName", read_point, HOOK(point), .required = true),
	JSON_FIELD("path", read_nonempty, HOOK(path), .required = true),
	JSON_FIELD("args", read_texts, HOOK(args)),
	JSON_FIELD("env", read_env, HOOK(env)),
	JSON_FIELD("timeout", read_timeout),
	{0},
};

static int read_hook(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, hook_fields, out);
}

/* A directory of resctrl, or "/" for its root */
static int read_closid(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "\n";

	if (strcmp(s, "/") != 0 &&
	    (strlen(s) >= RDT_NAME_MAX || !strcmp(s, ".") || !strcmp(s, "..") || strpbrk(s, "/\n")))
		return json_fault_expected(r, item, "a name that can be a directory's, or \"/\"");
	return json_read_string(r, item, out);
}

#define RDT(field) .offset = offsetof(struct cdi_rdt, field)

static const struct json_field rdt_fields[] = {
	JSON_FIELD("closID", read_closid, RDT(closid)),
	JSON_FIELD("l3CacheSchema", json_read_string, RDT(l3_cache)),
	JSON_FIELD("memBwSchema", json_read_string, RDT(mem_bw)),
	JSON_FIELD("schemata", read_texts, RDT(schemata)),
	JSON_FIELD("enableMonitoring", cdi_bool, RDT(monitoring)),
	JSON_FIELD("enableCMT", cdi_bool, RDT(cmt)),
	JSON_FIELD("enableMBM", cdi_bool, RDT(mbm)),
	{0},
};

static int read_rdt(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_edits *e = out;

	e->rdt = arena_alloc(r->arena, 1, sizeof(*e->rdt));
	if (!e->rdt)
		return json_fault_oom(r);
	*e->rdt = (struct cdi_rdt){.closid = "", .l3_cache = "", .mem_bw = ""};
	return json_read_object(r, item, rdt_fields, e->rdt);
}

/* --- containerEdits ------------------------------------------------------------------------ */

/* Read a list of one kind of edits into its member of struct cdi_edits. */
#define READ_LIST(member, read)                                                             \
	do {                                                                                \
		struct cdi_edits *edits_ = out;                                             \
		void *list_ = NULL;                                                         \
		int err_ = json_read_list(r, item, SIZE_MAX, sizeof(*edits_->member), read, \
					  &list_, &edits_->n_##member);                     \
		if (!err_)                                                                  \
			edits_->member = list_;                                             \
		return err_;                                                                \
	} while (0)

static int read_nodes(const struct json_reader *r, const cJSON *item, void *out)
{
	READ_LIST(nodes, read_node);
}

static int read_mounts(const struct json_reader *r, const cJSON *item, void *out)
{
	READ_LIST(mounts, read_mount);
}

static int read_hooks(const struct json_reader *r, const cJSON *item, void *out)
{
	READ_LIST(hooks, read_hook);
}

static int read_gids(const struct json_reader *r, const cJSON *item, void *out)
{
	READ_LIST(gids, cdi_uint32);
}

/* An interface may be given once, and a name may be taken once. */
static int check_net_devices(const struct json_reader *r, const cJSON *item,
			     const struct cdi_edits *e)
{
	struct cdi_index hosts cleanup(cdi_index_free) = {.arena = r->arena};
	struct cdi_index names cleanup(cdi_index_free) = {.arena = r->arena};

	for (size_t i = 0; i < e->n_net_devices; i++) {
		const char *host = e->net_devices[i].host, *name = e->net_devices[i].name;
		struct cdi_entry *a = cdi_index_entry(&hosts, host, strlen(host));
		struct cdi_entry *b = cdi_index_entry(&names, name, strlen(name));

		if (!a || !b)
			return json_fault_oom(r);
		if (a->first || b->first)
			return json_fault(r, item, "the interface \"%.100s\" stands twice",
					  a->first ? host : name);
		if (cdi_entry_add(&hosts, a, a) || cdi_entry_add(&names, b, b))
			return json_fault_oom(r);
	}
	return 0;
}

static int list_net_devices(const struct json_reader *r, const cJSON *item, void *out)
{
	READ_LIST(net_devices, read_net_device);
}

static int read_net_devices(const struct json_reader *r, const cJSON *item, void *out)
{
	int err = list_net_devices(r, item, out);

	return err ? err : check_net_devices(r, item, out);
}

static const struct json_field edits_fields[] = {
	JSON_FIELD("env", read_env, .offset = offsetof(struct cdi_edits, env)),
	JSON_FIELD("deviceNodes", read_nodes),
	JSON_FIELD("netDevices", read_net_devices),
	JSON_FIELD("mounts", read_mounts),
	JSON_FIELD("hooks", read_hooks),
	JSON_FIELD("intelRdt", read_rdt),
	JSON_FIELD("additionalGids", read_gids),
	{0},
};

static int read_edits(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, edits_fields, out);
}

/* --- the whole ----------------------------------------------------------------------------- */

/* The file on its way, and whether it has annotations anywhere. */
struct reading {
	struct cdi_file *file;
	const char *version, *kind;
	bool annotations;
};

struct device_reading {
	struct cdi_device device;
	bool annotations;
};

static int read_kind(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "";

	if (!cdi_kind_check(s, strlen(s)))
		return json_fault_expected(r, item, "a kind: vendor/class");
	return json_read_string(r, item, out);
}

static int read_name(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || !cdi_device_check(item->valuestring))
		return json_fault_expected(r, item, "a device's name");
	return json_read_string(r, item, out);
}

#define DEVICE(field) .offset = offsetof(struct device_reading, field)

static const struct json_field device_fields[] = {
	JSON_FIELD("name", read_name, DEVICE(device.name), .required = true),
	JSON_FIELD("annotations", read_annotations, DEVICE(annotations)),
	JSON_FIELD("containerEdits", read_edits, DEVICE(device.edits), .required = true),
	{0},
};

static int read_device(const struct json_reader *r, const cJSON *item, void *out)
{
	const struct device_reading *d = out;
	int err = json_read_object(r, item, device_fields, out);

	if (err)
		return err;
	if (cdi_edits_empty(&d->device.edits))
		return json_fault(r, item, "the device \"%.100s\" has no edits", d->device.name);
	return 0;
}

static int read_devices(const struct json_reader *r, const cJSON *item, void *out)
{
	struct reading *reading = out;
	struct cdi_file *file = reading->file;
	struct cdi_index names cleanup(cdi_index_free) = {.arena = r->arena};
	struct device_reading *list;
	struct cdi_entry *e;
	void *items = NULL;
	int err = json_read_list(r, item, SIZE_MAX, sizeof(*list), read_device, &items,
				 &file->n_devices);

	if (err)
		return err;
	list = items;
	file->devices = arena_alloc(r->arena, file->n_devices, sizeof(*file->devices));
	if (!file->devices)
		return json_fault_oom(r);
	for (size_t i = 0; i < file->n_devices; i++) {
		file->devices[i] = list[i].device;
		reading->annotations |= list[i].annotations;
		e = cdi_index_entry(&names, list[i].device.name, strlen(list[i].device.name));
		if (!e)
			return json_fault_oom(r);
		if (e->first)
			return json_fault(r, item, "the device \"%.100s\" stands twice", e->key);
		if (cdi_entry_add(&names, e, e))
			return json_fault_oom(r);
	}
	return 0;
}

static int read_file_edits(const struct json_reader *r, const cJSON *item, void *out)
{
	struct reading *reading = out;

	return read_edits(r, item, &reading->file->edits);
}

#define READING(field) .offset = offsetof(struct reading, field)

static const struct json_field file_fields[] = {
	JSON_FIELD("cdiVersion", json_read_string, READING(version), .required = true),
	JSON_FIELD("kind", read_kind, READING(kind), .required = true),
	JSON_FIELD("annotations", read_annotations, READING(annotations)),
	JSON_FIELD("devices", read_devices),
	JSON_FIELD("containerEdits", read_file_edits),
	{0},
};

int cdi_read(const struct json_reader *r, const cJSON *tree, struct cdi_file *out)
{
	struct reading reading = {.file = out, .version = ""};
	int err = json_read_object(r, tree, file_fields, &reading);

	if (err)
		return err;
	if (!out->n_devices)
		return json_fault(r, tree, "no devices");
	out->kind = reading.kind;
	err = cdi_version_check(r, reading.version, out, reading.annotations);
	if (err)
		out->kind = NULL;
	return err;
}
