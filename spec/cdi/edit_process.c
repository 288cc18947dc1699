// SPDX-License-Identifier: Apache-2.0
/* env, additionalGids and hooks of containerEdits */
#include <errno.h>
#include <string.h>

#include "spec/cdi/edit.h"

/* --- env ----------------------------------------------------------------------------------- */

/* An existing variable is replaced where it stands last, another one goes to the end. */
static int put_variable(struct cdi_injection *in, cJSON *env, const char *text)
{
	size_t len = strcspn(text, "=");
	struct cdi_entry *e = cdi_index_entry(&in->index, text, len);
	cJSON *item = e ? cJSON_CreateString(text) : NULL;

	if (!item)
		return json_fault_oom(&in->r);
	if (e->last) {
		cJSON_ReplaceItemViaPointer(env, e->last->item, item);
		e->last->item = item;
		return 0;
	}
	cJSON_AddItemToArray(env, item);
	return cdi_entry_add(&in->index, e, item) ? json_fault_oom(&in->r) : 0;
}

static int begin_env(struct cdi_injection *in, cJSON **env)
{
	cJSON *item;
	int err;

	*env = in->root;
	err = cdi_get(in, env, "process", false);
	if (!err)
		err = cdi_get(in, env, "env", true);
	if (err)
		return err;
	cJSON_ArrayForEach(item, *env)
	{
		if (!cJSON_IsString(item))
			return json_fault_expected(&in->r, item, "a string");
		err = cdi_index_item(in, item->valuestring, strcspn(item->valuestring, "="), item);
		if (err)
			return err;
	}
	return 0;
}

int cdi_inject_env(struct cdi_injection *in)
{
	cJSON *env = NULL;
	int err = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct cdi_texts *t = &in->blocks[i]->env;

		if (t->n && !env)
			err = begin_env(in, &env);
		for (size_t k = 0; k < t->n && !err; k++)
			err = put_variable(in, env, t->items[k]);
		if (err)
			return err;
	}
	return 0;
}

/* --- additionalGids ------------------------------------------------------------------------ */

static int begin_gids(struct cdi_injection *in, cJSON **gids)
{
	cJSON *item;
	int err;

	*gids = in->root;
	err = cdi_get(in, gids, "process", false);
	if (!err)
		err = cdi_get(in, gids, "user", false);
	if (!err)
		err = cdi_get(in, gids, "additionalGids", true);
	if (err)
		return err;
	cJSON_ArrayForEach(item, *gids)
	{
		if (!json_is_number(item))
			return json_fault_expected(&in->r, item, "a number");
		err = cdi_index_item(in, item->valuestring, strlen(item->valuestring), item);
		if (err)
			return err;
	}
	return 0;
}

/* Group 0 is skipped, and what is there. */
static int put_gid(struct cdi_injection *in, cJSON *gids, uint32_t gid)
{
	char *text = arena_printf(in->r.arena, "%u", gid);
	cJSON *item;

	if (!text)
		return json_fault_oom(&in->r);
	if (!gid || cdi_index_find(&in->index, text, strlen(text)))
		return 0;
	item = cJSON_CreateRaw(text);
	if (!item)
		return json_fault_oom(&in->r);
	cJSON_AddItemToArray(gids, item);
	return cdi_index_item(in, text, strlen(text), item);
}

int cdi_inject_gids(struct cdi_injection *in)
{
	cJSON *gids = NULL;
	int err = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct cdi_edits *e = in->blocks[i];

		if (e->n_gids && !gids)
			err = begin_gids(in, &gids);
		for (size_t k = 0; k < e->n_gids && !err; k++)
			err = put_gid(in, gids, e->gids[k]);
		if (err)
			return err;
	}
	return 0;
}

/* --- hooks --------------------------------------------------------------------------------- */

/* The list of a point, which is looked for once. */
static int begin_hooks(struct cdi_injection *in, const char *point, cJSON **list)
{
	cJSON *at = cdi_index_find(&in->index, point, strlen(point));
	int err = 0;

	if (!at) {
		at = in->root;
		err = cdi_get(in, &at, "hooks", false);
		if (!err)
			err = cdi_get(in, &at, point, true);
		if (!err)
			err = cdi_index_item(in, point, strlen(point), at);
	}
	*list = at;
	return err;
}

/* Whose hooks these are matters once they are to be run. */
static void count_hook(struct cdi_injection *in, const char *point)
{
#ifdef CONFIG_HOOKS
	for (unsigned i = 0; i < OCI_HOOK_POINTS; i++)
		in->hooks[i] += !strcmp(point, oci_hooks_point(i));
#else
	(void)in, (void)point;
#endif
}

static int put_hook(struct cdi_injection *in, const struct cdi_hook *h)
{
	cJSON *list = NULL, *hook = NULL;
	int err = begin_hooks(in, h->point, &list);

	if (!err)
		err = cdi_append_object(in, list, &hook);
	if (err)
		return err;
	if (json_set_string(hook, "path", h->path) || cdi_set_texts(hook, "args", &h->args) ||
	    cdi_set_texts(hook, "env", &h->env) ||
	    (h->has_timeout && json_set_number(hook, "timeout", h->timeout)))
		return json_fault_oom(&in->r);
	count_hook(in, h->point);
	return 0;
}

int cdi_inject_hooks(struct cdi_injection *in)
{
	int err = 0;

	for (size_t i = 0; i < in->n; i++)
		for (size_t k = 0; k < in->blocks[i]->n_hooks && !err; k++)
			err = put_hook(in, &in->blocks[i]->hooks[k]);
	return err;
}
