// SPDX-License-Identifier: Apache-2.0
/*
 * How CDI devices get into config.json
 * ------------------------------------
 *
 * cdi_cache_find() finds the device of each requested name. If one name is missing, nothing is
 * edited. cdi_inject_collect() makes the list of containerEdits objects ("blocks") in the order in
 * which they are applied: for each requested device in turn, the edits of its file if this
 * injection has not used the file yet, then the device's own edits. A device that is requested
 * twice is applied twice.
 *
 * The Go library applies a block at a time. Here the work is in passes: one kind of edit, from all
 * blocks, at a time. The result is the same, because no kind of edit reads what another kind
 * writes, and because the sort of mounts is stable. A pass indexes its list in config.json once,
 * so that thousands of edits do not each search through thousands of entries. The passes, in
 * their order:
 *
 * env: process.env. A variable replaces the last one with the same name in its place, else it is
 *	appended.
 * deviceNodes: linux.devices. The first node with the same path is removed, and the new one
 *	appended; a rule for a block or character device is appended to linux.resources.devices.
 * netDevices: linux.netDevices. An interface replaces the one with the same key.
 * mounts: mounts. The first mount with the same destination is removed, and the new one appended.
 *	After the last one, all mounts are sorted by the depth of their destination.
 * hooks: hooks.<point>, appended.
 * intelRdt: linux.intelRdt, replaced.
 * additionalGids: process.user.additionalGids, appended unless the group is there or 0.
 *
 * A pass makes its place in config.json with its first edit, and changes nothing without an edit.
 * In particular, mounts are not sorted then.
 *
 * As in spec/oci_patch.c, all work is done on a copy of the tree, which becomes the document only
 * if each step was successful. The structures of the spec files are not changed.
 */
#include <errno.h>
#include <string.h>

#include "spec/cdi/inject.h"

/* Bounds the memory for the edits: a device can be requested many times. */
#define EDITS_SIZE_MAX (32 << 20)
#define EDIT_SIZE      64

/* --- bounds -------------------------------------------------------------------------------- */

static size_t cdi_inject_texts_size(const struct cdi_texts *t)
{
	size_t size = 0;

	for (size_t i = 0; i < t->n; i++)
		size += EDIT_SIZE + strlen(t->items[i]);
	return size;
}

/* Return: roughly the bytes of the edits as JSON text. */
static size_t cdi_inject_size(const struct cdi_edits *e)
{
	size_t size = cdi_inject_texts_size(&e->env) + EDIT_SIZE * (e->n_net_devices + e->n_gids);

	for (size_t i = 0; i < e->n_nodes; i++)
		size += 4 * EDIT_SIZE + strlen(e->nodes[i].path) + strlen(e->nodes[i].permissions);
	for (size_t i = 0; i < e->n_net_devices; i++)
		size += strlen(e->net_devices[i].host) + strlen(e->net_devices[i].name);
	for (size_t i = 0; i < e->n_mounts; i++)
		size += EDIT_SIZE + strlen(e->mounts[i].host_path) +
			strlen(e->mounts[i].container_path) + strlen(e->mounts[i].type) +
			cdi_inject_texts_size(&e->mounts[i].options);
	for (size_t i = 0; i < e->n_hooks; i++)
		size += EDIT_SIZE + strlen(e->hooks[i].path) +
			cdi_inject_texts_size(&e->hooks[i].args) +
			cdi_inject_texts_size(&e->hooks[i].env);
	return size;
}

static int cdi_inject_check_size(const struct cdi_injection *in)
{
	size_t size = 0;

	for (size_t i = 0; i < in->n; i++) {
		size += cdi_inject_size(in->blocks[i]);
		if (size > EDITS_SIZE_MAX)
			return fault_set(
				in->r.fault, -E2BIG,
				"the edits of all CDI devices together are larger than 32 MiB");
	}
	return 0;
}

/* --- all edits ----------------------------------------------------------------------------- */

static void cdi_inject_add(struct cdi_injection *in, const struct cdi_edits *edits,
			   const struct cdi_device *device)
{
	in->owners[in->n] = device;
	in->blocks[in->n++] = edits;
}

static int cdi_inject_collect(struct cdi_injection *in, struct cdi_cache *cache,
			      const struct cdi_request *request)
{
	size_t n = request->n;
	struct cdi_device **devices = arena_alloc(in->r.arena, n, sizeof(*devices));
	int err;

	in->blocks = arena_alloc(in->r.arena, 2 * n, sizeof(const struct cdi_edits *));
	in->owners = arena_alloc(in->r.arena, 2 * n, sizeof(*in->owners));
	if (!devices || !in->blocks || !in->owners)
		return json_fault_oom(&in->r);
	err = cdi_cache_find(cache, request, devices, in->r.fault);
	if (err)
		return err;
	cache->injections++;
	for (size_t i = 0; i < n; i++) {
		struct cdi_file *file = devices[i]->file;

		if (file->injection != cache->injections)
			cdi_inject_add(in, &file->edits, devices[i]);
		file->injection = cache->injections;
		cdi_inject_add(in, &devices[i]->edits, devices[i]);
	}
	return cdi_inject_check_size(in);
}

static void cdi_inject_blame(struct cdi_injection *in, const struct cdi_device *d)
{
	fault_add(in->r.fault, " (for %.150s=%.100s of %.150s)", d->file->kind, d->name,
		  d->file->path ? d->file->path : "coldinit");
}

static int cdi_inject_pass(struct cdi_injection *in, const struct cdi_pass *pass)
{
	bool begun = false;
	int err = 0;

	for (size_t i = 0; i < in->n && !err; i++) {
		const struct cdi_edits *e = in->blocks[i];
		size_t n = *(const size_t *)((const char *)e + pass->count);

		if (n && !begun && pass->begin)
			err = pass->begin(in);
		begun = begun || n;
		for (size_t k = 0; k < n && !err; k++)
			err = pass->put(in, e, k);
		if (err && err != -ENOMEM && pass->of_device)
			cdi_inject_blame(in, in->owners[i]);
	}
	return begun && !err && pass->end ? pass->end(in) : err;
}

static int cdi_inject_all(struct cdi_injection *in)
{
	static const struct cdi_pass *const passes[] = {
		&cdi_process_env,   &cdi_linux_nodes, &cdi_linux_net_devices, &cdi_mounts,
		&cdi_process_hooks, &cdi_linux_rdt,   &cdi_process_gids,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(passes) && !err; i++) {
		err = cdi_inject_pass(in, passes[i]);
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
	int err = copy ? cdi_inject_collect(&in, cache, request) : json_fault_oom(&in.r);

	if (!err)
		err = cdi_inject_all(&in);
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
