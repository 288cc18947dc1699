// SPDX-License-Identifier: Apache-2.0
/* The edits of all devices that are asked for, in one go. */
#include <errno.h>
#include <string.h>

#include "spec/cdi/edit.h"

/* Memory that the edits may take: a device can be asked for many times. */
#define EDITS_SIZE_MAX (32 << 20)
#define EDIT_SIZE      64

/* --- bounds -------------------------------------------------------------------------------- */

static size_t size_of_texts(const struct cdi_texts *t)
{
	size_t size = 0;

	for (size_t i = 0; i < t->n; i++)
		size += EDIT_SIZE + strlen(t->items[i]);
	return size;
}

/* About as many bytes as the edits have as text. */
static size_t size_of(const struct cdi_edits *e)
{
	size_t size = size_of_texts(&e->env) + EDIT_SIZE * (e->n_net_devices + e->n_gids);

	for (size_t i = 0; i < e->n_nodes; i++)
		size += 4 * EDIT_SIZE + strlen(e->nodes[i].path) + strlen(e->nodes[i].permissions);
	for (size_t i = 0; i < e->n_net_devices; i++)
		size += strlen(e->net_devices[i].host) + strlen(e->net_devices[i].name);
	for (size_t i = 0; i < e->n_mounts; i++)
		size += EDIT_SIZE + strlen(e->mounts[i].host_path) +
			strlen(e->mounts[i].container_path) + strlen(e->mounts[i].type) +
			size_of_texts(&e->mounts[i].options);
	for (size_t i = 0; i < e->n_hooks; i++)
		size += EDIT_SIZE + strlen(e->hooks[i].path) + size_of_texts(&e->hooks[i].args) +
			size_of_texts(&e->hooks[i].env);
	return size;
}

static int check_size(const struct cdi_injection *in)
{
	size_t size = 0;

	for (size_t i = 0; i < in->n; i++) {
		size += size_of(in->blocks[i]);
		if (size > EDITS_SIZE_MAX)
			return fault_set(
				in->r.fault, -E2BIG,
				"the edits of all CDI devices together are larger than 32 MiB");
	}
	return 0;
}

/* --- the whole ----------------------------------------------------------------------------- */

/* The edits of each device, with those of its file before them where that is used first. */
static int collect(struct cdi_injection *in, struct cdi_cache *c, const struct cdi_request *q)
{
	struct cdi_device **devices = arena_alloc(in->r.arena, q->n, sizeof(*devices));
	int err;

	in->blocks = arena_alloc(in->r.arena, 2 * q->n, sizeof(const struct cdi_edits *));
	if (!devices || !in->blocks)
		return json_fault_oom(&in->r);
	err = cdi_find(c, q, devices, in->r.fault);
	if (err)
		return err;
	c->injections++;
	for (size_t i = 0; i < q->n; i++) {
		struct cdi_file *file = devices[i]->file;

		if (file->injection != c->injections)
			in->blocks[in->n++] = &file->edits;
		file->injection = c->injections;
		in->blocks[in->n++] = &devices[i]->edits;
	}
	return check_size(in);
}

static int inject_all(struct cdi_injection *in)
{
	static int (*const passes[])(struct cdi_injection * in) = {
		cdi_inject_env,	  cdi_inject_nodes, cdi_inject_net_devices, cdi_inject_mounts,
		cdi_inject_hooks, cdi_inject_rdt,   cdi_inject_gids,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(passes) && !err; i++) {
		err = passes[i](in);
		cdi_index_free(&in->index);
	}
	return err;
}

int cdi_inject(struct cdi_cache *cache, const struct cdi_request *request, struct cdi_host *host,
	       struct oci_document *doc, struct fault *fault)
{
	struct arena scratch cleanup(arena_free) = {0};
	cJSON *copy = cJSON_Duplicate(doc->root, true), *old;
	struct cdi_injection in = {
		.r = {.root = copy, .arena = &scratch, .fault = fault},
		.root = copy,
		.host = host,
		.index = {.arena = &scratch},
	};
	int err = copy ? collect(&in, cache, request) : json_fault_oom(&in.r);

	if (!err)
		err = inject_all(&in);
	if (!err) {
		old = doc->root;
		doc->root = copy;
		for (int i = 0; i < OCI_HOOK_POINTS; i++)
			doc->cdi_hooks[i] += in.hooks[i];
		copy = old;
	}
	cJSON_Delete(copy);
	return err;
}
