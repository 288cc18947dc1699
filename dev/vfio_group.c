// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "vfio: " fmt

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "dev/vfio.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define NODE_NAME_MAX 32 /* "vfio/" and the group's node */

/* Get the number of one function's group, as text. */
static int vfio_group_number(struct claim *c, const struct binding *b, char group[12])
{
	const char *function = b->name.s, *name = b->group;
	int err = b->group_err;
	uint64_t number;

	if (err == -ENOENT) {
		fault_set(c->fault, 0, "%s has no IOMMU group: %s", function, BIND_IOMMU_HINT);
		fault_expected(c->fault, "an IOMMU group for %s", function);
		fault_found(c->fault, "none");
		return -ENODEV;
	}
	if (err)
		return fault_strerror(c->fault, err, "cannot read the IOMMU group of %s", function);
	if (str_number(name, strlen(name), 10, INT32_MAX, &number))
		return fault_set(c->fault, -EINVAL, "the IOMMU group of %s is no number: \"%s\"",
				 function, name);
	snprintf(group, 12, "%u", (unsigned)number);
	return 0;
}

int vfio_group_find(struct claim *c)
{
	struct vfio *v = c->priv;
	char group[12];
	int err;

	for (size_t i = 0; i < v->n; i++) {
		const char *name = v->functions[i].place.name.s;

		err = vfio_group_number(c, &v->functions[i].binding, group);
		if (err)
			return err;
		if (i == 0)
			memcpy(v->group, group, sizeof(group));
		if (!strcmp(group, v->group))
			continue;
		fault_set(
			c->fault, 0,
			"%s is in IOMMU group %s, but %s in group %s: the functions of one device must be in one group, so make a device of each",
			name, group, v->functions[0].place.name.s, v->group);
		fault_expected(c->fault, "%s in IOMMU group %s", name, v->group);
		fault_found(c->fault, "group %s", group);
		return -EINVAL;
	}
	memcpy(c->result->group, v->group, sizeof(v->group));
	memcpy(v->group_node, v->group, sizeof(v->group));
	return 0;
}

/* Is it the IOMMU of a virtio device? Return: 1, 0, or -errno with the fault set. */
static int vfio_group_is_virtio(int root, const char *function, struct fault *fault)
{
	char bus[16];
	int err = root_link_name(root, bus, sizeof(bus), PCI_DEVICES "/%s/iommu/device/subsystem",
				 function);

	if (err == -ENOENT || err == -ENAMETOOLONG) /* no such link, or another bus */
		return 0;
	if (err)
		return fault_strerror(fault, err, "cannot read the IOMMU of %s", function);
	return !strcmp(bus, "virtio");
}

static int vfio_group_refuse_interrupts(struct claim *c, const struct dev_env *env,
					const char *function, const char *found)
{
	char iommu[32];

	if (root_link_name(env->root, iommu, sizeof(iommu), PCI_DEVICES "/%s/iommu", function))
		memcpy(iommu, "unknown", sizeof("unknown"));
	if (vfio_group_is_virtio(env->root, function, c->fault) > 0)
		memcpy(iommu, "virtio-iommu", sizeof("virtio-iommu"));
	fault_set(
		c->fault, 0,
		"the IOMMU of %s (%s) does not remap interrupts, so its VFIO group cannot be used (EPERM) until unsafe interrupts are allowed: set policy.unsafe_interrupts to \"allow\", or vfio_iommu_type1.allow_unsafe_interrupts=1 on the kernel command line, if the device is trusted",
		function, iommu);
	fault_expected(c->fault, "an IOMMU with interrupt remapping, or allow_unsafe_interrupts=Y");
	fault_found(c->fault, "%s, %s", iommu, found);
	return -EPERM;
}

