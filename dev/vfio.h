/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI functions for the container, in Kata's two types: vfio-pci (bound to vfio-pci, driven from
 * the container) and vfio-pci-gk (driven by the guest kernel).
 *
 * vfio_option.c parses the device's options. vfio.c finds the functions and binds them,
 * vfio_group.c gives the node of their IOMMU group, vfio_cdev.c the further nodes,
 * vfio_companions.c makes sure that the group can be used (Documentation/driver-api/vfio.rst),
 * vfio_try.c tries that.
 * vfio_gk.c is the second type.
 */
#ifndef COLDINIT_DEV_VFIO_H
#define COLDINIT_DEV_VFIO_H

#include "dev/bind.h"
#include "dev/pci.h"

/** VFIO_IOMMU_GROUPS - the directory with a directory for each IOMMU group */
#define VFIO_IOMMU_GROUPS "sys/kernel/iommu_groups"

/** VFIO_DEVICES - the directory with the device of each VFIO group, named as the group's node */
#define VFIO_DEVICES "sys/devices/virtual/vfio"

/** VFIO_CONTAINER - the device of /dev/vfio/vfio */
#define VFIO_CONTAINER "sys/class/misc/vfio"

/** VFIO_ARM64_CPU - exists only on arm64 (Documentation/ABI/testing/sysfs-devices-system-cpu) */
#define VFIO_ARM64_CPU "sys/devices/system/cpu/cpu0/regs/identification"

/** VFIO_CLASS - the directory with a link to each of them */
#define VFIO_CLASS "sys/class/vfio"

/**
 * struct vfio_option - "HOST=PATH"
 * @host: the address on the host
 * @path: the path in the guest
 * @path_text: PATH, "" if the runtime could not resolve it; not copied
 */
struct vfio_option {
	struct pci_address host;
	struct pci_path path;
	const char *path_text;
};

/**
 * vfio_option_parse() - parse one option of a device
 * @s: the option
 * @out: gets it, and points to @s; untouched on failure
 * @fault: gets the error
 *
 * Return: 0 or -EINVAL.
 */
