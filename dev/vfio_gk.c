// SPDX-License-Identifier: Apache-2.0
/*
 * vfio-pci-gk: PCI functions that the guest kernel drives. The container gets their addresses, and
 * with a "container_path" the node that the driver makes.
 */
#define pr_fmt(fmt) "vfio: " fmt

#include <errno.h>
#include <string.h>

#include "dev/drive.h"
#include "dev/expect.h"
#include "dev/node.h"
#include "dev/vfio.h"
#include "init/lib/log.h"
#include "init/lib/str.h"

/* How long the list of nodes must stay the same before a node with another name is taken. */
#define VFIO_GK_REST_MS 500

/* Kata's runtime gives the host's VFIO group as the path of these devices, too. */
static bool vfio_gk_wants_node(const struct claim *c)
{
	return c->device->container_path[0] && !str_starts(c->device->container_path, "/dev/vfio/");
}

static int vfio_gk_prepare(struct claim *c, const struct dev_env *env)
{
	const struct device *d = c->device;
	int err = vfio_option_read_all(c, env);

	if (err || !d->container_path[0])
		return err;
	if (!vfio_gk_wants_node(c))
		pr_warn("%.64s: the guest kernel drives it, so the container does not get %.64s (type vfio-pci gives the VFIO group)",
			c->label, d->container_path);
	else if (!((struct vfio *)c->priv)->n)
		return fault_set(
			c->fault, -EINVAL,
			"no option names a guest path, so there is no node for container_path %.100s",
			d->container_path);
	return 0;
}

/* Load what the function and the devices below it need, and read its driver. */
static int vfio_gk_drive(struct claim *c, const struct dev_env *env, struct vfio_function *f,
			 char driver[SYSFS_DRIVER_MAX])
{
	int found = drive_load(c, env, f->place.dir);

	if (found < 0)
		return found;
	f->has_module |= found;
	return pci_driver(env->root, &f->place.address, driver, c->fault);
}

static void vfio_gk_warn(const struct claim *c, const struct dev_env *env, struct vfio_function *f)
{
	char hint[512];

	/* Where no module can be loaded (a recorded tree), nothing is known about them. */
	if (f->warned || !env->drive)
		return;
	f->warned = true;
	drive_hint(env, f->place.dir, f->has_module, hint, sizeof(hint));
	pr_warn("%.64s: no driver is bound to %s: %s", c->label, f->place.name.s, hint);
}

/* Wait until a function has a driver, which must be the expected one. */
static int vfio_gk_function(struct claim *c, const struct dev_env *env, struct vfio_function *f)
{
	const char *expected = c->device->expect_driver;
	char driver[SYSFS_DRIVER_MAX];
	int err = vfio_gk_drive(c, env, f, driver);

	if (err)
		return err;
	if (driver[0])
		return expect_driver(c->device, f->place.name.s, driver, c->fault);
	if (expected[0])
		return claim_wait(c, "pci", "bind", f->place.name.s, "driver %.64s to bind to %s",
				  expected, f->place.name.s);
	/* The kernel binds a driver a moment after it announces a function that is plugged in. */
	if (env->drive && (f->has_module || f->binding.late) && !c->last)
		return claim_wait(c, "pci", "bind", f->place.name.s, "a driver to bind to %s",
				  f->place.name.s);
	vfio_gk_warn(c, env, f);
	return 0;
}

static int vfio_gk_collect(struct claim *c, const struct dev_env *env, struct node_list *list)
{
	const struct vfio *v = c->priv;
	int err = 0;

	for (size_t i = 0; i < v->n && !err; i++)
		err = node_collect(env->root, v->functions[i].place.dir, list);
	return err ? fault_strerror(c->fault, err, "cannot list the nodes of %s",
				    v->functions[0].place.name.s)
		   : 0;
}

static void vfio_gk_explain_nodes(struct claim *c, const struct node_list *list)
{
	const struct vfio *v = c->priv;
	struct sysfs_list text = {0};

	node_text(list, &text);
	fault_set(
		c->fault, 0,
		"container_path %.100s needs one node of %s, which has %s; leave container_path out if the container needs none",
		c->device->container_path, v->functions[0].place.name.s, text.text);
	fault_expected(c->fault, "one node for %.100s", c->device->container_path);
	fault_found(c->fault, "%s", text.text);
}

/* Give the container the node that its path means; it may appear after the driver is bound. */
static int vfio_gk_node(struct claim *c, const struct dev_env *env)
{
	const char *path = c->device->container_path;
	struct node_list list = {.n = 0};
	const struct node_entry *e;
	int i = vfio_gk_collect(c, env, &list);

	if (i)
		return i;
	i = node_choose(&list, path, c->rested || c->last);
	if (i == -ENOTUNIQ) {
		vfio_gk_explain_nodes(c, &list);
		return i;
	}
	if (i < 0) {
		if (list.n)
			claim_again(c, VFIO_GK_REST_MS);
		return claim_wait(c, NULL, NULL, NULL, "a node for %.100s", path);
	}
	e = &list.entry[i];
	i = claim_node(c, env, e->type, e->dir, e->name);
	return i == -ENOENT ? claim_wait(c, NULL, NULL, NULL, "the number of %s", e->name) : i;
}

static int vfio_gk_advance(struct claim *c, const struct dev_env *env)
{
	struct vfio *v = c->priv;
	int err;

	err = vfio_locate(c, env);
	vfio_close_all(v);
	for (size_t i = 0; i < v->n && !err; i++)
		err = vfio_gk_function(c, env, &v->functions[i]);
	if (!err && vfio_gk_wants_node(c))
		err = vfio_gk_node(c, env);
	return err ? err : vfio_give(c, env, NULL);
}

/* Anything that appears below a function can be its node, or a device that needs a driver. */
static bool vfio_gk_concerns(const struct claim *c, const struct uevent *ev)
{
	const struct vfio *v = c->priv;

	if (claim_woken(c, ev))
		return true;
	if (!vfio_gk_wants_node(c) || strcmp(ev->action, "add") != 0)
		return false;
	for (size_t i = 0; i < v->n; i++)
		if (v->functions[i].place.found &&
		    sysfs_below(ev->devpath, v->functions[i].place.dir))
			return true;
	return false;
}

static void vfio_gk_explain(struct claim *c, const struct dev_env *env)
{
	struct node_list list = {.n = 0};
	struct vfio *v = c->priv;
	char driver[SYSFS_DRIVER_MAX], hint[512];

	if (vfio_explain_missing(c, env))
		return;
	for (size_t i = 0; i < v->n && env->drive; i++) {
		struct vfio_function *f = &v->functions[i];

		if (pci_driver(env->root, &f->place.address, driver, c->fault) || driver[0])
			continue;
		drive_hint(env, f->place.dir, f->has_module, hint, sizeof(hint));
		fault_set(c->fault, 0, "no driver is bound to %s: %s", f->place.name.s, hint);
		fault_found(c->fault, "no driver");
		return;
	}
	if (vfio_gk_wants_node(c) && !vfio_gk_collect(c, env, &list))
		vfio_gk_explain_nodes(c, &list);
}

static const struct handler vfio_gk_handler = {
	.types = (const char *const[]){"vfio-pci-gk", NULL},
	.modules = (const char *const[]){NULL},
	.node = true,
	.prepare = vfio_gk_prepare,
	.advance = vfio_gk_advance,
	.concerns = vfio_gk_concerns,
	.explain = vfio_gk_explain,
	.use = CLAIM_USE_KERNEL,
	.has = vfio_has,
};

HANDLER_REGISTER(vfio_gk_handler);
