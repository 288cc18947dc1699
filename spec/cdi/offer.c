// SPDX-License-Identifier: Apache-2.0
/* CDI devices for the devices of the manifest, so that a request for one needs no spec file. */
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/spec.h"

#define OWN_KIND "coldinit.io/device"

#define CONTAINER_MINOR 196 /* of /dev/vfio/vfio (VFIO_MINOR of linux/miscdevice.h) */
#define MISC_MAJOR	10

/* All numbers are given, so that nothing looks at the node: a recorded tree has no nodes. */
static struct cdi_node cdi_offer_node(const char *path, const char *host_path, char type,
				      uint32_t major, uint32_t minor)
{
	return (struct cdi_node){.path = path,
				 .host_path = host_path,
				 .type = type == 'b' ? "b" : "c",
				 .major = major,
				 .minor = minor,
				 .permissions = ""};
}

/* The guest's nodes under the paths that they have in the container */
static int cdi_offer_nodes(struct arena *a, const struct device *d, const struct device_result *r,
			   struct cdi_edits *out)
{
	const char *path = *r->final_path	? r->final_path
			   : *d->container_path ? d->container_path
						: r->node;

	out->nodes = arena_alloc(a, 2 + r->n_extra, sizeof(*out->nodes));
	if (!out->nodes)
		return -ENOMEM;
	out->nodes[out->n_nodes++] =
		cdi_offer_node(path, r->node, r->node_type, r->major, r->minor);
	/* A VFIO group cannot be used without a VFIO container. */
	if (r->vfio && !str_starts(r->node, "/dev/vfio/devices/"))
		out->nodes[out->n_nodes++] =
			cdi_offer_node("/dev/vfio/vfio", "", 'c', MISC_MAJOR, CONTAINER_MINOR);
	for (size_t i = 0; i < r->n_extra; i++)
		if (strcmp(r->extra[i].path, r->node) != 0)
			out->nodes[out->n_nodes++] =
				cdi_offer_node(r->extra[i].path, "", r->extra[i].type,
					       r->extra[i].major, r->extra[i].minor);
	return 0;
}

static int cdi_offer_name(struct cdi_cache *cache, const struct device *d,
			  const struct device_result *r, const char *kind, const char *name)
{
	struct arena *a = &cache->arena;
	struct cdi_file *f = arena_alloc(a, 1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->kind = kind;
	f->priority = CDI_OFFERED;
	f->path = arena_printf(a, "the manifest's device \"%s\"", d->id);
	f->devices = arena_alloc(a, 1, sizeof(*f->devices));
	if (!kind || !f->path || !f->devices || cdi_offer_nodes(a, d, r, &f->devices->edits))
		return -ENOMEM;
	f->devices->name = name;
	f->n_devices = 1;
	return cdi_cache_add(cache, f);
}

static int cdi_offer_names(struct cdi_cache *cache, const struct device *d,
			   const struct device_result *r)
{
	const char *name = strchr(d->cdi, '=');
	int err = 0;

	if (cdi_name_check_device(d->id))
		err = cdi_offer_name(cache, d, r, OWN_KIND, d->id);
	if (!err && name)
		err = cdi_offer_name(
			cache, d, r,
			arena_printf(&cache->arena, "%.*s", (int)(name - d->cdi), d->cdi),
			name + 1);
	return err;
}

int cdi_offer(struct cdi_cache *cache, const struct device *devices,
	      const struct device_result *results, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		if (results[i].ready && results[i].node_type)
			err = cdi_offer_names(cache, &devices[i], &results[i]);
	return err;
}
