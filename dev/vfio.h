/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI functions for the container, in Kata's two types: vfio-pci (bound to vfio-pci, driven from
 * the container) and vfio-pci-gk (driven by the guest kernel).
 *
 * vfio_gk.c is the latter. vfio_option.c reads the device's options, vfio.c takes the functions
 * from plugged to bound, vfio_group.c their IOMMU group to a node, vfio_cdev.c has the nodes beside
 * it, vfio_companions.c sees that the group can be used (Documentation/driver-api/vfio.rst).
 */
#ifndef COLDINIT_DEV_VFIO_H
#define COLDINIT_DEV_VFIO_H

#include "dev/bind.h"
#include "dev/pci.h"

/** struct vfio_option - "HOST=PATH"; @path_text: PATH, "" if the runtime could not resolve it */
struct vfio_option {
	struct pci_address host;
	struct pci_path path;
	const char *path_text;
};

/**
 * vfio_option_parse() - parse one option of a device
 *
 * Return: 0, or -EINVAL with @fault set; @out is untouched on failure.
 */
int vfio_option_parse(const char *s, struct vfio_option *out, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * struct vfio_function - one function that is asked for
 * @place: where it is
 * @checked: it is the expected one
 * @binding: its way to vfio-pci
 */
struct vfio_function {
	struct vfio_option option;
	struct pci_place place;
	bool checked;
	struct binding binding;
};

/** struct vfio_companion - another function of the group, to be bound too; @refused: in vain */
struct vfio_companion {
	struct vfio_companion *next;
	struct binding binding;
	bool refused;
};

/**
 * struct vfio - a claim's priv
 * @functions: @n of them
 * @looked: the first scan is over: what comes now was plugged in late
 * @group, @group_node: the group's number, the name of its node ("noiommu-3" without an IOMMU)
 * @companions: those that have been met
 */
struct vfio {
	struct vfio_function *functions;
	size_t n;
	bool looked;
	char group[12], group_node[24];
	struct vfio_companion *companions;
};

/**
 * vfio_locate() - find all functions and see that they are the expected ones; touch none
 *
 * Return: 0, -EAGAIN after claim_wait(), else -errno with the claim's fault set.
 */
int vfio_locate(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * vfio_give() - put what both types give into the result: addresses, and the first one's driver
 *
 * Return: 0 or -errno with the claim's fault set.
 */
int vfio_give(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/** vfio_explain_missing() - is a function missing? Then put what is there instead into the fault.
 */
bool vfio_explain_missing(struct claim *c, const struct dev_env *env) nonnull(1, 2);

/** vfio_has() - is the function at @at one of the device's? */
bool vfio_has(struct claim *c, const struct dev_env *env, const struct pci_address *at)
	nonnull(1, 2, 3);

/** vfio_option_read_all() - read all options of a device into a new struct vfio. Return: 0 or
 * -errno. */
int vfio_option_read_all(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/** vfio_group_find() - the one group of all functions, which are bound. Return: 0 or -errno. */
int vfio_group_find(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/** vfio_group_interrupts() - apply the policy on IOMMUs without interrupt remapping */
int vfio_group_interrupts(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * vfio_companions() - make or see the group viable, as the device's policy says
 *
 * Return: 0, -EAGAIN after claim_wait(), else -errno with the claim's fault naming the members.
 */
int vfio_companions(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/** vfio_cdev_nodes() - the nodes beside the group's, if the kernel has them. Return: as above. */
#ifdef CONFIG_VFIO_CDEV
int vfio_cdev_nodes(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);
#else
static inline int must_check vfio_cdev_nodes(struct claim *c, const struct dev_env *env)
{
	(void)c, (void)env;
	return 0;
}
#endif

/** vfio_group_node() - the node and its numbers, into the claim's result. Return: as above. */
int vfio_group_node(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

#endif
