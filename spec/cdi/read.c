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

/* The row of a list of strings, whose member is a struct cdi_texts */
#define TEXTS(field_name, type, member, fn)                                \
	JSON_FIELD(field_name, fn, .offset = offsetof(type, member.items), \
		   .count = offsetof(type, member.n), .size = sizeof(char *))

/* --- single values ------------------------------------------------------------------------- */

static int cdi_read_nonempty(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!*json_text(item))
		return json_fault_expected(r, item, "a string that is not empty");
	return json_read_string(r, item, out);
}

static int cdi_read_variable(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);

	if (*s == '=' || !strchr(s, '='))
		return json_fault_expected(r, item, "NAME=VALUE");
	return json_read_string(r, item, out);
}

/* Annotations are not used; @out is whether there are any, which cdi_version_check() needs. */
static int cdi_read_annotations(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsObject(item))
		return json_fault_expected(r, item, "an object");
	for (const cJSON *c = item->child; c; c = c->next)
		if (!cJSON_IsString(c))
			return json_fault_expected(r, c, "a string");
	*(bool *)out |= item->child != NULL;
	return 0;
}

/* One of several words. @out: const char *, the constant word */
static int cdi_read_word(const struct json_reader *r, const cJSON *item, const char *const *words,
			 void *out)
{
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(const char **)out = words[i];
	return 0;
}

/* --- the parts of containerEdits ----------------------------------------------------------- */

#define NODE(field) .offset = offsetof(struct cdi_node, field)

static int cdi_read_type(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"", "b", "c", "u", "p", NULL};

	return cdi_read_word(r, item, words, out);
}

static int cdi_read_permissions(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);

	if (!cJSON_IsString(item) || (s[strspn(s, "rwm")] && strcmp(s, "none") != 0))
		return json_fault_expected(r, item, "permissions of 'r', 'w' and 'm', or \"none\"");
	return json_read_string(r, item, out);
}

static const struct json_field node_fields[] = {
	JSON_FIELD("path", cdi_read_nonempty, NODE(path), .required = true),
	JSON_FIELD("hostPath", json_read_string, NODE(host_path)),
	JSON_FIELD("type", cdi_read_type, NODE(type)),
	JSON_FIELD("major", cdi_value_int64, NODE(major)),
	JSON_FIELD("minor", cdi_value_int64, NODE(minor)),
	JSON_FIELD("fileMode", cdi_value_number, NODE(mode)),
	JSON_FIELD("permissions", cdi_read_permissions, NODE(permissions)),
	JSON_FIELD("uid", cdi_value_number, NODE(uid)),
	JSON_FIELD("gid", cdi_value_number, NODE(gid)),
};

static int cdi_read_node(const struct json_reader *r, const cJSON *item, void *out)
{
	*(struct cdi_node *)out =
		(struct cdi_node){.path = "", .host_path = "", .type = "", .permissions = ""};
	return json_read_object(r, item, node_fields, out);
}

#define NET_DEVICE(field) .offset = offsetof(struct cdi_net_device, field), .required = true

static const struct json_field net_device_fields[] = {
	JSON_FIELD("hostInterfaceName", cdi_read_nonempty, NET_DEVICE(host)),
	JSON_FIELD("name", cdi_read_nonempty, NET_DEVICE(name)),
};

static int cdi_read_net_device(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, net_device_fields, out);
}

/* Each interface and each new name may be given once. */
static int cdi_read_net_devices(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_index hosts cleanup(cdi_index_free) = {.arena = r->arena};
	struct cdi_index names cleanup(cdi_index_free) = {.arena = r->arena};
	struct cdi_edits *e = out;
	const char *twice;
	int err = json_read_list(r, item, SIZE_MAX, sizeof(*e->net_devices), cdi_read_net_device,
				 &e->net_devices, &e->n_net_devices);

	for (size_t i = 0; i < e->n_net_devices && !err; i++) {
		twice = e->net_devices[i].host;
		err = cdi_index_add_once(&hosts, twice);
		if (!err) {
			twice = e->net_devices[i].name;
			err = cdi_index_add_once(&names, twice);
		}
		if (err == -ENOMEM)
			return json_fault_oom(r);
		if (err)
			return json_fault(r, item, "the interface \"%.100s\" is listed twice",
					  twice);
	}
	return err;
}

