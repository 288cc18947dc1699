// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

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
}

static void route_describe_neighbor(const struct rtnl_op *op, char *buf, size_t size)
{
	const struct net_neighbor *n = op->object;

	snprintf(buf, size, "add the neighbor %s (%s) on %s", ip_text(&n->to).s,
		 hw_address_text(&n->lladdr).s, op->name);
}

/* --- a route that exists already ------------------------------------------------------------- */

/*
 * struct route_present - a walk through the main table
 * @same: a route to the same destination has the same gateway and interface
 * @gateway, @index: those of a route to the same destination that differs
 */
struct route_present {
	const struct net_route *route;
	int wanted_index;
	bool same;
	struct ip_address gateway;
	int index;
};

/* struct route_found - what is compared of one route of the kernel */
struct route_found {
	struct ip_address dest, gateway;
	int index;
};

static void route_take_address(struct ip_address *a, int family, const void *data, size_t len)
{
	a->family = family;
	if (len <= sizeof(a->bytes))
		memcpy(a->bytes, data, len);
}

static void route_take_attribute(struct route_found *found, int family, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);
	const void *data = mnl_attr_get_payload(attr);

	if (mnl_attr_get_type(attr) == RTA_OIF && len == sizeof(found->index))
		memcpy(&found->index, data, len);
	else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
		route_take_address(&found->gateway, family, data, len);
	else if (mnl_attr_get_type(attr) == RTA_DST)
		route_take_address(&found->dest, family, data, len);
}

static bool route_same_address(const struct ip_address *a, const struct ip_address *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int route_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh);
	struct route_present *p = arg;
	const struct nlattr *attr;
	struct route_found found = {0};

	if (nlh->nlmsg_type != RTM_NEWROUTE || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*m)) ||
	    m->rtm_table != RT_TABLE_MAIN || m->rtm_dst_len != p->route->dest.length ||
	    m->rtm_family != p->route->dest.address.family)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*m))
	{
		route_take_attribute(&found, m->rtm_family, attr);
	}
	if (!route_same_address(&found.dest, &p->route->dest.address))
		return 0;
	if ((!p->wanted_index || found.index == p->wanted_index) &&
	    route_same_address(&found.gateway, &p->route->gateway)) {
		p->same = true;
	} else {
		p->gateway = found.gateway;
		p->index = found.index;
	}
	return 0;
}

static int route_exists(struct rtnl *r, const struct rtnl_op *op, struct fault *fault)
{
	struct route_present p = {.route = op->object, .wanted_index = op->index};
	union rtnl_message message;
	struct nlmsghdr *nlh = rtnl_dump(&message, RTM_GETROUTE);
	char wanted[256];
	int err;

	rtmsg_all_routes(nlh, p.route->dest.address.family);
	err = rtnl_query(r, nlh, "list the routes", route_take, &p, fault);
	if (err || p.same)
		return err;
	route_describe(op, wanted, sizeof(wanted));
	fault_set(fault, 0, "cannot %s: there is another route to it; leave one of them out",
		  wanted);
	fault_expected(fault, "gateway %s, interface %d", ip_text(&p.route->gateway).s, op->index);
	fault_found(fault, "gateway %s, interface %d", ip_text(&p.gateway).s, p.index);
	return -EEXIST;
}

/* --- all of them ----------------------------------------------------------------------------- */

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
			     .exists = route_exists,
			     .object = route,
			     .name = route->device};
	struct nlmsghdr *nlh;
	int err;

	op.index = route_find_link(links, route->device, &op, fault);
	if (op.index < 0)
		return op.index;
	err = rtnl_request(r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &op, &nlh, fault);
	if (!err)
		rtmsg_route(nlh, op.index, route);
	return err;
}

int route_add(struct rtnl *r, const struct links *links, const struct net_route *routes, size_t n,
	      struct fault *fault)
{
	int err = 0;

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
		struct rtnl_op op = {
			.describe = route_describe_neighbor, .object = it, .name = it->device};
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
