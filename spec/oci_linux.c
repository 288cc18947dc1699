// SPDX-License-Identifier: Apache-2.0
/* "linux" of config.json (OCI runtime spec, config-linux.md) */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "init/lib/str.h"
#include "spec/oci_document.h"

#define CONFIG(field) .offset = offsetof(struct oci_config, field)

/* --- namespaces ---------------------------------------------------------------------------- */

/* 0: the virtual machine is the namespace. */
static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	{"pid", CLONE_NEWPID}, {"mount", CLONE_NEWNS},	    {"ipc", CLONE_NEWIPC},
	{"uts", CLONE_NEWUTS}, {"cgroup", CLONE_NEWCGROUP}, {"network", 0},
};

static int read_namespace_type(const struct json_reader *r, const cJSON *item, void *out)
{
	for (size_t i = 0; cJSON_IsString(item) && i < ARRAY_SIZE(namespaces); i++) {
		if (!strcmp(item->valuestring, namespaces[i].name)) {
			*(size_t *)out = i;
			return 0;
		}
	}
	return json_expected(
		r, item,
		"a namespace that this build of coldinit can make: pid, mount, ipc, uts, cgroup or network");
}

static int read_namespace_path(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (json_asks_nothing(item))
		return 0;
	return json_fault(r, item, "there is no namespace to join in the guest: take it out");
}

static const struct json_field namespace_fields[] = {
	JSON_FIELD("type", read_namespace_type, .required = true),
	JSON_FIELD("path", read_namespace_path),
	{0},
};

static int read_namespaces(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	unsigned seen = 0;
	size_t i = 0;
	int err;

	if (!cJSON_IsArray(item))
		return json_expected(r, item, "an array");
	for (const cJSON *e = item->child; e; e = e->next) {
		err = json_object(r, e, namespace_fields, &i);
		if (err)
			return err;
		if (seen & 1U << i)
			return json_fault(r, e, "the namespace \"%s\" stands twice in the list",
					  namespaces[i].name);
		seen |= 1U << i;
		c->namespaces |= namespaces[i].flag;
	}
	return 0;
}

/* --- devices ------------------------------------------------------------------------------- */

static int read_device_type(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"b", "c", "u", "p", NULL};
	int i = json_choice(r, item, words);

	if (i < 0)
		return i;
	*(char *)out = "bccp"[i];
	return 0;
}

static int read_device_number(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v = 0;
	int err = json_integer(r, item, 0, INT32_MAX, &v);

	if (!err)
		*(uint32_t *)out = (uint32_t)v;
	return err;
}

/* Some tools write all of st_mode, the file's type included. */
static int read_file_mode(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v = 0;
	int err = json_integer(r, item, 0, S_IFMT | 07777, &v);

	if (!err)
		*(uint32_t *)out = (uint32_t)v;
	return err;
}

#define NODE(field) .offset = offsetof(struct oci_device, field)

static const struct json_field device_fields[] = {
	JSON_FIELD("path", json_path, NODE(path), .required = true),
	JSON_FIELD("type", read_device_type, NODE(type), .required = true),
	JSON_FIELD("major", read_device_number, NODE(major)),
	JSON_FIELD("minor", read_device_number, NODE(minor)),
	JSON_FIELD("fileMode", read_file_mode, NODE(mode)),
	JSON_FIELD("uid", json_uint32, NODE(uid)),
	JSON_FIELD("gid", json_uint32, NODE(gid)),
	{0},
};

static int read_device(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_device *d = out;
	uint32_t type;
	int err;

	d->mode = 0666; /* the default of other runtimes */
	err = json_object(r, item, device_fields, d);
	if (err)
		return err;
	type = d->type == 'b' ? S_IFBLK : d->type == 'c' ? S_IFCHR : S_IFIFO;
	if ((d->mode & S_IFMT) && (d->mode & S_IFMT) != type)
		return json_fault(r, item, "fileMode 0%o does not belong to a device of type '%c'",
				  d->mode, d->type);
	d->mode &= 07777;
	if (d->type != 'p' && (!cJSON_GetObjectItemCaseSensitive(item, "major") ||
			       !cJSON_GetObjectItemCaseSensitive(item, "minor")))
		return json_fault(r, item, "a device of type '%c' needs major and minor", d->type);
	return 0;
}