#define MOUNT(field) .offset = offsetof(struct cdi_mount, field)

static const struct json_field mount_fields[] = {
	JSON_FIELD("hostPath", cdi_read_nonempty, MOUNT(host_path), .required = true),
	JSON_FIELD("containerPath", cdi_read_nonempty, MOUNT(container_path), .required = true),
	JSON_FIELD("type", json_read_string, MOUNT(type)),
	TEXTS("options", struct cdi_mount, options, json_read_string),
};

static int cdi_read_mount(const struct json_reader *r, const cJSON *item, void *out)
{
	((struct cdi_mount *)out)->type = "";
	return json_read_object(r, item, mount_fields, out);
}

static int cdi_read_point(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"prestart",
					    "createRuntime",
					    "createContainer",
					    "startContainer",
					    "poststart",
					    "poststop",
					    NULL};

	return cdi_read_word(r, item, words, out);
}

static int cdi_read_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_hook *h = out;

	h->has_timeout = true;
	return cdi_value_int64(r, item, &h->timeout);
}

#define HOOK(field) .offset = offsetof(struct cdi_hook, field)

static const struct json_field hook_fields[] = {
	JSON_FIELD("hookName", cdi_read_point, HOOK(point), .required = true),
	JSON_FIELD("path", cdi_read_nonempty, HOOK(path), .required = true),
	TEXTS("args", struct cdi_hook, args, json_read_string),
	TEXTS("env", struct cdi_hook, env, cdi_read_variable),
	JSON_FIELD("timeout", cdi_read_timeout),
};

static int cdi_read_hook(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, hook_fields, out);
}

/* A directory of resctrl, or "/" for its root */
static int cdi_read_closid(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);
	bool good = strlen(s) < RDT_NAME_MAX && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
		    !strpbrk(s, "/\n");

	if (!cJSON_IsString(item) || (!good && strcmp(s, "/") != 0))
		return json_fault_expected(r, item, "the name of a directory, or \"/\"");
	return json_read_string(r, item, out);
}

#define RDT(field) .offset = offsetof(struct cdi_rdt, field)

static const struct json_field rdt_fields[] = {
	JSON_FIELD("closID", cdi_read_closid, RDT(closid)),
	JSON_FIELD("l3CacheSchema", json_read_string, RDT(l3_cache)),
	JSON_FIELD("memBwSchema", json_read_string, RDT(mem_bw)),
	TEXTS("schemata", struct cdi_rdt, schemata, json_read_string),
	JSON_FIELD("enableMonitoring", cdi_value_bool, RDT(monitoring)),
	JSON_FIELD("enableCMT", cdi_value_bool, RDT(cmt)),
	JSON_FIELD("enableMBM", cdi_value_bool, RDT(mbm)),
};

static int cdi_read_rdt(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_edits *e = out;

	e->rdt = arena_alloc(r->arena, 1, sizeof(*e->rdt));
	if (!e->rdt)
		return json_fault_oom(r);
	e->n_rdt = 1;
	*e->rdt = (struct cdi_rdt){.closid = "", .l3_cache = "", .mem_bw = ""};
	return json_read_object(r, item, rdt_fields, e->rdt);
}

/* --- containerEdits ------------------------------------------------------------------------ */

static const struct json_field edits_fields[] = {
	TEXTS("env", struct cdi_edits, env, cdi_read_variable),
	JSON_LIST("deviceNodes", struct cdi_edits, nodes, cdi_read_node),
	JSON_FIELD("netDevices", cdi_read_net_devices),
	JSON_LIST("mounts", struct cdi_edits, mounts, cdi_read_mount),
	JSON_LIST("hooks", struct cdi_edits, hooks, cdi_read_hook),
	JSON_FIELD("intelRdt", cdi_read_rdt),
	JSON_LIST("additionalGids", struct cdi_edits, gids, cdi_value_uint32),
};

static int cdi_read_edits(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, edits_fields, out);
}

