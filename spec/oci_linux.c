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

#ifdef CONFIG_TIME_NS
#define TIME CLONE_NEWTIME
#else
#define TIME 0
#endif

/* A flag of 0: the container shares the guest's namespace. */
static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	{"pid", CLONE_NEWPID},	     {"mount", CLONE_NEWNS}, {"ipc", CLONE_NEWIPC},
	{"uts", CLONE_NEWUTS},	     {"network", 0},	     {"time", TIME},
	{"cgroup", CLONE_NEWCGROUP},
#ifdef CONFIG_USER_NS
	{"user", CLONE_NEWUSER},
#endif
};

/*
 * struct namespace - an element of linux.namespaces
 * @index: of its type in namespaces
 * @path: the element has a path
 */
struct namespace
{
	size_t index;
	bool path;
};

static int oci_linux_namespace_type(const struct json_reader *r, const cJSON *item, void *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		if (!strcmp(json_text(item), namespaces[i].name)) {
			((struct namespace *)out)->index = i;
			return 0;
		}
	}
	return json_fault_expected(
		r, item,
#ifdef CONFIG_USER_NS
		"a namespace: pid, mount, ipc, uts, cgroup, user, network or time");
#else
		"a namespace that this build of coldinit can make: pid, mount, ipc, uts, cgroup, network or time");
#endif
}

static int oci_linux_namespace_path(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)r;
	((struct namespace *)out)->path = !json_is_empty(item);
	return 0;
}

static const struct json_field namespace_fields[] = {
	JSON_FIELD("type", oci_linux_namespace_type, .required = true),
	JSON_FIELD("path", oci_linux_namespace_path),
};

/*
 * struct namespace_list - linux.namespaces
 * @config: gets the flags
 * @seen: a bit for each type that was there
 */
struct namespace_list {
	struct oci_config *config;
	unsigned seen;
};

/*
 * Engines name namespaces of the host that a pod's containers share. In a guest the container is
 * alone: the network is the guest's, the others are made.
 */
static int oci_linux_namespace(const struct json_reader *r, const cJSON *item, void *out)
{
	struct namespace_list *list = out;
	struct namespace n = {0};
	int err = json_read_object(r, item, namespace_fields, &n);

	if (err)
		return err;
	if (list->seen & 1U << n.index)
		return json_fault(r, item, "the namespace \"%s\" is listed twice",
				  namespaces[n.index].name);
	list->seen |= 1U << n.index;
	list->config->namespaces |= namespaces[n.index].flag;
	if (n.path && namespaces[n.index].flag == CLONE_NEWNS)
		return json_fault(r, item,
				  "the guest has no mount namespace to join: remove the path");
	if (n.path)
		json_warn(r, item, "the guest has no %s namespace to join: %s",
			  namespaces[n.index].name,
			  namespaces[n.index].flag ? "the container gets a new one"
						   : "the container shares the guest's");
#ifndef CONFIG_TIME_NS
	else if (!strcmp(namespaces[n.index].name, "time"))
		json_warn(r, item,
			  "a time namespace without offsets: the container shares the guest's");
#endif
	return 0;
}

static int oci_linux_namespaces(const struct json_reader *r, const cJSON *item, void *out)
{
	struct namespace_list list = {.config = out};

	return json_read_each(r, item, true, oci_linux_namespace, &list);
}

/* --- devices ------------------------------------------------------------------------------- */

static int oci_linux_device_type(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"b", "c", "u", "p", NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(char *)out = "bccp"[i];
	return 0;
}

static int oci_linux_device_number(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, INT32_MAX, out);
}

/* Only for coldinit itself, see spec/oci_unclaimed.c. */
static int oci_linux_mark(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)r, (void)item, (void)out;
	return 0;
}

#define NODE(field) .offset = offsetof(struct oci_device, field)

static const struct json_field device_fields[] = {
	JSON_FIELD("path", json_read_path, NODE(path), .required = true),
	JSON_FIELD("type", oci_linux_device_type, NODE(type), .required = true),
	JSON_FIELD("major", oci_linux_device_number, NODE(major)),
	JSON_FIELD("minor", oci_linux_device_number, NODE(minor)),
	JSON_FIELD("fileMode", json_read_uint32, NODE(mode)),
	JSON_FIELD("uid", json_read_uint32, NODE(uid)),
	JSON_FIELD("gid", json_read_uint32, NODE(gid)),
	JSON_FIELD(OCI_UNCLAIMED_MARK, oci_linux_mark),
};

