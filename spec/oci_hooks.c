// SPDX-License-Identifier: Apache-2.0
/*
 * "hooks" of config.json, and the state that hooks get on stdin (OCI runtime spec, config.md,
 * "POSIX-platform Hooks"; runtime.md, "State")
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spec/oci_document.h"

/* A day: a longer timeout is a mistake. */
#define TIMEOUT_MAX_S 86400

static const char *const points[OCI_HOOK_POINTS] = {
	[OCI_PRESTART] = "prestart",
	[OCI_CREATE_RUNTIME] = "createRuntime",
	[OCI_CREATE_CONTAINER] = "createContainer",
	[OCI_START_CONTAINER] = "startContainer",
	[OCI_POSTSTART] = "poststart",
	[OCI_POSTSTOP] = "poststop",
};

const char *oci_hooks_point(enum oci_hook_point point)
{
	return points[point];
}

/* --- reading ------------------------------------------------------------------------------- */

#define HOOK(field) .offset = offsetof(struct oci_hook, field)

static int oci_hooks_timeout(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_range(r, item, 0, TIMEOUT_MAX_S, out);
}

static const struct json_field hook_fields[] = {
	JSON_FIELD("path", json_read_path, HOOK(path), .required = true),
	JSON_FIELD("args", json_read_string, HOOK(args), .size = sizeof(char *)),
	JSON_FIELD("env", json_read_string, HOOK(env), .size = sizeof(char *)),
	JSON_FIELD("timeout", oci_hooks_timeout, HOOK(timeout_s)),
};

static int oci_hooks_read_one(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *none[] = {NULL};
	struct oci_hook *hook = out;
	int err;

	hook->env = none;
	err = json_read_object(r, item, hook_fields, hook);
	if (err || (hook->args && hook->args[0]))
		return err;
	hook->args = arena_alloc(r->arena, 2, sizeof(*hook->args));
	if (!hook->args)
		return json_fault_oom(r);
	hook->args[0] = hook->path;
	return 0;
}

#define POINT(field_name, point)                                              \
	JSON_FIELD(field_name, oci_hooks_read_one,                            \
		   .offset = offsetof(struct oci_config, hooks[point].hooks), \
		   .count = offsetof(struct oci_config, hooks[point].n),      \
		   .size = sizeof(struct oci_hook))

static const struct json_field hooks_fields[] = {
	POINT("prestart", OCI_PRESTART),
	POINT("createRuntime", OCI_CREATE_RUNTIME),
	POINT("createContainer", OCI_CREATE_CONTAINER),
	POINT("startContainer", OCI_START_CONTAINER),
	POINT("poststart", OCI_POSTSTART),
	POINT("poststop", OCI_POSTSTOP),
};

int oci_hooks_keep_state(const struct json_reader *r, struct oci_config *c)
{
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(r->root, "annotations"), *item;
	cJSON *copy = cJSON_CreateObject();
	char *text = NULL;

	item = cJSON_GetObjectItemCaseSensitive(r->root, "ociVersion");
	if (!cJSON_IsString(item)) {
		cJSON_Delete(copy);
		return 0; /* a fault of another key */
	}
	if (copy && !json_set_string(copy, "ociVersion", item->valuestring) &&
	    (!cJSON_IsObject(state) ||
	     cJSON_AddItemToObject(copy, "annotations", cJSON_Duplicate(state, true))))
		text = json_print(copy, false);
	if (text)
		c->state = arena_strdup(r->arena, text);
	cJSON_Delete(copy);
	free(text);
	return c->state ? 0 : json_fault_oom(r);
}

int oci_hooks_read(const struct json_reader *r, const cJSON *item, void *out)
{
	int err = json_read_object(r, item, hooks_fields, out);

	return err ? err : oci_hooks_keep_state(r, out);
}

void oci_hooks_mark_cdi(struct oci_config *c, const size_t added[OCI_HOOK_POINTS])
{
	for (int point = 0; point < OCI_HOOK_POINTS; point++) {
		struct oci_hook_list *list = &c->hooks[point];

		for (size_t i = list->n - added[point]; i < list->n; i++)
			list->hooks[i].from_cdi = true;
	}
}

/* --- the state ----------------------------------------------------------------------------- */

/* Return: the state, which the caller frees, or NULL. */
static cJSON *oci_hooks_tree(const struct oci_config *c, const char *status, pid_t pid)
{
	cJSON *state cleanup(json_free_ptr) = NULL, *result;
	struct fault fault;

	if (json_parse(c->state, strlen(c->state), &state, &fault) ||
	    json_set_string(state, "id", c->id) || json_set_string(state, "status", status) ||
	    (pid && json_set_number(state, "pid", pid)) ||
	    json_set_string(state, "bundle", c->bundle))
		return NULL;
	result = state;
	state = NULL;
	return result;
}

char *oci_hooks_state(const struct oci_config *c, const char *status, pid_t pid)
{
	cJSON *state cleanup(json_free_ptr) = oci_hooks_tree(c, status, pid);

	return state ? json_print(state, false) : NULL;
}

#ifdef CONFIG_SECCOMP_NOTIFY

char *oci_hooks_process_state(const struct oci_config *c, pid_t pid)
{
	cJSON *process cleanup(json_free_ptr) = cJSON_CreateObject();
	cJSON *fds = process ? cJSON_AddArrayToObject(process, "fds") : NULL;
	cJSON *state = oci_hooks_tree(c, "creating", pid);

	if (!fds || !state || !cJSON_AddItemToObject(process, "state", state)) {
		cJSON_Delete(state);
		return NULL;
	}
	if (!cJSON_AddItemToArray(fds, cJSON_CreateString("seccompFd")) ||
	    json_set_string(process, "ociVersion",
			    json_text(cJSON_GetObjectItemCaseSensitive(state, "ociVersion"))) ||
	    json_set_number(process, "pid", pid) ||
	    (c->seccomp->metadata && json_set_string(process, "metadata", c->seccomp->metadata)))
		return NULL;
	return json_print(process, false);
}

#endif