int vfio_group_unsafe(struct claim *c, const struct dev_env *env)
{
	static const char *const modules[] = {"vfio_iommu_type1", "iommufd"};
	const struct vfio *v = c->priv;
	const char *function = v->functions[0].place.name.s;
	char path[72], value[8];
	size_t switches = 0;
	ssize_t n;
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		snprintf(path, sizeof(path), "sys/module/%s/parameters/allow_unsafe_interrupts",
			 modules[i]);
		n = root_read(env->root, value, sizeof(value), "%s", path);
		if (n == -ENOENT)
			continue;
		if (n < 0)
			return fault_strerror(c->fault, (int)n, "cannot read /%s", path);
		switches++;
		if (!strcmp(value, "Y"))
			continue;
		if (!env->allow_unsafe_interrupts)
			return vfio_group_refuse_interrupts(c, env, function,
							    "allow_unsafe_interrupts=N");
		err = env->ops->write(env->root, path, "Y");
		if (err)
			return fault_strerror(c->fault, err, "cannot write Y to /%s", path);
		pr_info("%.64s: unsafe interrupts are now allowed in %s, as the policy says",
			c->label, modules[i]);
	}
	return switches ? 0
			: vfio_group_refuse_interrupts(
				  c, env, function,
				  "neither vfio_iommu_type1 nor iommufd is loaded");
}

int vfio_group_interrupts(struct claim *c, const struct dev_env *env)
{
	const struct vfio *v = c->priv;
	int safe = env->ops->try_group ? 1 : root_look(env->root, c->fault, VFIO_ARM64_CPU), unsafe;

	if (safe)
		return safe < 0 ? safe : 0;
	unsafe = vfio_group_is_virtio(env->root, v->functions[0].place.name.s, c->fault);
	return unsafe > 0 ? vfio_group_unsafe(c, env) : unsafe;
}

#ifdef CONFIG_VFIO_CDEV
#define NO_CDEV "the kernel has no VFIO device nodes (it needs IOMMUFD and VFIO_DEVICE_CDEV)"
#else
#define NO_CDEV "this build of coldinit has no VFIO device nodes (VFIO_CDEV)"
#endif

/*
 * Does the container get the function's node? If it requests that, or if there are no groups.
 * Return: 1, 0, or -errno with the fault set.
 */
static int vfio_group_wants_cdev(const struct claim *c, const struct dev_env *env)
{
	int there;

	if (str_starts(c->device->container_path, "/dev/vfio/devices/"))
		return 1;
	if (!c->result->n_extra)
		return 0;
	there = root_look(env->root, c->fault, VFIO_CLASS);
	return there < 0 ? there : !there;
}

/* Open a directory of the round, unless it is open. Return: its descriptor, or a negative one. */
static int vfio_group_dir(const struct dev_env *env, int *fd, const char *path)
{
	if (*fd < 0)
		*fd = root_open(env->root, O_PATH | O_DIRECTORY, 0, "%s", path);
	return *fd;
}

/*
 * Usually devtmpfs has made the node, and sysfs says that its numbers are those of the group. For
 * several groups this takes half as long as a look at each group's numbers and then at its node.
 * Return: true if it is so, and @node is complete.
 */
static bool vfio_group_has_node(const struct dev_env *env, const char *group,
				struct device_node *node)
{
	static const char devices[] = "../../devices/virtual/vfio/";
	char link[24], target[64];
	struct stat st;

	if (vfio_group_dir(env, &env->round->groups, "dev/vfio") < 0 ||
	    vfio_group_dir(env, &env->round->numbers, "sys/dev/char") < 0 ||
	    fstatat(env->round->groups, group, &st, AT_SYMLINK_NOFOLLOW) || !S_ISCHR(st.st_mode))
		return false;
	*node = (struct device_node){
		.type = 'c', .major = major(st.st_rdev), .minor = minor(st.st_rdev)};
	snprintf(link, sizeof(link), "%u:%u", node->major, node->minor);
	return fd_readlink(env->round->numbers, link, target, sizeof(target)) > 0 &&
	       str_starts(target, devices) && !strcmp(target + strlen(devices), group) &&
	       !str_printf(node->path, sizeof(node->path), "/dev/vfio/%s", group);
}

