// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "net/route.h"
#include "net/rtmsg.h"

static void tell_route(const struct rtnl_want *w, char *buf, size_t size)
{
	const struct net_route *route = w->object;

	snprintf(buf, size, "add the route to %s", ip_prefix_text(&route->dest).s);
	if (route->gateway.family)
		snprintf(buf + strlen(buf), size - strlen(buf), " via %s",
			 ip_text(&route->gateway).s);
	if (*w->name)
		snprintf(buf + strlen(buf), size - strlen(buf), " on %s", w->name);
}

static void tell_neighbor(const struct rtnl_want *w, char *buf, size_t size)
{
	const struct net_neighbor *n = w->object;

	snprintf(buf, size, "add the neighbor %s (%s) on %s", ip_text(&n->to).s,
		 hw_text(&n->lladdr).s, w->name);
}

/* --- a route that is there already ----------------------------------------------------------- */

/*
 * struct present - a walk through the main table
 * @same: one leads to the same place in the same way
 * @gateway, @index: of another one that leads there
 */
struct present {
	const struct net_route *route;
	int wanted_index;
	bool same;
	struct ip_address gateway;
	int index;
};

/* struct found - what counts of one route of the kernel */
struct found {
	struct ip_address dest, gateway;
	int index;
};

static void take_address(struct ip_address *a, int family, const void *data, size_t len)
{
	a->family = family;
	if (len <= sizeof(a->bytes))
		memcpy(a->bytes, data, len);
}

static void take_attribute(struct found *found, int family, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);
	const void *data = mnl_attr_get_payload(attr);

	if (mnl_attr_get_type(attr) == RTA_OIF && len == sizeof(found->index))
		memcpy(&found->index, data, len);
	else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
		take_address(&found->gateway, family, data, len);
	else if (mnl_attr_get_type(attr) == RTA_DST)
		take_address(&found->dest, family, data, len);
}

static bool same_bytes(const struct ip_address *a, const struct ip_address *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int take_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh);
	struct present *p = arg;
	const struct nlattr *attr;
	struct found found = {0};

	if (nlh->nlmsg_type != RTM_NEWROUTE || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*m)) ||
	    m->rtm_table != RT_TABLE_MAIN || m->rtm_dst_len != p->route->dest.length ||
	    m->rtm_family != p->route->dest.address.family)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*m))
	{
		take_attribute(&found, m->rtm_family, attr);
	}
	if (!same_bytes(&found.dest, &p->route->dest.address))
		return 0;
	if ((!p->wanted_index || found.index == p->wanted_index) &&
	    same_bytes(&found.gateway, &p->route->gateway)) {
		p->same = true;
	} else {
		p->gateway = found.gateway;
		p->index = found.index;
	}
	return 0;
}

static int same_route(struct rtnl *r, const struct rtnl_want *w, struct fault *f)
{
	struct present p = {.route = w->object, .wanted_index = w->index};
	union {
		struct nlmsghdr nlh;
		char room[64];
	} buf;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(&buf);
	char wanted[256];
	int err;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_DUMP;
	rtmsg_all_routes(nlh, p.route->dest.address.family);
	err = rtnl_query(r, nlh, "list the routes", take_route, &p, f);
	if (err || p.same)
		return err;
	tell_route(w, wanted, sizeof(wanted));
	fault_set(f, 0, "cannot %s: there is another route to it; leave one of them out", wanted);
	fault_expected(f, "gateway %s, interface %d", ip_text(&p.route->gateway).s, w->index);
	fault_found(f, "gateway %s, interface %d", ip_text(&p.gateway).s, p.index);
	return -EEXIST;
}

/* --- all of them ----------------------------------------------------------------------------- */

/* Return: the interface's index, 0 for none (""), or -ENODEV with @f set. */
static int find_device(const struct links *links, const char *device, const struct rtnl_want *want,
		       struct fault *f)
{
	const struct link *link = links_find(links, device);
	char wanted[256], names[160];

	if (link)
		return link->index;
	if (!*device)
		return 0;
	want->tell(want, wanted, sizeof(wanted));
	links_names(links, names, sizeof(names));
	fault_set(f, 0, "cannot %s: there is no such interface; found: %s", wanted, names);
	fault_expected(f, "%s", device);
	fault_found(f, "%s", names);
	return -ENODEV;
}

static int add_route(struct rtnl *r, const struct links *links, const struct net_route *route,
		     struct fault *f)
{
	struct rtnl_want want = {
		.tell = tell_route, .exists = same_route, .object = route, .name = route->device};
	struct nlmsghdr *nlh;
	int err;

	want.index = find_device(links, route->device, &want, f);
	if (want.index < 0)
		return want.index;
	err = rtnl_request(r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &want, &nlh, f);
	if (!err)
		rtmsg_route(nlh, want.index, route);
	return err;
}

int routes_add(struct rtnl *r, const struct links *links, const struct net_route *routes, size_t n,
	       struct fault *f)
{
	int err = 0;

	for (int gateways = 0; gateways <= 1; gateways++)
		for (size_t i = 0; i < n && !err; i++)
			if (!routes[i].gateway.family == !gateways)
				err = add_route(r, links, &routes[i], f);
	return err;
}

int neighbors_add(struct rtnl *r, const struct links *links, const struct net_neighbor *neighbors,
		  size_t n, struct fault *f)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		const struct net_neighbor *it = &neighbors[i];
		struct rtnl_want want = {.tell = tell_neighbor, .object = it, .name = it->device};
		struct nlmsghdr *nlh;

		want.index = find_device(links, it->device, &want, f);
		if (want.index < 0)
			return want.index;
		err = rtnl_request(r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &want, &nlh, f);
		if (!err)
			rtmsg_neighbor(nlh, want.index, it);
	}
	return err;
}
