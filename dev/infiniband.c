// SPDX-License-Identifier: Apache-2.0
/*
 * An RDMA device has nodes in addition to its network interface: uverbs<N> for verbs, umad<N> and
 * issm<N> for management datagrams; all devices share rdma_cm, for connections. The kernel's
 * devnode() puts them all into /dev/infiniband, with the modes below
 * (Documentation/infiniband/user_verbs.rst, user_mad.rst).
 */
#include <errno.h>
#include <string.h>

#include "dev/infiniband.h"
#include "dev/sysfs.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

/*
 * struct infiniband_search - a walk through one class after another
 * @class: the directory of the class
 * @mode: mode of its nodes
 * @nodes: @n nodes; allocated, for INFINIBAND_NODES_MAX, when the first one is found
 */
struct infiniband_search {
	int root;
	struct arena *arena;
	const char *class;
	uint32_t mode;
	struct device_node *nodes;
	size_t n;
	struct fault *fault;
};

static int infiniband_add(struct infiniband_search *s, const struct device_node *node)
{
	if (!s->nodes)
		s->nodes = arena_alloc(s->arena, INFINIBAND_NODES_MAX, sizeof(*s->nodes));
	if (!s->nodes)
		return -ENOMEM;
	if (s->n == INFINIBAND_NODES_MAX)
		return -E2BIG;
	s->nodes[s->n++] = *node;
	return 0;
}

/* A name without numbers is no device: the class also contains files. */
static int infiniband_see(const char *name, void *arg)
{
	struct infiniband_search *s = arg;
	struct device_node node = {.type = 'c', .mode = s->mode};
	char dir[SYSFS_DIR_MAX];
	int err = str_printf(dir, sizeof(dir), "%s/%s", s->class, name);

	if (!err)
		err = sysfs_numbers(s->root, dir, &node.major, &node.minor);
	if (err == -ENOENT || err == -ENOTDIR)
		return 0;
	if (!err)
		err = str_printf(node.path, sizeof(node.path), "/dev/infiniband/%s", name);
	if (!err)
		err = infiniband_add(s, &node);
	return err;
}

/* One device of a class, or all devices if @name is NULL. */
static int infiniband_see_class(struct infiniband_search *s, const char *class, const char *name,
				uint32_t mode)
{
	int err;

	s->class = class;
	s->mode = mode;
	err = name ? infiniband_see(name, s) : root_each(s->root, infiniband_see, s, "%s", class);
	if (!err || err == -ENOENT)
		return 0;
	if (err == -E2BIG)
		return fault_set(s->fault, err, "/%s: more than %d nodes for /dev/infiniband",
				 class, INFINIBAND_NODES_MAX);
	return fault_set(s->fault, err, "/%s: cannot read the nodes of /dev/infiniband: %s", class,
			 err == -EINVAL ? "the \"dev\" of a device does not contain MAJOR:MINOR"
					: strerror(-err));
}

static bool infiniband_is_wanted(const struct device_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (results[i].ready && results[i].vfio)
			return true;
	return false;
}

int infiniband_nodes(int root, struct arena *a, const struct device_result *results, size_t n,
		     const struct device_node **out, size_t *n_out, struct fault *fault)
{
	struct infiniband_search s = {.root = root, .arena = a, .fault = fault};
	int err = 0;

	if (infiniband_is_wanted(results, n)) {
		err = infiniband_see_class(&s, "sys/class/infiniband_verbs", NULL, 0666);
		if (!err)
			err = infiniband_see_class(&s, "sys/class/infiniband_mad", NULL, 0600);
		if (!err)
			err = infiniband_see_class(&s, "sys/class/misc", "rdma_cm", 0666);
	}
	if (err)
		return err;
	*out = s.nodes;
	*n_out = s.n;
	return 0;
}
