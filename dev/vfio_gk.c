// SPDX-License-Identifier: Apache-2.0
/* vfio-pci-gk: PCI functions that the guest kernel drives; the container gets their addresses. */
#include "dev/expect.h"
#include "dev/vfio.h"

/* Wait until each function has the expected driver, which may bind after the function appears. */
static int vfio_gk_wait(struct claim *c, const struct dev_env *env)
{
	const struct vfio *v = c->priv;
	char driver[PCI_DRIVER_MAX];
	int err;

	for (size_t i = 0; c->device->expect_driver[0] && i < v->n; i++) {
		const struct pci_place *place = &v->functions[i].place;

		err = pci_driver(env->root, &place->address, driver, c->fault);
		if (err)
			return err;
		if (!driver[0])
			return claim_wait(c, "pci", "bind", place->name.s,
					  "driver %.64s to bind to %s", c->device->expect_driver,
					  place->name.s);
		err = expect_driver(c->device, place->name.s, driver, c->fault);
		if (err)
			return err;
	}
	return 0;
}

static int vfio_gk_advance(struct claim *c, const struct dev_env *env)
{
	int err;

	err = vfio_locate(c, env);
	if (!err)
		err = vfio_gk_wait(c, env);
	if (!err)
		err = vfio_give(c, env);
	return err;
}

static void vfio_gk_explain(struct claim *c, const struct dev_env *env)
{
	vfio_explain_missing(c, env);
}

static enum claim_use vfio_gk_use(struct claim *c, const struct dev_env *env,
				  const struct pci_address *at)
{
	return vfio_has(c, env, at) ? CLAIM_USE_KERNEL : CLAIM_USE_NONE;
}

static const struct handler vfio_gk_handler = {
	.types = (const char *const[]){"vfio-pci-gk", NULL},
	.modules = (const char *const[]){NULL},
	.prepare = vfio_option_read_all,
	.advance = vfio_gk_advance,
	.explain = vfio_gk_explain,
	.use = vfio_gk_use,
};

HANDLER_REGISTER(vfio_gk_handler);