static bool cdi_read_is_empty(const struct cdi_edits *e)
{
	return !e->env.n && !e->n_nodes && !e->n_net_devices && !e->n_mounts && !e->n_hooks &&
	       !e->n_gids && !e->n_rdt;
}

/* --- the file ------------------------------------------------------------------------------ */

/*
 * struct file_fields - a spec file that is being read
 * @file: gets edits and devices
 * @version: cdiVersion
 * @kind: kind
 * @annotations: the file or a device of it has annotations
 */
struct file_fields {
	struct cdi_file *file;
	const char *version, *kind;
	bool annotations;
};

/*
 * struct device_fields - an entry of devices
 * @device: its name and edits
 * @annotations: it has annotations
 */
struct device_fields {
	struct cdi_device device;
	bool annotations;
};

static int cdi_read_kind(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);

	if (!cdi_name_check_kind(s, strlen(s)))
		return json_fault_expected(r, item, "a kind: vendor/class");
	return json_read_string(r, item, out);
}

static int cdi_read_name(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cdi_name_check_device(json_text(item)))
		return json_fault_expected(r, item, "a device name");
	return json_read_string(r, item, out);
}

#define DEVICE(field) .offset = offsetof(struct device_fields, field)

static const struct json_field device_fields[] = {
	JSON_FIELD("name", cdi_read_name, DEVICE(device.name), .required = true),
	JSON_FIELD("annotations", cdi_read_annotations, DEVICE(annotations)),
	JSON_FIELD("containerEdits", cdi_read_edits, DEVICE(device.edits), .required = true),
};

static int cdi_read_device(const struct json_reader *r, const cJSON *item, void *out)
{
	const struct device_fields *d = out;
	int err = json_read_object(r, item, device_fields, out);

	if (err)
		return err;
	if (cdi_read_is_empty(&d->device.edits))
		return json_fault(r, item, "the device \"%.100s\" has no edits", d->device.name);
	return 0;
}

static int cdi_read_devices(const struct json_reader *r, const cJSON *item, void *out)
{
	struct cdi_index names cleanup(cdi_index_free) = {.arena = r->arena};
	struct file_fields *fields = out;
	struct cdi_file *file = fields->file;
	struct device_fields *list = NULL;
	int err = json_read_list(r, item, SIZE_MAX, sizeof(*list), cdi_read_device, &list,
				 &file->n_devices);

	if (err)
		return err;
	file->devices = arena_alloc(r->arena, file->n_devices, sizeof(*file->devices));
	if (!file->devices)
		return json_fault_oom(r);
	for (size_t i = 0; i < file->n_devices; i++) {
		file->devices[i] = list[i].device;
		fields->annotations |= list[i].annotations;
		err = cdi_index_add_once(&names, list[i].device.name);
		if (err == -ENOMEM)
			return json_fault_oom(r);
		if (err)
			return json_fault(r, item, "the device \"%.100s\" is listed twice",
					  list[i].device.name);
	}
	return 0;
}

static int cdi_read_file_edits(const struct json_reader *r, const cJSON *item, void *out)
{
	struct file_fields *fields = out;

	return cdi_read_edits(r, item, &fields->file->edits);
}

#define FILE_FIELD(field) .offset = offsetof(struct file_fields, field)

static const struct json_field file_fields[] = {
	JSON_FIELD("cdiVersion", json_read_string, FILE_FIELD(version), .required = true),
	JSON_FIELD("kind", cdi_read_kind, FILE_FIELD(kind), .required = true),
	JSON_FIELD("annotations", cdi_read_annotations, FILE_FIELD(annotations)),
	JSON_FIELD("devices", cdi_read_devices),
	JSON_FIELD("containerEdits", cdi_read_file_edits),
};

int cdi_read(const struct json_reader *r, const cJSON *tree, struct cdi_file *out)
{
	struct file_fields fields = {.file = out, .version = ""};
	int err = json_read_object(r, tree, file_fields, &fields);

	if (err)
		return err;
	if (!out->n_devices)
		return json_fault(r, tree, "no devices");
	out->kind = fields.kind;
	err = cdi_version_check(r, fields.version, out, fields.annotations);
	if (err)
		out->kind = NULL;
	return err;
}
