// SPDX-License-Identifier: Apache-2.0
/*
 * The nodes of kernels with IOMMUFD in addition to the group's: /dev/iommu, and
 * /dev/vfio/devices/vfio<N> of each function (Documentation/driver-api/vfio.rst, "VFIO Device
 * cdev").
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/vfio.h"
#include "init/lib/root.h"

#define VFIO_CDEV_IOMMU "sys/class/misc/iommu"

/* Get the node of one function. Return: 0, -ENOENT if the kernel makes none, -EAGAIN, -errno. */
static int vfio_cdev_node(struct claim *c, const struct dev_env *env, const char *function,
			  struct device_node *out)
{
	char dir[160], vfio[SYSFS_NAME_MAX], name[sizeof("vfio/devices/") + sizeof(vfio)];
	int err;

	snprintf(dir, sizeof(dir), PCI_DEVICES "/%s/vfio-dev", function);
	err = sysfs_first(env->root, dir, "", vfio);
	if (err && err != -ENOENT)
		return fault_strerror(c->fault, err, "cannot list /%s", dir);
	if (err)
		return claim_wait(c, "vfio-dev", "add", NULL, "the VFIO device of %s", function);
	snprintf(dir, sizeof(dir), PCI_DEVICES "/%s/vfio-dev/%s", function, vfio);
	snprintf(name, sizeof(name), "vfio/devices/%s", vfio);
	return claim_make_node(c, env, 'c', dir, name, out);
}

int vfio_cdev_nodes(struct claim *c, const struct dev_env *env)
{
	const struct vfio *v = c->priv;
	struct dev_round *round = env->round;
	struct device_node *nodes;
	size_t n = 0;
	int err;

	/* Without /dev/iommu the kernel has no nodes of functions, and they could not be used. */
	err = round->no_iommu ? 0 : root_look(env->root, c->fault, VFIO_CDEV_IOMMU);
	round->no_iommu = !err;
	if (err <= 0)
		return err;
	nodes = arena_alloc(env->arena, v->n + 1, sizeof(*nodes));
	if (!nodes)
		return fault_oom(c->fault);
	for (size_t i = 0; i < v->n; i++) {
		err = vfio_cdev_node(c, env, v->functions[i].place.name.s, &nodes[n]);
		if (err == -ENOENT)
			return 0;
		if (err)
			return err;
		n++;
	}
	if (round->iommu)
		nodes[n] = *round->iommu;
	else
		err = claim_make_node(c, env, 'c', VFIO_CDEV_IOMMU, "iommu", &nodes[n]);
	if (err)
		return err == -ENOENT ? 0 : err;
	round->iommu = &nodes[n];
	c->result->extra = nodes;
	c->result->n_extra = n + 1;
	return 0;
}
