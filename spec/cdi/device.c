// SPDX-License-Identifier: Apache-2.0
/* CDI devices of those that the manifest had set up, so that asking for one needs no spec file. */
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "spec/cdi/spec.h"

#define OWN_KIND "coldinit.io/device"

#define CONTAINER_MINOR 196 /* of /dev/vfio/vfio (VFIO_MINOR of linux/miscdevice.h) */
#define MISC_MAJOR	10

/* All is known of it, so that it need not be looked at: a recorded tree has no nodes. */
static struct cdi_node node(const char *path, const char *host_path, char type, uint32_t major,
			    uint32_t minor)
{
	return (struct cdi_node){.path = path,
				 .host_path = host_path,
				 .type = type == 'b' ? "b" : "c",
				 .major = major,
				 .minor = minor,
				 .permissions = ""};
}

/* What the container gets: the path that the device has there, and the guest's node behind it. */
static int make_nodes(struct arena *a, const struct device *d, const struct device_result *r,
		      struct cdi_edits *out)
{
	const char *path = *r->final_path	? r->final_path
			   : *d->container_path ? d->container_path
						: r->node;

	out->nodes = arena_alloc(a, 2 + r->n_extra, sizeof(*out->nodes));
	if (!out->nodes)
		return -ENOMEM;
	out->nodes[out->n_nodes++] = node(path, r->node, r->node_type, r->major, r->minor);
	/* A VFIO group is of no use without the container that it joins. */
	if (r->vfio && !str_starts(r->node, "/dev/vfio/devices/"))
		out->nodes[out->n_nodes++] =
			node("/dev/vfio/vfio", "", 'c', MISC_MAJOR, CONTAINER_MINOR);
	for (size_t i = 0; i < r->n_extra; i++)
		if (strcmp(r->extra[i].path, r->node) != 0)
			out->nodes[out->n_nodes++] = node(r->extra[i].path, "", r->extra[i].type,
							  r->extra[i].major, r->extra[i].minor);
	return 0;
}

static int offer(struct cdi_cache *c, const struct device *d, const struct device_result *r,
		 const char *kind, const char *name)
{
	struct cdi_file *f = arena_alloc(&c->arena, 1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->kind = kind;
	f->priority = CDI_OFFERED;
	f->path = arena_printf(&c->arena, "the manifest's device \"%s\"", d->id);
	f->devices = arena_alloc(&c->arena, 1, sizeof(*f->devices));
	if (!kind || !f->path || !f->devices ||
	    make_nodes(&c->arena, d, r, &f->devices->edits) != 0)
		return -ENOMEM;
	f->devices->name = name;
	f->n_devices = 1;
	return cdi_add(c, f);
}

static int offer_names(struct cdi_cache *c, const struct device *d, const struct device_result *r)
{
	const char *name = strchr(d->cdi, '=');
	int err = 0;

	if (cdi_device_check(d->id))
		err = offer(c, d, r, OWN_KIND, d->id);
	if (!err && name)
		err = offer(c, d, r, arena_printf(&c->arena, "%.*s", (int)(name - d->cdi), d->cdi),
			    name + 1);
	return err;
}

int cdi_offer(struct cdi_cache *c, const struct device *devices,
	      const struct device_result *results, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		if (results[i].ready && results[i].node_type)
			err = offer_names(c, &devices[i], &results[i]);
	return err;
}