static int oci_linux_device(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_device *d = out;
	uint32_t type;
	int err;

	d->mode = 0666; /* the default of runc and crun */
	err = json_read_object(r, item, device_fields, d);
	if (err)
		return err;
	/* Some tools write all of st_mode, others the type in bits above, as Go does (fs.FileMode). */
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

/* --- resources ----------------------------------------------------------------------------- */

static int oci_linux_rule_type(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"a", "b", "c", "u", "p", "", NULL};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(char *)out = "abccpa"[i];
	return 0;
}

static int oci_linux_rule_number(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_integer(r, item, OCI_ANY, INT32_MAX, out);
}

static int oci_linux_access(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_device_rule *rule = out;
	const char *s = json_text(item);

	if (!cJSON_IsString(item) || s[strspn(s, "rwm")])
		return json_fault_expected(r, item, "a device access of 'r', 'w' and 'm'");
	rule->read = strchr(s, 'r');
	rule->write = strchr(s, 'w');
	rule->mknod = strchr(s, 'm');
	return 0;
}

#define RULE(field) .offset = offsetof(struct oci_device_rule, field)

static const struct json_field rule_fields[] = {
	JSON_FIELD("allow", json_read_bool, RULE(allow)),
	JSON_FIELD("type", oci_linux_rule_type, RULE(type)),
	JSON_FIELD("major", oci_linux_rule_number, RULE(major)),
	JSON_FIELD("minor", oci_linux_rule_number, RULE(minor)),
	JSON_FIELD("access", oci_linux_access),
	JSON_FIELD(OCI_UNCLAIMED_MARK, oci_linux_mark),
};

/* Without access, a rule that allows gives nothing, and a rule that denies takes all. */
static int oci_linux_rule(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_device_rule *rule = out;
	int err;

	*rule = (struct oci_device_rule){.type = 'a', .major = OCI_ANY, .minor = OCI_ANY};
	err = json_read_object(r, item, rule_fields, rule);
	/* Engines write a rule for each node. A FIFO needs none. */
	if (rule->type == 'p')
		*rule = (struct oci_device_rule){.type = 'c', .allow = true};
	if (!err && !rule->allow && !rule->read && !rule->write && !rule->mknod)
		rule->read = rule->write = rule->mknod = true;
	return err;
}

#ifndef CONFIG_CGROUP_LIMITS

/* Limits that use the host's numbers of processors, memory nodes and devices */
static const char *const host_limits[] = {
	"cpus",
	"mems",
	"weightDevice",
	"throttleReadBpsDevice",
	"throttleWriteBpsDevice",
	"throttleReadIOPSDevice",
	"throttleWriteIOPSDevice",
};

/* 0 and -1 are no limit, except for swappiness, where 0 is a value too. */
static int oci_linux_limit(const struct json_reader *r, const cJSON *item, void *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_limits); i++)
		if (!strcmp(item->string, host_limits[i]))
			return oci_config_ignored(r, item, NULL);
	if (json_is_number(item) && !strcmp(item->string, "swappiness"))
		return oci_config_refuse(r, item);
	if (json_is_number(item) && !strcmp(item->valuestring, "-1"))
		return 0;
	return oci_config_unsupported(r, item, out);
}

static int oci_linux_limits(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_each(r, item, false, oci_linux_limit, out);
}

#define oci_resources_memory	oci_linux_limits
#define oci_resources_cpu	oci_linux_limits
#define oci_resources_pids	oci_linux_limits
#define oci_resources_block_io	oci_linux_limits
#define oci_resources_hugepages oci_config_unsupported
#define oci_resources_unified	oci_config_unsupported

#endif

static const struct json_field resource_fields[] = {
	JSON_LIST("devices", struct oci_config, rules, oci_linux_rule),
	JSON_FIELD("memory", oci_resources_memory),
	JSON_FIELD("cpu", oci_resources_cpu),
	JSON_FIELD("pids", oci_resources_pids),
	JSON_FIELD("blockIO", oci_resources_block_io),
	JSON_FIELD("hugepageLimits", oci_resources_hugepages),
	JSON_FIELD("unified", oci_resources_unified),
	JSON_FIELD("network", oci_config_unsupported),
	JSON_FIELD("rdma", oci_config_ignored),
};

static int oci_linux_resources(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, resource_fields, out);
}

/* --- the object ---------------------------------------------------------------------------- */

#ifdef CONFIG_ROOTFS_PROPAGATION

