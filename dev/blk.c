// SPDX-License-Identifier: Apache-2.0
/* A virtio-blk disk on PCI: "id" is the PCI path of its function. */
#include <errno.h>
#include <string.h>

#include "dev/disk.h"
#include "dev/endpoints.h"
#include "dev/function.h"

#define VENDOR_VIRTIO 0x1af4

static int blk_prepare(struct claim *c, const struct dev_env *env)
{
	c->priv = arena_alloc(env->arena, 1, sizeof(struct function));
	if (!c->priv)
		return fault_oom(c->fault);
	return function_parse(c->priv, c);
}

/* A function with another vendor than virtio's will never be a disk of this type. */
static int blk_check_vendor(struct claim *c, const struct dev_env *env,
			    const struct pci_place *place)
{
	struct pci_ids ids;
	int err;

	err = pci_read_ids(env->root, &place->address, &ids, c->fault);
	if (err)
		return err;
	if (ids.vendor == VENDOR_VIRTIO)
		return 0;
	fault_set(
		c->fault, 0,
		"%s is no virtio device, but %04x:%04x (type vfio-pci-gk leaves any device to the guest's driver); is the path right?",
		place->name.s, ids.vendor, ids.device);
	fault_expected(c->fault, "a virtio block device (1af4:1001 or 1af4:1042) at %s",
		       place->name.s);
	fault_found(c->fault, "%04x:%04x", ids.vendor, ids.device);
	endpoints_add(env->root, c->device, c->fault);
	return -ENODEV;
}

static int blk_advance(struct claim *c, const struct dev_env *env)
{
	struct function *f = c->priv;
	int err;

	err = function_find(f, c, env);
	if (!err)
		err = blk_check_vendor(c, env, &f->place);
	if (!err)
		err = disk_of_virtio(c, env, f->place.dir, f->place.name.s);
	if (err == -EAGAIN && f->place.found) {
		err = function_drive(f, c, env);
		err = err < 0 ? err : disk_of_virtio(c, env, f->place.dir, f->place.name.s);
	}
	return err ? err : function_give(f, c, env);
}

/* The disk comes last, after the function and its driver, so other uevents do not matter. */
static bool blk_concerns(const struct claim *c, const struct uevent *ev)
{
	const struct function *f = c->priv;
	const char *tail = f->place.dir[0] ? sysfs_below(ev->devpath, f->place.dir)
					   : strstr(ev->devpath, "/virtio");

	return disk_added(ev) && tail && disk_is_virtio(tail);
}

static void blk_explain(struct claim *c, const struct dev_env *env)
{
	function_explain(c->priv, c, env, "a virtio disk", "is it a disk, and virtio_blk loaded?");
}

static bool blk_has(struct claim *c, const struct dev_env *env, const struct pci_address *at)
{
	return function_is_at(c->priv, env, at);
}

static const struct handler blk_handler = {
	.types = (const char *const[]){"blk", NULL},
	.modules = (const char *const[]){NULL},
	.node = true,
	.prepare = blk_prepare,
	.advance = blk_advance,
	.concerns = blk_concerns,
	.explain = blk_explain,
	.use = CLAIM_USE_KERNEL,
	.has = blk_has,
};

HANDLER_REGISTER(blk_handler);
