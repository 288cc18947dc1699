// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/endpoints.h"
#include "dev/expect.h"
#include "dev/vfio.h"
#include "init/lib/fd.h"
#include "init/lib/str.h"

/* How many functions of a device keep the descriptor of their directory between two steps. */
#define VFIO_DIRS_MAX 256

static int vfio_prepare(struct claim *c, const struct dev_env *env)
{
	const struct vfio *v;
	int err;

	err = vfio_option_read_all(c, env);
	if (err)
		return err;
	v = c->priv;
	if (!v->n) {
		fault_set(c->fault, 0, "no VFIO group: no option names a guest path");
		fault_expected(c->fault, "an option HOST=PATH");
		fault_found(c->fault, "%zu options, none with a path", c->device->n_options);
		return -EINVAL;
	}
	return 0;
}

/* Find one function and see that it is the expected one. */
static int vfio_locate_one(struct claim *c, const struct dev_env *env, struct vfio_function *f)
{
	struct pci_place *place = &f->place;
	int err;

	err = pci_locate(env, &f->option.path, place, &f->dir, c->fault);
	/* The name of the function contains its bus, which is known when all bridges are there. */
	if (err == -EAGAIN)
		return claim_wait(c, "pci", "add", place->name.s, "%.150s (guest path %.60s)",
				  place->missing, f->option.path_text);
	if (err == -ENODEV)
		endpoints_add(env->root, c->device, c->fault);
	return err ? err : expect_ids(c->device, env->root, &place->address, c->fault);
}

static void vfio_close(struct vfio_function *f)
{
	fd_close(&f->dir);
	f->dir = -1;
}

void vfio_close_all(struct vfio *v)
{
	for (size_t i = 0; i < v->n; i++)
		vfio_close(&v->functions[i]);
}

int vfio_locate(struct claim *c, const struct dev_env *env)
{
	struct vfio *v = c->priv;
	int err = 0;

	for (size_t i = 0; !err && i < v->n; i++) {
		struct vfio_function *f = &v->functions[i];

		if (f->checked)
			continue;
		err = vfio_locate_one(c, env, f);
		if (i >= VFIO_DIRS_MAX)
			vfio_close(f);
		f->binding.at = f->place.address;
		f->binding.name = f->place.name;
		f->binding.late = v->looked;
		f->checked = !err;
	}
	v->looked = true;
	return err;
}

/* Bind one function, unless another device needs its present driver. */
static int vfio_bind_one(struct claim *c, const struct dev_env *env, struct vfio_function *f)
{
	const struct claim *other;

	if (claim_other_use(c, env, &f->place.address, CLAIM_USE_VFIO, &other) == CLAIM_USE_KERNEL)
		return fault_set(
			c->fault, -EBUSY,
			"%s cannot be bound to vfio-pci: %.64s (%s) needs the guest kernel's driver for it",
			f->place.name.s, other->label, other->device->type);
	return bind_vfio(&f->binding, c, env, fd_take(&f->dir));
}

int vfio_give(struct claim *c, const struct dev_env *env, const char *driver)
{
	const struct vfio *v = c->priv;
	struct device_result *r = c->result;
	struct pci_mapping *pci = arena_alloc(env->arena, v->n, sizeof(*pci));

	if (!pci)
		return fault_oom(c->fault);
	for (size_t i = 0; i < v->n; i++)
		pci[i] = (struct pci_mapping){v->functions[i].option.host,
					      v->functions[i].place.address};
	r->vfio = true;
	r->pci = pci;
	r->n_pci = v->n;
	if (!v->n)
		return 0;
	memcpy(r->guest, v->functions[0].place.name.s, PCI_ADDRESS_LEN);
	if (driver)
		return str_copy(r->driver, sizeof(r->driver), driver);
	return pci_driver(env->root, &pci[0].guest, r->driver, c->fault);
}

static int vfio_advance(struct claim *c, const struct dev_env *env)
{
	struct vfio *v = c->priv;
	int err;

	err = vfio_locate(c, env);
	for (size_t i = 0; !err && i < v->n; i++)
		err = vfio_bind_one(c, env, &v->functions[i]);
	vfio_close_all(v);
	if (!err)
		err = vfio_group_find(c);
	if (!err)
		err = vfio_group_interrupts(c, env);
	if (!err)
		err = vfio_companions(c, env);
	if (!err)
		err = vfio_cdev_nodes(c, env);
	if (!err)
		err = vfio_group_node(c, env);
	if (!err)
		err = vfio_try(c, env);
	if (!err)
		err = vfio_give(c, env, BIND_DRIVER);
	if (!err)
		err = expect_driver(c->device, v->functions[0].place.name.s, c->result->driver,
				    c->fault);
	return err;
}

bool vfio_explain_missing(struct claim *c, const struct dev_env *env)
{
	const struct vfio *v = c->priv;

	for (size_t i = 0; i < v->n; i++) {
		if (v->functions[i].place.found)
			continue;
		pci_locate_explain(env->root, &v->functions[i].option.path, c->fault);
		endpoints_add(env->root, c->device, c->fault);
		return true;
	}
	return false;
}

/* The first function that is missing, else the first one without a driver. */
static void vfio_explain(struct claim *c, const struct dev_env *env)
{
	struct vfio *v = c->priv;
	char driver[SYSFS_DRIVER_MAX];

	if (vfio_explain_missing(c, env))
		return;
	for (size_t i = 0; i < v->n; i++) {
		struct binding *b = &v->functions[i].binding;

		if (pci_driver(env->root, &b->at, driver, c->fault) || driver[0])
			continue;
		bind_explain(b, c, env);
		return;
	}
}

bool vfio_has(struct claim *c, const struct dev_env *env, const struct pci_address *at)
{
	struct vfio *v = c->priv;
	struct fault ignored;

	for (size_t i = 0; i < v->n; i++)
		if (!pci_locate(env, &v->functions[i].option.path, &v->functions[i].place, NULL,
				&ignored) &&
		    pci_address_equal(&v->functions[i].place.address, at))
			return true;
	return false;
}

static const struct handler vfio_handler = {
	.types = (const char *const[]){"vfio-pci", NULL},
	.modules = (const char *const[]){"vfio-pci", "vfio_iommu_type1", NULL},
	.node = true,
	.prepare = vfio_prepare,
	.advance = vfio_advance,
	.explain = vfio_explain,
	.use = CLAIM_USE_VFIO,
	.has = vfio_has,
};

HANDLER_REGISTER(vfio_handler);