/* With an "r" in front it is for all mounts below "/". "" is not set. */
static int oci_linux_propagation(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {
		"",	    "private", "slave",	  "shared",	 "unbindable",
		"rprivate", "rslave",  "rshared", "runbindable", NULL};
	static const unsigned flags[] = {0, MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE};
	int i = json_read_choice(r, item, words);

	if (i < 0)
		return i;
	*(unsigned *)out = i < (int)ARRAY_SIZE(flags) ? flags[i] : flags[i - 4] | MS_REC;
	return 0;
}

#else

/* All mounts of the container are private in any case. */
static int oci_linux_propagation(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);

	if (!strcmp(s, "private") || !strcmp(s, "rprivate"))
		return 0;
	return oci_config_unsupported(r, item, out);
}

#endif

#ifndef CONFIG_SCHEDULING

static int oci_linux_personality(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return oci_config_default(r, item, "LINUX");
}

#endif

#ifdef CONFIG_TIME_NS

static int oci_linux_secs(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_integer(r, item, INT64_MIN, INT64_MAX, out);
}

static int oci_linux_nanosecs(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, 999999999, out);
}

static const struct json_field offset_fields[] = {
	JSON_FIELD("secs", oci_linux_secs, .offset = offsetof(struct oci_time_offset, secs)),
	JSON_FIELD("nanosecs", oci_linux_nanosecs,
		   .offset = offsetof(struct oci_time_offset, nanosecs)),
};

static int oci_linux_time_offset(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, offset_fields, out);
}

static const struct json_field clock_fields[] = {
	JSON_FIELD("monotonic", oci_linux_time_offset, CONFIG(monotonic)),
	JSON_FIELD("boottime", oci_linux_time_offset, CONFIG(boottime)),
};

static int oci_linux_time_offsets(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, clock_fields, out);
}

#endif

static const struct json_field linux_fields[] = {
	JSON_FIELD("namespaces", oci_linux_namespaces),
	JSON_LIST("devices", struct oci_config, devices, oci_linux_device),
	JSON_FIELD("resources", oci_linux_resources),
	JSON_LIST("maskedPaths", struct oci_config, masked_paths, oci_config_path),
	JSON_LIST("readonlyPaths", struct oci_config, readonly_paths, oci_config_path),
	JSON_FIELD("cgroupsPath", oci_config_ignored),
	JSON_FIELD("rootfsPropagation", oci_linux_propagation, CONFIG(root_propagation)),
#ifdef CONFIG_SCHEDULING
	JSON_FIELD("personality", oci_sched_personality, CONFIG(personality)),
	JSON_FIELD("memoryPolicy", oci_sched_memory),
#else
	JSON_FIELD("personality", oci_linux_personality),
	JSON_FIELD("memoryPolicy", oci_config_unsupported),
#endif
	JSON_FIELD("mountLabel", oci_config_ignored),
#ifdef CONFIG_SECCOMP
	JSON_FIELD("seccomp", oci_seccomp_read),
#else
	JSON_FIELD("seccomp", oci_config_unsupported),
#endif
#ifdef CONFIG_SYSCTL
	JSON_FIELD("sysctl", oci_sysctl_read),
#else
	JSON_FIELD("sysctl", oci_config_unsupported),
#endif
#ifdef CONFIG_USER_NS
	JSON_FIELD("uidMappings", oci_idmap_read, CONFIG(maps.uids)),
	JSON_FIELD("gidMappings", oci_idmap_read, CONFIG(maps.gids)),
#else
	JSON_FIELD("uidMappings", oci_config_unsupported),
	JSON_FIELD("gidMappings", oci_config_unsupported),
#endif
#ifdef CONFIG_TIME_NS
	JSON_FIELD("timeOffsets", oci_linux_time_offsets),
#else
	JSON_FIELD("timeOffsets", oci_config_unsupported),
#endif
	JSON_FIELD("intelRdt", oci_config_ignored),
#ifdef CONFIG_NET_DEVICES
	JSON_FIELD("netDevices", oci_netdev_read),
#else
	JSON_FIELD("netDevices", oci_config_unsupported),
#endif
};

int oci_linux_read(const struct json_reader *r, const cJSON *item, void *out)
{
	const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(item, "timeOffsets");
	const struct oci_config *c = out;
	int err = json_read_object(r, item, linux_fields, out);

	if (!err && offsets && !json_is_empty(offsets) && !(c->namespaces & CLONE_NEWTIME))
		json_warn(r, offsets, "ignored: linux.namespaces has no time namespace");
	return err;
}
