// SPDX-License-Identifier: Apache-2.0
/*
 * Can the container use the VFIO group? sysfs does not say whether an IOMMU isolates interrupts
 * (x86: interrupt remapping, which also needs the kernel's consent; arm64: the ITS, with any
 * IOMMU), and not which drivers of bridges leave a group to user space. The kernel knows both, so
 * a helper process does what the container's program will do first (Documentation/driver-api/
 * vfio.rst): VFIO_GROUP_GET_STATUS, VFIO_GROUP_SET_CONTAINER, VFIO_SET_IOMMU. It ends at once, and
 * all is closed with it.
 *
 * It takes about a millisecond for each group, so a group is only tried if there is a doubt: if the
 * interrupts of the machine are not remapped, or if a bridge in the group has a driver that is not
 * the kernel's port driver.
 */
#define pr_fmt(fmt) "vfio: " fmt

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "dev/vfio.h"
#include "init/lib/log.h"
#include "init/lib/root.h"

/*
 * Interrupts of x86 are remapped: then the controller of the first ones is named "IR-IO-APIC". The
 * list of all takes the kernel twenty times as long as the first line of it.
 */
static bool vfio_try_is_remapped(int root)
{
	static const char remapped[] = "IR-IO-APIC";
	char text[8192];
	ssize_t n = root_read(root, text, sizeof(text), "sys/kernel/irq/0/chip_name");

	if (n > 0 && !strcmp(text, remapped))
		return true;
	int fd cleanup(fd_close) = root_open(root, O_RDONLY, 0, "proc/interrupts");
	n = fd < 0 ? fd : fd_read(fd, text, sizeof(text));
	return n > 0 && memmem(text, (size_t)n, remapped, sizeof(remapped) - 1);
}

static bool vfio_try_remaps(const struct dev_env *env)
{
	struct dev_round *round = env->round;

	if (!round->remapping_known)
		round->remapping = vfio_try_is_remapped(env->root);
	round->remapping_known = true;
	return round->remapping;
}

static int vfio_try_not_viable(struct claim *c, const struct dev_env *env)
{
	const struct vfio *v = c->priv;

	fault_set(
		c->fault, 0,
		"IOMMU group %s is not viable, says the kernel: a bridge of it has a driver that keeps the group (%s); unbind that driver, or boot without it",
		v->group, v->doubt[0] ? v->doubt : "none is known");
	fault_expected(c->fault, "all of IOMMU group %s on vfio-pci or without a driver", v->group);
	fault_found(c->fault, "%s", v->doubt);
	vfio_companions_name(c, env);
	return -EBUSY;
}

/* What the helper process has found. */
static int vfio_try_judge(struct claim *c, const struct dev_env *env)
{
	struct vfio *v = c->priv;
	int err = c->helper_error;

	v->tried = true;
	if (err == VFIO_TRY_NOT_VIABLE)
		return vfio_try_not_viable(c, env);
	if (err == -EPERM)
		return vfio_group_unsafe(c, env);
	/* -EBUSY: another device of the group is being tried. */
	if (err && err != -EBUSY)
		pr_warn("%.64s: VFIO group %s could not be tried: %s", c->label, v->group,
			strerror(-err));
	return 0;
}

int vfio_try(struct claim *c, const struct dev_env *env)
{
	struct vfio *v = c->priv;
	char node[40];
	pid_t pid;

	if (v->tried || !env->ops->try_group || strcmp(v->group, v->group_node) != 0 ||
	    (!v->doubt[0] && !v->trying && vfio_try_remaps(env)))
		return 0;
	if (v->trying && !c->helper)
		return vfio_try_judge(c, env);
	if (!c->helper) {
		snprintf(node, sizeof(node), "dev/vfio/%s", v->group_node);
		pid = env->ops->try_group(env->root, node);
		if (pid < 0)
			return fault_strerror(c->fault, pid, "cannot try VFIO group %s", v->group);
		c->helper = pid;
		v->trying = true;
	}
	return claim_wait(c, NULL, NULL, NULL, "VFIO group %s to be tried", v->group);
}
