// SPDX-License-Identifier: Apache-2.0
/*
 * config.json as plain structures (OCI runtime spec 1.x: config.md, config-linux.md). Tables name
 * every key of the schema: what is honoured has a reader, what means nothing in a guest is
 * ignored aloud, and the rest is refused as soon as it asks for something.
 */
#define pr_fmt(fmt) "config.json: " fmt

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/oci_document.h"

/* HOST_NAME_MAX of the kernel, for both names */
#define NAME_LEN_MAX 64

int oci_refuse(const struct json_reader *r, const cJSON *item)
{
	return json_fault(r, item, "not supported by this build of coldinit, take it out");
}

int oci_unsupported(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	return json_asks_nothing(item) ? 0 : oci_refuse(r, item);
}

int oci_default(const struct json_reader *r, const cJSON *item, const char *word)
{
	if (!cJSON_IsObject(item))
		return oci_unsupported(r, item, NULL);
	for (const cJSON *c = item->child; c; c = c->next)
		if (!json_asks_nothing(c) && !(c->valuestring && !strcmp(c->valuestring, word)))
			return oci_refuse(r, item);
	return 0;
}

int oci_ignored(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)r;
	(void)out;
	if (!json_asks_nothing(item))
		pr_info("%s means nothing in the guest: ignored", item->string);
	return 0;
}

static int read_version(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!cJSON_IsString(item) || !str_starts(item->valuestring, "1.") ||
	    item->valuestring[2] < '0' || item->valuestring[2] > '9')
		return json_expected(r, item, "a version 1.x of the OCI runtime spec");
	return 0;
}

static int read_name(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || strlen(item->valuestring) > NAME_LEN_MAX)
		return json_expected(r, item, "a name of at most 64 characters");
	return json_string(r, item, out);
}

static int read_annotations(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!cJSON_IsObject(item))
		return json_expected(r, item, "an object");
	for (const cJSON *c = item->child; c; c = c->next) {
		if (!cJSON_IsString(c))
			return json_expected(r, c, "a string");
#ifndef CONFIG_CDI
		if (str_starts(c->string, "cdi.k8s.io/"))
			return oci_refuse(r, c);
#endif
	}
	return 0;
}

#define CONFIG(field) .offset = offsetof(struct oci_config, field)

/* --- root and mounts ----------------------------------------------------------------------- */

static int read_root_path(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || !*item->valuestring)
		return json_expected(r, item, "a path");
	return json_string(r, item, out);
}

static const struct json_field root_fields[] = {
	JSON_FIELD("path", read_root_path, CONFIG(root_path), .required = true),
	JSON_FIELD("readonly", json_bool, CONFIG(root_readonly)),
	{0},
};

static int read_root(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, root_fields, out);
}

static int read_mount_options(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_mount *m = out;

	return json_strings(r, item, SIZE_MAX, &m->options, &m->n_options);
}

#define MOUNT(field) .offset = offsetof(struct oci_mount, field)

static const struct json_field mount_fields[] = {
	JSON_FIELD("destination", json_path, MOUNT(destination), .required = true),
	JSON_FIELD("type", json_string, MOUNT(type)),
	JSON_FIELD("source", json_string, MOUNT(source)),
	JSON_FIELD("options", read_mount_options),
	JSON_FIELD("uidMappings", oci_unsupported),
	JSON_FIELD("gidMappings", oci_unsupported),
	{0},
};

static int read_mount(const struct json_reader *r, const cJSON *item, void *out)
{
	*(struct oci_mount *)out = (struct oci_mount){.type = "", .source = ""};
	return json_object(r, item, mount_fields, out);
}

static int read_mounts(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	void *mounts = NULL;
	int err = json_list(r, item, SIZE_MAX, sizeof(struct oci_mount), read_mount, &mounts,
			    &c->n_mounts);

	if (!err)
		c->mounts = mounts;
	return err;
}

/* --- the whole ----------------------------------------------------------------------------- */

static const struct json_field config_fields[] = {
	JSON_FIELD("ociVersion", read_version, .required = true),
	JSON_FIELD("process", oci_read_process, CONFIG(process), .required = true),
	JSON_FIELD("root", read_root, .required = true),
	JSON_FIELD("hostname", read_name, CONFIG(hostname)),
	JSON_FIELD("domainname", read_name, CONFIG(domainname)),
	JSON_FIELD("mounts", read_mounts),
	JSON_FIELD("linux", oci_read_linux),
	JSON_FIELD("annotations", read_annotations),
#ifdef CONFIG_HOOKS
	JSON_FIELD("hooks", oci_read_hooks),
#else
	JSON_FIELD("hooks", oci_unsupported),
#endif
	JSON_FIELD("solaris", oci_unsupported),
	JSON_FIELD("windows", oci_unsupported),
	JSON_FIELD("vm", oci_unsupported),
	JSON_FIELD("zos", oci_unsupported),
	{0},
};

int oci_config(struct arena *a, const struct oci_document *doc, struct oci_config *out,
	       struct fault *fault)
{
	struct json_reader r = {.root = doc->root, .arena = a, .fault = fault, .lenient = true};
	struct oci_config c = {
		.hostname = "",
		.domainname = "",
		/* It leaves the initramfs behind, so it always has mounts of its own. */
		.namespaces = CLONE_NEWNS,
	};
	int err = json_object(&r, doc->root, config_fields, &c);

	if (err)
		return err;
#ifdef CONFIG_SYSCTL
	err = oci_check_sysctl(&c, fault);
	if (err)
		return err;
#endif
#ifdef CONFIG_HOOKS
	oci_hooks_of_cdi(&c, doc->cdi_hooks);
#endif
	*out = c;
	return 0;
}