/* Return: 0, -ENOENT if the kernel has not made it yet, or another -errno with the fault set. */
static int vfio_group_claim_node(struct claim *c, const struct dev_env *env,
				 char name[NODE_NAME_MAX])
{
	const struct vfio *v = c->priv;
	struct device_node node;
	char dir[64];
	int err;

	if (DEV_MANY && c->n_all > 1 && vfio_group_has_node(env, v->group_node, &node)) {
		claim_give_node(c, &node);
		return 0;
	}
	snprintf(name, NODE_NAME_MAX, "vfio/%s", v->group_node);
	snprintf(dir, sizeof(dir), VFIO_DEVICES "/%s", v->group_node);
	err = claim_node(c, env, 'c', dir, name);
	if (err == -ENOENT) {
		snprintf(dir, sizeof(dir), VFIO_CLASS "/%s", v->group_node);
		err = claim_node(c, env, 'c', dir, name);
	}
	return err;
}

/*
 * Without an IOMMU (vfio.enable_unsafe_noiommu_mode) vfio makes the group and names it so. Return: 1,
 * 0, or -errno with the fault set.
 */
static int vfio_group_is_noiommu(struct claim *c, const struct dev_env *env)
{
	const struct vfio *v = c->priv;
	char kind[32] = "";
	ssize_t n =
		root_read(env->root, kind, sizeof(kind), VFIO_IOMMU_GROUPS "/%s/name", v->group);

	if (n < 0 && n != -ENOENT)
		return fault_strerror(c->fault, (int)n, "cannot read the name of IOMMU group %s",
				      v->group);
	return n > 0 && !strcmp(kind, "vfio-noiommu");
}

/* Give the group's node. Return: 0, -EAGAIN after claim_wait(), -errno. */
static int vfio_group_own_node(struct claim *c, const struct dev_env *env)
{
	struct vfio *v = c->priv;
	char name[NODE_NAME_MAX];
	int err = vfio_group_claim_node(c, env, name), noiommu;

	if (err == -ENOENT && !strcmp(v->group_node, v->group)) {
		noiommu = vfio_group_is_noiommu(c, env);
		if (noiommu < 0)
			return noiommu;
		if (noiommu) {
			snprintf(v->group_node, sizeof(v->group_node), "noiommu-%s", v->group);
			err = vfio_group_claim_node(c, env, name);
		}
	}
	if (err == -ENOENT)
		return claim_wait(c, "vfio", "add", v->group_node,
				  "the VFIO group %s (node /dev/%s)", v->group_node, name);
	return err;
}

/*
 * The path is as the host's kernel has it, and this one has only groups. The container's config then
 * has not /dev/vfio/vfio, which programs need for a group.
 */
static int vfio_group_instead(struct claim *c, const struct dev_env *env)
{
	struct device_node *node = arena_alloc(env->arena, 1, sizeof(*node));
	int err = node ? vfio_group_own_node(c, env) : fault_oom(c->fault);

	if (err)
		return err;
	err = claim_make_node(c, env, 'c', VFIO_CONTAINER, "vfio/vfio", node);
	if (!err) {
		c->result->extra = node;
		c->result->n_extra = 1;
	}
	if (err == -ENOENT)
		err = 0;
	if (!err)
		pr_warn("%.64s: the container gets the group's node, %.32s, for %.100s: " NO_CDEV,
			c->label, c->result->node, c->device->container_path);
	return err;
}

int vfio_group_node(struct claim *c, const struct dev_env *env)
{
	struct device_result *r = c->result;
	int err = vfio_group_wants_cdev(c, env);

	if (err < 0)
		return err;
	if (!err)
		err = vfio_group_own_node(c, env);
	else if (r->n_extra)
		claim_give_node(c, &r->extra[0]);
	else
		err = vfio_group_instead(c, env);
	return err < 0 ? err : str_copy(r->final_path, sizeof(r->final_path), r->node);
}
