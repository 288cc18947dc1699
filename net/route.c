// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/log.h"
#include "net/route.h"
#include "net/rtmsg.h"

static void route_describe(const struct rtnl_op *op, char *buf, size_t size)
{
	const struct net_route *route = op->object;

	snprintf(buf, size, "add the route to %s", ip_prefix_text(&route->dest).s);
	if (route->gateway.family)
		snprintf(buf + strlen(buf), size - strlen(buf), " via %s",
			 ip_text(&route->gateway).s);
	if (*op->name)
		snprintf(buf + strlen(buf), size - strlen(buf), " on %s", op->name);
	if (route->mtu)
		snprintf(buf + strlen(buf), size - strlen(buf), " with MTU %u", route->mtu);
}

static void route_describe_neighbor(const struct rtnl_op *op, char *buf, size_t size)
{
	const struct net_neighbor *n = op->object;

	snprintf(buf, size, "add the neighbor %s (%s) on %s", ip_text(&n->to).s,
		 hw_address_text(&n->lladdr).s, op->name);
}

/* Return: the interface's index, 0 for none (""), or -ENODEV with @fault set. */
static int route_find_link(const struct links *links, const char *device, const struct rtnl_op *op,
			   struct fault *fault)
{
	const struct link *link = links_find(links, device);
	char wanted[256], names[160];

	if (link)
		return link->index;
	if (!*device)
		return 0;
	op->describe(op, wanted, sizeof(wanted));
	links_names(links, names, sizeof(names));
	fault_set(fault, 0, "cannot %s: there is no such interface; found: %s", wanted, names);
	return fault_facts(fault, -ENODEV, device, names);
}

static int route_add_one(struct rtnl *r, const struct links *links, const struct net_route *route,
			 struct fault *fault)
{
	struct rtnl_op op = {.describe = route_describe,
			     .object = route,
			     .name = route->device,
			     .ipv6 = route->dest.address.family == AF_INET6};
	struct nlmsghdr *nlh;
	int err;

	op.index = route_find_link(links, route->device, &op, fault);
	if (op.index < 0)
		return op.index;
	err = rtnl_request(r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &op, &nlh, fault);
	if (!err)
		rtmsg_route(nlh, op.index, route);
	return err;
}

/* Do two routes lead to the same network by different ways? */
static bool route_conflicts(const struct net_route *a, const struct net_route *b)
{
	return a->dest.length == b->dest.length &&
	       !memcmp(&a->dest.address, &b->dest.address, sizeof(a->dest.address)) &&
	       (memcmp(&a->gateway, &b->gateway, sizeof(a->gateway)) != 0 ||
		strcmp(a->device, b->device) != 0);
}

static void route_warn_of_conflict(const struct net_route *routes, size_t n)
{
	const struct rtnl_op op = {.object = &routes[n], .name = routes[n].device};
	char wanted[256];

	for (size_t i = 0; i < n; i++) {
		if (!route_conflicts(&routes[i], &routes[n]))
			continue;
		route_describe(&op, wanted, sizeof(wanted));
		pr_warn("%s: routes %zu and %zu (counted from 0) lead to the same network, so one replaces the other",
			wanted, i, n);
		return;
	}
}

int route_add(struct rtnl *r, const struct links *links, const struct net_route *routes, size_t n,
	      struct fault *fault)
{
	int err = 0;

	for (size_t i = 1; i < n; i++)
		route_warn_of_conflict(routes, i);
	for (int gateways = 0; gateways <= 1; gateways++)
		for (size_t i = 0; i < n && !err; i++)
			if (!routes[i].gateway.family == !gateways)
				err = route_add_one(r, links, &routes[i], fault);
	return err;
}

int route_add_neighbors(struct rtnl *r, const struct links *links,
			const struct net_neighbor *neighbors, size_t n, struct fault *fault)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		const struct net_neighbor *it = &neighbors[i];
		struct rtnl_op op = {.describe = route_describe_neighbor,
				     .object = it,
				     .name = it->device,
				     .ipv6 = it->to.family == AF_INET6};
		struct nlmsghdr *nlh;

		op.index = route_find_link(links, it->device, &op, fault);
		if (op.index < 0)
			return op.index;
		err = rtnl_request(r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &op, &nlh, fault);
		if (!err)
			rtmsg_neighbor(nlh, op.index, it);
	}
	return err;
}