static int read_devices(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	void *devices = NULL;
	int err = json_list(r, item, SIZE_MAX, sizeof(struct oci_device), read_device, &devices,
			    &c->n_devices);

	if (!err)
		c->devices = devices;
	return err;
}

/* --- resources ----------------------------------------------------------------------------- */

static int read_rule_type(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"a", "b", "c", "", NULL};
	int i = json_choice(r, item, words);

	if (i < 0)
		return i;
	*(char *)out = "abca"[i];
	return 0;
}

static int read_rule_number(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_integer(r, item, OCI_ANY, INT32_MAX, out);
}

static int read_access(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_device_rule *rule = out;
	const char *s = cJSON_IsString(item) ? item->valuestring : "?";

	if (s[strspn(s, "rwm")])
		return json_expected(r, item, "a device access of 'r', 'w' and 'm'");
	rule->read = strchr(s, 'r');
	rule->write = strchr(s, 'w');
	rule->mknod = strchr(s, 'm');
	return 0;
}

#define RULE(field) .offset = offsetof(struct oci_device_rule, field)

static const struct json_field rule_fields[] = {
	JSON_FIELD("allow", json_bool, RULE(allow), .required = true),
	JSON_FIELD("type", read_rule_type, RULE(type)),
	JSON_FIELD("major", read_rule_number, RULE(major)),
	JSON_FIELD("minor", read_rule_number, RULE(minor)),
	JSON_FIELD("access", read_access),
	{0},
};

/* Without access a rule that allows gives nothing, and one that denies takes all. */
static int read_rule(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_device_rule *rule = out;
	int err;

	*rule = (struct oci_device_rule){.type = 'a', .major = OCI_ANY, .minor = OCI_ANY};
	err = json_object(r, item, rule_fields, rule);
	if (!err && !rule->allow && !rule->read && !rule->write && !rule->mknod)
		rule->read = rule->write = rule->mknod = true;
	return err;
}

static int read_rules(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	void *rules = NULL;
	int err = json_list(r, item, SIZE_MAX, sizeof(struct oci_device_rule), read_rule, &rules,
			    &c->n_rules);

	if (!err)
		c->rules = rules;
	return err;
}

#ifndef CONFIG_CGROUP_LIMITS

/* Limits that go by the host's processors, memory nodes and device numbers. */
static const char *const host_limits[] = {
	"cpus",
	"mems",
	"weightDevice",
	"throttleReadBpsDevice",
	"throttleWriteBpsDevice",
	"throttleReadIOPSDevice",
	"throttleWriteIOPSDevice",
};

/* 0 and -1 mean that there is no limit, but for swappiness, where even 0 is a wish. */
static int read_limit(const struct json_reader *r, const cJSON *item)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_limits); i++)
		if (!strcmp(item->string, host_limits[i]))
			return oci_ignored(r, item, NULL);
	if (json_is_number(item) && !strcmp(item->string, "swappiness"))
		return oci_refuse(r, item);
	if (json_is_number(item) && !strcmp(item->valuestring, "-1"))
		return 0;
	return oci_unsupported(r, item, NULL);
}

static int read_limits(const struct json_reader *r, const cJSON *item, void *out)
{
	int err = 0;

	(void)out;
	if (!cJSON_IsObject(item))
		return json_expected(r, item, "an object");
	for (const cJSON *c = item->child; c && !err; c = c->next)
		err = read_limit(r, c);
	return err;
}

