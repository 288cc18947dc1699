// SPDX-License-Identifier: Apache-2.0
/* Passes over env, additionalGids and hooks, see spec/cdi/inject.c. */
#include <errno.h>
#include <string.h>

#include "spec/cdi/inject.h"

/* --- env ----------------------------------------------------------------------------------- */

static int cdi_process_begin_env(struct cdi_injection *in)
{
	int err = cdi_tree_get(in, CDI_PATH("process", "env"), true, &in->list);
	cJSON *item = err ? NULL : in->list->child;

	for (; item && !err; item = item->next) {
		if (!cJSON_IsString(item))
			return json_fault_expected(&in->r, item, "a string");
		err = cdi_tree_index(in, item->valuestring, strcspn(item->valuestring, "="), item);
	}
	return err;
}

static int cdi_process_put_variable(struct cdi_injection *in, const struct cdi_edits *edits,
				    size_t i)
{
	const char *text = edits->env.items[i];
	struct cdi_entry *e = cdi_index_entry(&in->index, text, strcspn(text, "="));
	cJSON *item = e ? cJSON_CreateString(text) : NULL;

	if (!item)
		return json_fault_oom(&in->r);
	if (e->last) {
		cJSON_ReplaceItemViaPointer(in->list, e->last->item, item);
		e->last->item = item;
		return 0;
	}
	cJSON_AddItemToArray(in->list, item);
	return cdi_index_add(&in->index, e, item) ? json_fault_oom(&in->r) : 0;
}

const struct cdi_pass cdi_process_env = {
	.count = offsetof(struct cdi_edits, env.n),
	.begin = cdi_process_begin_env,
	.put = cdi_process_put_variable,
};

/* --- additionalGids ------------------------------------------------------------------------ */

static int cdi_process_begin_gids(struct cdi_injection *in)
{
	int err = cdi_tree_get(in, CDI_PATH("process", "user", "additionalGids"), true, &in->list);
	cJSON *item = err ? NULL : in->list->child;

	for (; item && !err; item = item->next) {
		if (!json_is_number(item))
			return json_fault_expected(&in->r, item, "a number");
		err = cdi_tree_index(in, item->valuestring, strlen(item->valuestring), item);
	}
	return err;
}

static int cdi_process_put_gid(struct cdi_injection *in, const struct cdi_edits *edits, size_t i)
{
	uint32_t gid = edits->gids[i];
	char *text = arena_printf(in->r.arena, "%u", gid);
	cJSON *item;

	if (!text)
		return json_fault_oom(&in->r);
	if (!gid || cdi_index_find(&in->index, text, strlen(text)))
		return 0;
	item = cJSON_CreateRaw(text);
	if (json_append(in->list, item))
		return json_fault_oom(&in->r);
	return cdi_tree_index(in, text, strlen(text), item);
}

const struct cdi_pass cdi_process_gids = {
	.count = offsetof(struct cdi_edits, n_gids),
	.begin = cdi_process_begin_gids,
	.put = cdi_process_put_gid,
};

/* --- hooks --------------------------------------------------------------------------------- */

/* The list of a point, which the index keeps */
static int cdi_process_hook_list(struct cdi_injection *in, const char *point, cJSON **list)
{
	int err;

	*list = cdi_index_find(&in->index, point, strlen(point));
	if (*list)
		return 0;
	err = cdi_tree_get(in, CDI_PATH("hooks", point), true, list);
	return err ? err : cdi_tree_index(in, point, strlen(point), *list);
}

/* A hook of a CDI device whose program is missing is an error, so oci_config() must know it. */
static void cdi_process_count_hook(struct cdi_injection *in, const char *point)
{
#ifdef CONFIG_HOOKS
	for (unsigned i = 0; i < OCI_HOOK_POINTS; i++)
		in->hooks[i] += !strcmp(point, oci_hooks_point(i));
#else
	(void)in, (void)point;
#endif
}

static int cdi_process_put_hook(struct cdi_injection *in, const struct cdi_edits *edits, size_t i)
{
	const struct cdi_hook *h = &edits->hooks[i];
	cJSON *list = NULL, *hook = NULL;
	int err = cdi_process_hook_list(in, h->point, &list);

	if (!err)
		err = cdi_tree_append_object(in, list, &hook);
	if (err)
		return err;
	if (json_set_string(hook, "path", h->path) || cdi_tree_set_texts(hook, "args", &h->args) ||
	    cdi_tree_set_texts(hook, "env", &h->env) ||
	    (h->has_timeout && json_set_number(hook, "timeout", h->timeout)))
		return json_fault_oom(&in->r);
	cdi_process_count_hook(in, h->point);
	return 0;
}

const struct cdi_pass cdi_process_hooks = {
	.count = offsetof(struct cdi_edits, n_hooks),
	.put = cdi_process_put_hook,
};
