// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "dev/bind.h"
#include "dev/endpoints.h"
#include "init/lib/root.h"

static int bind_override(struct binding *b, int dir, struct claim *c, const struct dev_env *env)
{
	int err = dir < 0 ? dir : env->ops->write(dir, "driver_override", BIND_DRIVER);

	if (err)
		return fault_strerror(c->fault, err,
				      "cannot write " BIND_DRIVER " to /" PCI_DEVICES
				      "/%s/driver_override",
				      b->name.s);
	b->overridden = true;
	return 0;
}

static int bind_conflict(const struct binding *b, struct claim *c, int err, const char *driver,
			 const char *why)
{
	fault_set(c->fault, err, "%s stays bound to %s instead of " BIND_DRIVER ": %s", b->name.s,
		  driver, why);
	fault_expected(c->fault, "driver " BIND_DRIVER " on %s", b->name.s);
	fault_found(c->fault, "driver %s", driver);
	return err;
}

/*
 * vfio-pci refuses bridges, and a bridge needs its driver for the functions behind it. Return: 1,
 * 0, or -errno with the fault set.
 */
static int bind_is_bridge(const struct binding *b, struct claim *c, const struct dev_env *env)
{
	int class = pci_class(env->root, &b->at);

	return class < 0 ? fault_strerror(c->fault, class, "cannot read the class of %s", b->name.s)
			 : pci_class_is_bridge(class);
}

static int bind_refuse_bridge(const struct binding *b, struct claim *c, const struct dev_env *env)
{
	fault_set(
		c->fault, 0,
		"%s is a bridge, which cannot be given to a container: name a function behind it.",
		b->name.s);
	fault_expected(c->fault, "an endpoint at %s", b->name.s);
	fault_found(c->fault, "a bridge");
	endpoints_add(env->root, c->device, c->fault);
	return -EINVAL;
}

static int bind_wait_unbind(const struct binding *b, struct claim *c, const char *driver)
{
	return claim_wait(c, "pci", "unbind", b->name.s, "driver %s to let go of %s", driver,
			  b->name.s);
}

/*
 * Unbinding blocks while a process has the device open, so a helper process does it. It gets the
 * driver's name: when it runs, the link "driver" could already lead to vfio-pci.
 */
static int bind_unbind(struct binding *b, struct claim *c, const struct dev_env *env,
		       const char *driver)
{
	char path[96];
	pid_t pid;
	int is_bridge;

	if (c->helper)
		return bind_wait_unbind(b, c, driver);
	if (!strcmp(b->left, driver))
		return bind_conflict(b, c, c->helper_error ? c->helper_error : -EBUSY, driver,
				     c->helper_error ? strerror(-c->helper_error)
						     : "unbinding it did not help");
	is_bridge = bind_is_bridge(b, c, env);
	if (is_bridge)
		return is_bridge < 0 ? is_bridge : bind_refuse_bridge(b, c, env);
	snprintf(path, sizeof(path), PCI_DRIVERS "/%s/unbind", driver);
	pid = env->ops->write_async(env->root, path, b->name.s);
	if (pid < 0)
		return bind_conflict(b, c, pid, driver, strerror(-pid));
	snprintf(b->left, sizeof(b->left), "%s", driver);
	b->probed = false;
	c->helper = pid;
	return bind_wait_unbind(b, c, driver);
}

static int bind_why(const struct binding *b, struct claim *c, const struct dev_env *env,
		    const char **why, const char **releases)
{
	int there = root_look(env->root, c->fault, PCI_DRIVERS "/" BIND_DRIVER);

	*why = "it refused the device: see the kernel's log";
	if (there > 0) {
		there = root_look(env->root, c->fault, PCI_DEVICES "/%s/iommu_group", b->name.s);
		if (!there)
			*why = "it has no IOMMU group: " BIND_IOMMU_HINT;
	} else if (!there) {
		*why = "the kernel has no such driver: is its module in the initramfs?";
		*releases = env->releases ? env->releases : "";
	}
	return there < 0 ? there : 0;
}

int bind_explain(const struct binding *b, struct claim *c, const struct dev_env *env)
{
	const char *why, *releases = "";
	int err = bind_is_bridge(b, c, env);

	if (err)
		return err < 0 ? err : bind_refuse_bridge(b, c, env);
	err = bind_why(b, c, env, &why, &releases);
	if (err)
		return err;
	fault_set(c->fault, 0, BIND_DRIVER " did not bind to %s: %s%s", b->name.s, why, releases);
	fault_expected(c->fault, "driver " BIND_DRIVER " on %s", b->name.s);
	fault_found(c->fault, "no driver");
	return -ENODEV;
}

/* The write usually succeeds even if no driver binds. */
static int bind_probe(struct binding *b, struct claim *c, const struct dev_env *env)
{
	const struct dev_ops *ops = env->ops;
	const char *why, *releases = "";
	int err;

	b->probed = true;
	err = ops->probe ? ops->probe(env->root, &env->round->probe, b->name.s)
			 : ops->write(env->root, PCI_DRIVERS_PROBE, b->name.s);
	if (!err || bind_why(b, c, env, &why, &releases))
		return err;
	/* Some kernels return the error of the driver's probe. */
	fault_set(c->fault, err, "cannot write %s to /" PCI_DRIVERS_PROBE ": %m; %s%s", b->name.s,
		  why, releases);
	fault_expected(c->fault, "driver " BIND_DRIVER " on %s", b->name.s);
	fault_found(c->fault, "no driver");
	return err;
}

static int bind_driver(const struct binding *b, struct claim *c, int dir,
		       char driver[SYSFS_DRIVER_MAX])
{
	int err = dir < 0 ? dir : fd_link_name(dir, "driver", driver, SYSFS_DRIVER_MAX);

	return sysfs_driver(err, b->name.s, driver, c->fault);
}

int bind_vfio(struct binding *b, struct claim *c, const struct dev_env *env, int dir)
{
	char driver[SYSFS_DRIVER_MAX];
	int err;

	/* Anew in each round: a function that was plugged in again has another directory. */
	int fd cleanup(fd_close) =
		dir < 0 ? root_open(env->root, O_PATH, 0, PCI_DEVICES "/%s", b->name.s) : dir;
	if (!b->overridden) {
		err = bind_override(b, fd, c, env);
		if (err)
			return err;
	}
	for (;;) {
		err = bind_driver(b, c, fd, driver);
		if (err)
			return err;
		if (!strcmp(driver, BIND_DRIVER))
			break;
		if (driver[0] && b->probed && !b->late)
			return bind_conflict(b, c, -EBUSY, driver, "the kernel bound it again");
		if (driver[0])
			return bind_unbind(b, c, env, driver);
		/* The link goes away before the driver has let go: no driver can bind until the uevent. */
		if (c->helper && env->round->rescan)
			return bind_wait_unbind(b, c, b->left);
		/* The kernel binds a driver by the override, after it has added the function. */
		if (b->probed && b->late)
			return claim_wait(c, "pci", "bind", b->name.s, BIND_DRIVER " to bind to %s",
					  b->name.s);
		if (b->probed)
			return bind_explain(b, c, env);
		err = bind_probe(b, c, env);
		if (err)
			return err;
	}
	b->group_err = fd_link_name(fd, "iommu_group", b->group, sizeof(b->group));
	return 0;
}
