// SPDX-License-Identifier: Apache-2.0
/* "hooks" of config.json, and the state that they are told (OCI runtime spec, config.md
 * "POSIX-platform Hooks", runtime.md "State") */
#include <errno.h>
#include <string.h>

#include "spec/oci_document.h"

/* Hooks that run for longer than a day are a mistake. */
#define TIMEOUT_MAX_S 86400

static const char *const points[OCI_HOOK_POINTS] = {
	[OCI_PRESTART] = "prestart",
	[OCI_CREATE_RUNTIME] = "createRuntime",
	[OCI_CREATE_CONTAINER] = "createContainer",
	[OCI_START_CONTAINER] = "startContainer",
	[OCI_POSTSTART] = "poststart",
	[OCI_POSTSTOP] = "poststop",
};

const char *oci_hook_point(enum oci_hook_point point)
{
	return points[point];
}

/* --- reading ------------------------------------------------------------------------------- */

#define HOOK(field) .offset = offsetof(struct oci_hook, field)

static int read_strings(const struct json_reader *r, const cJSON *item, void *out)
{
	size_t n;

	return json_strings(r, item, SIZE_MAX, out, &n);
}

static int read_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t s = 0;
	int err = json_integer(r, item, 1, TIMEOUT_MAX_S, &s);

	if (!err)
		*(uint32_t *)out = (uint32_t)s;
	return err;
}

static const struct json_field hook_fields[] = {
	JSON_FIELD("path", json_path, HOOK(path), .required = true),
	JSON_FIELD("args", read_strings, HOOK(args)),
	JSON_FIELD("env", read_strings, HOOK(env)),
	JSON_FIELD("timeout", read_timeout, HOOK(timeout_s)),
	{0},
};

static int read_hook(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *none[] = {NULL};
	struct oci_hook *hook = out;
	int err;

	hook->env = none;
	err = json_object(r, item, hook_fields, hook);
	if (err || (hook->args && hook->args[0]))
		return err;
	hook->args = arena_alloc(r->arena, 2, sizeof(*hook->args));
	if (!hook->args)
		return json_enomem(r);
	hook->args[0] = hook->path;
	return 0;
}

static int read_list(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_hook_list *list = out;
	void *hooks = NULL;
	int err =
		json_list(r, item, SIZE_MAX, sizeof(struct oci_hook), read_hook, &hooks, &list->n);

	if (!err)
		list->hooks = hooks;
	return err;
}

#define LIST(field_name, point)           \
	JSON_FIELD(field_name, read_list, \
		   .offset = (unsigned short)offsetof(struct oci_config, hooks[point]))

static const struct json_field hooks_fields[] = {
	LIST("prestart", OCI_PRESTART),
	LIST("createRuntime", OCI_CREATE_RUNTIME),
	LIST("createContainer", OCI_CREATE_CONTAINER),
	LIST("startContainer", OCI_START_CONTAINER),
	LIST("poststart", OCI_POSTSTART),
	LIST("poststop", OCI_POSTSTOP),
	{0},
};

/* What the state quotes of the document, which is gone by then. */
static int keep_state(const struct json_reader *r, struct oci_config *c)
{
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(r->root, "annotations"), *item;
	cJSON *copy = cJSON_CreateObject();
	char *text = NULL;

	item = cJSON_GetObjectItemCaseSensitive(r->root, "ociVersion");
	if (copy && cJSON_IsString(item) &&
	    !json_set_string(copy, "ociVersion", item->valuestring) &&
	    (!cJSON_IsObject(state) ||
	     cJSON_AddItemToObject(copy, "annotations", cJSON_Duplicate(state, true))))
		text = cJSON_PrintUnformatted(copy);
	if (text)
		c->state = arena_strdup(r->arena, text);
	cJSON_Delete(copy);
	cJSON_free(text);
	return c->state ? 0 : json_enomem(r);
}

int oci_read_hooks(const struct json_reader *r, const cJSON *item, void *out)
{
	int err = json_object(r, item, hooks_fields, out);

	return err ? err : keep_state(r, out);
}

void oci_hooks_of_cdi(struct oci_config *c, const size_t added[OCI_HOOK_POINTS])
{
	for (int point = 0; point < OCI_HOOK_POINTS; point++) {
		struct oci_hook_list *list = &c->hooks[point];

		for (size_t i = list->n - added[point]; i < list->n; i++)
			list->hooks[i].from_cdi = true;
	}
}

/* --- the state ----------------------------------------------------------------------------- */

char *oci_state(const struct oci_config *c, const char *status, pid_t pid)
{
	cJSON *state cleanup(json_free_ptr) = NULL;
	struct fault fault;

	if (json_parse(c->state, strlen(c->state), &state, &fault) ||
	    json_set_string(state, "id", c->id) || json_set_string(state, "status", status) ||
	    (pid && json_set_number(state, "pid", pid)) ||
	    json_set_string(state, "bundle", c->bundle))
		return NULL;
	return cJSON_PrintUnformatted(state);
}