int vfio_option_parse(const char *s, struct vfio_option *out, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * struct vfio_function - one requested function
 * @option: how it was requested
 * @place: where it is
 * @dir: descriptor of its directory from its search until it is bound, else -1
 * @checked: it is the expected one
 * @binding: its way to vfio-pci, valid when @checked
 * @has_module, @warned: of vfio-pci-gk: there was a module for it; its missing driver is logged
 */
struct vfio_function {
	struct vfio_option option;
	struct pci_place place;
	int dir;
	bool checked, has_module, warned;
	struct binding binding;
};

/**
 * struct vfio_companion - another function of the group that is bound, too
 * @next: the next one
 * @binding: its way to vfio-pci
 * @refused: vfio-pci did not bind to it
 */
struct vfio_companion {
	struct vfio_companion *next;
	struct binding binding;
	bool refused;
};

/**
 * struct vfio - a claim's priv
 * @functions: @n of them
 * @looked: the first scan is over, so a function that is found now was plugged in late
 * @group: number of the IOMMU group
 * @group_node: name of its node, "noiommu-3" without an IOMMU
 * @companions: those that have been found so far
 * @doubt: "BRIDGE (driver DRIVER)" of the group whose driver may keep the group, "" for none
 * @trying, @tried: vfio_try() has begun, has ended
 */
struct vfio {
	struct vfio_function *functions;
	size_t n;
	bool looked;
	char group[12], group_node[24];
	struct vfio_companion *companions;
	char doubt[80];
	bool trying, tried;
};

/**
 * vfio_option_read_all() - parse all options of a device into a new struct vfio
 * @c: the claim; its priv gets the struct, its fault the error
 * @env: where
 *
 * Options without a guest path are left out with a warning.
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int vfio_option_read_all(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * vfio_locate() - find all functions and check that they are the expected ones; change nothing
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: 0, -EAGAIN after claim_wait(), -ENODEV if another device is there, or the error of
 * pci_locate().
 */
int vfio_locate(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * vfio_close_all() - close the descriptors that vfio_locate() has opened, if they still are open
 * @v: the claim's priv
 */
void vfio_close_all(struct vfio *v) nonnull(1);

/**
 * vfio_give() - put the addresses, and the driver of the first function, into the result
 * @c: the claim, whose functions have been found; its fault gets the error
 * @env: where
 * @driver: the driver of all functions, NULL to read that of the first one
 *
 * Return: 0, -ENOMEM, or the error of pci_driver().
 */
int vfio_give(struct claim *c, const struct dev_env *env, const char *driver) must_check
	nonnull(1, 2);

/**
 * vfio_explain_missing() - if a function is missing, put what is there instead into the fault
 * @c: the claim
 * @env: where
 *
 * Return: true if a function is missing.
 */
bool vfio_explain_missing(struct claim *c, const struct dev_env *env) nonnull(1, 2);

/**
 * vfio_has() - find out whether a function is one of the device's
 * @c: the claim
 * @env: where
 * @at: the function's address
 *
 * Return: true if it is.
 */
bool vfio_has(struct claim *c, const struct dev_env *env, const struct pci_address *at)
	nonnull(1, 2, 3);

/**
 * vfio_group_find() - find the IOMMU group of all functions, which are bound
 * @c: the claim; its fault gets the error
 *
 * Return: 0, -ENODEV if a function has no group, -EINVAL if they are in different groups.
 */
int vfio_group_find(struct claim *c) must_check nonnull(1);

/**
 * vfio_group_interrupts() - apply the policy on unsafe interrupts where no group can be tried
 * @c: the claim; its fault gets the error
 * @env: where, without try_group()
 *
 * There only virtio-iommu is known not to remap interrupts, except on arm64: its interrupt
 * controller (ITS) isolates them with any IOMMU.
 *
 * Return: 0, or as vfio_group_unsafe().
 */
int vfio_group_interrupts(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

/**
 * vfio_group_unsafe() - apply the policy: the IOMMU does not isolate the interrupts of the group
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * VFIO refuses the group (EPERM) unless allow_unsafe_interrupts is set.
 *
 * Return: 0, -EPERM if the policy is to refuse, or the errno of setting it.
 */
int vfio_group_unsafe(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

#ifdef CONFIG_VFIO_TRY

/**
 * vfio_try() - find out whether the container can use the group, if there is a doubt
 * @c: the claim, whose group has its node; its fault gets the error
 * @env: where
 *
 * Return: 0, -EAGAIN after claim_wait(), -EBUSY if the group is not viable, -EPERM as
 * vfio_group_unsafe(), or the errno of starting the helper process.
 */
int vfio_try(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

#else

static inline int must_check vfio_try(struct claim *c, const struct dev_env *env)
{
	(void)c, (void)env;
	return 0;
}

#endif

/**
 * vfio_companions_name() - put the names of all members of the group into the claim's fault
 * @c: the claim
 * @env: where
 */
void vfio_companions_name(struct claim *c, const struct dev_env *env) nonnull(1, 2);

/**
 * vfio_companions() - make sure that the group is viable, as the device's policy says
 * @c: the claim; its fault gets the error and the names of all members
 * @env: where
 *
 * Return: 0, -EAGAIN after claim_wait(), -EBUSY if the group is not viable, or the error of
 * bind_vfio().
 */
int vfio_companions(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

#ifdef CONFIG_VFIO_CDEV

/**
 * vfio_cdev_nodes() - put the nodes of kernels with IOMMUFD into the result, if there are any
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: 0, -EAGAIN after claim_wait(), -ENOMEM, or the error of claim_make_node().
 */
int vfio_cdev_nodes(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

#else

static inline int must_check vfio_cdev_nodes(struct claim *c, const struct dev_env *env)
{
	(void)c, (void)env;
	return 0;
}

#endif

/**
 * vfio_group_node() - put the group's node, or the function's if that was requested, into the
 * result
 * @c: the claim; its fault gets the error
 * @env: where
 *
 * Return: 0, -EAGAIN after claim_wait(), -ENODEV if the kernel does not have the requested node, or
 * the error of claim_node().
 */
int vfio_group_node(struct claim *c, const struct dev_env *env) must_check nonnull(1, 2);

#endif
