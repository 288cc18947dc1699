// SPDX-License-Identifier: Apache-2.0
/*
 * config.json as plain structures (OCI runtime spec 1.x, config.md and config-linux.md). Tables
 * name every key of the schema: a key that is honoured has a reader, a key that has no meaning in a
 * guest is ignored with a message, and the others are refused unless they are empty.
 */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/signame.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

/* The kernel's __NEW_UTS_LEN, for both names */
#define NAME_LEN_MAX 64

#define STOP_SIGNAL "org.opencontainers.image.stopSignal"

int oci_config_refuse(const struct json_reader *r, const cJSON *item)
{
	return json_fault(r, item, "not supported by this build of coldinit, remove it");
}

int oci_config_unsupported(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_is_empty(item) ? 0 : oci_config_refuse(r, item);
}

int oci_config_default(const struct json_reader *r, const cJSON *item, const char *word)
{
	if (!cJSON_IsObject(item))
		return oci_config_unsupported(r, item, NULL);
	for (const cJSON *c = item->child; c; c = c->next)
		if (!json_is_empty(c) && !(c->valuestring && !strcmp(c->valuestring, word)))
			return oci_config_refuse(r, item);
	return 0;
}

int oci_config_ignored(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!json_is_empty(item))
		json_warn(r, item, "has no meaning in the guest and is ignored");
	return 0;
}

int oci_config_platform(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!json_is_empty(item))
		json_warn(r, item, "is for another platform and is ignored");
	return 0;
}

int oci_config_path(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *path;

	if (!*json_text(item) || *json_text(item) == '/')
		return json_read_path(r, item, out);
	json_warn(r, item, "\"%.200s\" is no absolute path, /%.200s is used", item->valuestring,
		  item->valuestring);
	path = arena_printf(r->arena, "/%s", item->valuestring);
	if (!path)
		return json_fault_oom(r);
	*(const char **)out = path;
	return 0;
}

/* Some tools write a "v" in front, and Go writes "" for a version that is not set. */
static int oci_config_version(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);

	(void)out;
	s += *s == 'v' && s[1];
	if (!cJSON_IsString(item) || (*s && (*s != '1' || (s[1] && s[1] != '.'))))
		return json_fault_expected(r, item, "a version 1.x of the OCI runtime spec");
	return 0;
}

static int oci_config_name(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || strlen(item->valuestring) > NAME_LEN_MAX)
		return json_fault_expected(r, item, "a name of at most 64 characters");
	return json_read_string(r, item, out);
}

/* The signal that the image names (image-spec, annotations.md); engines copy it. */
static void oci_config_stop_signal(const char *text, struct oci_config *config)
{
	if (*text && signame_parse(text, &config->stop_signal))
		pr_warn("annotation %s: \"%.64s\" is no signal: SIGTERM is used", STOP_SIGNAL,
			text);
}

static int oci_config_annotation(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item))
		return json_fault_expected(r, item, "a string");
	if (!strcmp(item->string, STOP_SIGNAL))
		oci_config_stop_signal(json_text(item), out);
	/* Other annotations are data; these change what crun does. */
	if (str_starts(item->string, "run.oci.") && *item->valuestring)
		json_warn(r, item, "is a setting of crun and is ignored");
#ifndef CONFIG_CDI
	if (str_starts(item->string, "cdi.k8s.io/"))
		return oci_config_refuse(r, item);
#endif
	return 0;
}

static int oci_config_annotations(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_each(r, item, false, oci_config_annotation, out);
}

#define CONFIG(field) .offset = offsetof(struct oci_config, field)

/* --- root and mounts ----------------------------------------------------------------------- */

static int oci_config_root_path(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!*json_text(item))
		return json_fault_expected(r, item, "a path");
	return json_read_string(r, item, out);
}

static const struct json_field root_fields[] = {
	JSON_FIELD("path", oci_config_root_path, CONFIG(root_path), .required = true),
	JSON_FIELD("readonly", json_read_bool, CONFIG(root_readonly)),
};

static int oci_config_root(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, root_fields, out);
}

#define MOUNT(field) .offset = offsetof(struct oci_mount, field)

static const struct json_field mount_fields[] = {
	JSON_FIELD("destination", oci_config_path, MOUNT(destination), .required = true),
	JSON_FIELD("type", json_read_string, MOUNT(type)),
	JSON_FIELD("source", json_read_string, MOUNT(source)),
	JSON_LIST("options", struct oci_mount, options, json_read_string),
#ifdef CONFIG_USER_NS
	JSON_FIELD("uidMappings", oci_idmap_read, MOUNT(maps.uids)),
	JSON_FIELD("gidMappings", oci_idmap_read, MOUNT(maps.gids)),
#else
	JSON_FIELD("uidMappings", oci_config_unsupported),
	JSON_FIELD("gidMappings", oci_config_unsupported),
#endif
};

static int oci_config_mount(const struct json_reader *r, const cJSON *item, void *out)
{
	*(struct oci_mount *)out = (struct oci_mount){.type = "", .source = ""};
	return json_read_object(r, item, mount_fields, out);
}

/* --- the document -------------------------------------------------------------------------- */

static const struct json_field config_fields[] = {
	JSON_FIELD("ociVersion", oci_config_version, .required = true),
	JSON_FIELD("process", oci_process_read, CONFIG(process), .required = true),
	JSON_FIELD("root", oci_config_root, .required = true),
	JSON_FIELD("hostname", oci_config_name, CONFIG(hostname)),
	JSON_FIELD("domainname", oci_config_name, CONFIG(domainname)),
	JSON_LIST("mounts", struct oci_config, mounts, oci_config_mount),
	JSON_FIELD("linux", oci_linux_read),
	JSON_FIELD("annotations", oci_config_annotations),
#ifdef CONFIG_HOOKS
	JSON_FIELD("hooks", oci_hooks_read),
#else
	JSON_FIELD("hooks", oci_config_unsupported),
#endif
	JSON_FIELD("solaris", oci_config_platform),
	JSON_FIELD("windows", oci_config_platform),
	JSON_FIELD("freebsd", oci_config_platform),
	JSON_FIELD("vm", oci_config_platform),
	JSON_FIELD("zos", oci_config_platform),
};

int oci_config(struct arena *a, const struct oci_document *doc, struct oci_config *out,
	       struct fault *fault)
{
	struct json_notes notes = {.lenient = true};
	struct json_reader r = {.root = doc->root, .arena = a, .fault = fault, .notes = &notes};
	struct oci_config c = {
		.hostname = "",
		.domainname = "",
		/* pivot_root() out of the initramfs needs a mount namespace in any case. */
		.namespaces = CLONE_NEWNS,
	};
	int err = json_read_object(&r, doc->root, config_fields, &c);

	json_notes_end(&r);
	if (err)
		return err;
#ifdef CONFIG_SYSCTL
	err = oci_sysctl_check(&c, fault);
	if (err)
		return err;
#endif
#ifdef CONFIG_USER_NS
	err = oci_idmap_finish(a, &c, fault);
	if (err)
		return err;
#else
	c.host_uid = c.process.uid;
#endif
#ifdef CONFIG_HOOKS
	oci_hooks_mark_cdi(&c, doc->cdi_hooks);
#endif
	*out = c;
	return 0;
}