#define oci_read_memory	   read_limits
#define oci_read_cpu	   read_limits
#define oci_read_pids	   read_limits
#define oci_read_block_io  read_limits
#define oci_read_hugepages oci_unsupported
#define oci_read_unified   oci_unsupported

#endif

static const struct json_field resource_fields[] = {
	JSON_FIELD("devices", read_rules),	  JSON_FIELD("memory", oci_read_memory),
	JSON_FIELD("cpu", oci_read_cpu),	  JSON_FIELD("pids", oci_read_pids),
	JSON_FIELD("blockIO", oci_read_block_io), JSON_FIELD("hugepageLimits", oci_read_hugepages),
	JSON_FIELD("unified", oci_read_unified),  JSON_FIELD("network", oci_unsupported),
	JSON_FIELD("rdma", oci_unsupported),	  {0},
};

static int read_resources(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, resource_fields, out);
}

/* --- the whole ----------------------------------------------------------------------------- */

static int read_path_list(const struct json_reader *r, const cJSON *item, const char ***list,
			  size_t *n)
{
	void *paths = NULL;
	int err = json_list(r, item, SIZE_MAX, sizeof(char *), json_path, &paths, n);

	if (!err)
		*list = paths;
	return err;
}

static int read_masked_paths(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;

	return read_path_list(r, item, &c->masked_paths, &c->n_masked_paths);
}

static int read_readonly_paths(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;

	return read_path_list(r, item, &c->readonly_paths, &c->n_readonly_paths);
}

#ifdef CONFIG_ROOTFS_PROPAGATION

/* With an "r" in front it holds for all mounts. "" means that nothing is asked for. */
static int read_propagation(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {
		"",	    "private", "slave",	  "shared",	 "unbindable",
		"rprivate", "rslave",  "rshared", "runbindable", NULL};
	static const unsigned flags[] = {0, MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE};
	int i = json_choice(r, item, words);

	if (i < 0)
		return i;
	*(unsigned *)out = i < (int)ARRAY_SIZE(flags) ? flags[i] : flags[i - 4] | MS_REC;
	return 0;
}

#else

/* They are private anyway. */
static int read_propagation(const struct json_reader *r, const cJSON *item, void *out)
{
	if (cJSON_IsString(item) &&
	    (!strcmp(item->valuestring, "private") || !strcmp(item->valuestring, "rprivate")))
		return 0;
	return oci_unsupported(r, item, out);
}

#endif

static int read_personality(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return oci_default(r, item, "LINUX");
}

static const struct json_field linux_fields[] = {
	JSON_FIELD("namespaces", read_namespaces),
	JSON_FIELD("devices", read_devices),
	JSON_FIELD("resources", read_resources),
	JSON_FIELD("maskedPaths", read_masked_paths),
	JSON_FIELD("readonlyPaths", read_readonly_paths),
	JSON_FIELD("cgroupsPath", oci_ignored),
	JSON_FIELD("rootfsPropagation", read_propagation, CONFIG(root_propagation)),
	JSON_FIELD("personality", read_personality),
	JSON_FIELD("mountLabel", oci_ignored),
#ifdef CONFIG_SECCOMP
	JSON_FIELD("seccomp", oci_read_seccomp),
#else
	JSON_FIELD("seccomp", oci_unsupported),
#endif
#ifdef CONFIG_SYSCTL
	JSON_FIELD("sysctl", oci_read_sysctl),
#else
	JSON_FIELD("sysctl", oci_unsupported),
#endif
	JSON_FIELD("uidMappings", oci_unsupported),
	JSON_FIELD("gidMappings", oci_unsupported),
	JSON_FIELD("timeOffsets", oci_unsupported),
	JSON_FIELD("intelRdt", oci_unsupported),
	JSON_FIELD("netDevices", oci_unsupported),
	JSON_FIELD("memoryPolicy", oci_unsupported),
	{0},
};

int oci_read_linux(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, linux_fields, out);
}
