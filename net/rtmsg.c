// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "net/rtmsg.h"

/* For IFLA_; <linux/if.h> has it, too, but conflicts with the C library's <net/if.h>. */
#include <linux/if_link.h>

static void rtmsg_put_ip(struct nlmsghdr *nlh, uint16_t type, const struct ip_address *a)
{
	if (a->family)
		mnl_attr_put(nlh, type, ip_size(a), a->bytes);
}

void rtmsg_link(struct nlmsghdr *nlh, int index, const char *name, uint32_t mtu, unsigned flags,
		unsigned change)
{
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

	m->ifi_family = AF_UNSPEC;
	m->ifi_index = index;
	m->ifi_flags = flags;
	m->ifi_change = change;
	if (*name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
}

/* The broadcast address of an IPv4 network; one of one or two addresses has none (RFC 3021). */
static void rtmsg_put_broadcast(struct nlmsghdr *nlh, const struct ip_prefix *p)
{
	uint32_t address;

	if (p->length > 30)
		return;
	memcpy(&address, p->address.bytes, sizeof(address));
	address |= htonl(UINT32_MAX >> p->length);
	mnl_attr_put_u32(nlh, IFA_BROADCAST, address);
}

void rtmsg_address(struct nlmsghdr *nlh, int index, const struct ip_prefix *p)
{
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

	m->ifa_family = (uint8_t)p->address.family;
	m->ifa_prefixlen = p->length;
	m->ifa_index = (uint32_t)index;
	m->ifa_scope = RT_SCOPE_UNIVERSE;
	rtmsg_put_ip(nlh, IFA_LOCAL, &p->address);
	rtmsg_put_ip(nlh, IFA_ADDRESS, &p->address);
	if (p->address.family == AF_INET)
		rtmsg_put_broadcast(nlh, p);
	else
		m->ifa_flags = IFA_F_NODAD;
}

void rtmsg_route(struct nlmsghdr *nlh, int index, const struct net_route *route)
{
	struct rtmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	const struct {
		struct nlattr head;
		uint32_t value;
	} mtu = {{sizeof(mtu), RTAX_MTU}, route->mtu};
	bool on_link = !route->gateway.family && route->dest.address.family == AF_INET;

	m->rtm_family = (uint8_t)route->dest.address.family;
	m->rtm_dst_len = route->dest.length;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_BOOT;
	m->rtm_type = RTN_UNICAST;
	/* As `ip route` does, so that gateways of other routes are found in this network. */
	m->rtm_scope = route->scope == RT_SCOPE_UNIVERSE && on_link ? RT_SCOPE_LINK : route->scope;
	m->rtm_flags = route->flags;
	if (route->dest.length)
		rtmsg_put_ip(nlh, RTA_DST, &route->dest.address);
	rtmsg_put_ip(nlh, RTA_GATEWAY, &route->gateway);
	rtmsg_put_ip(nlh, RTA_PREFSRC, &route->source);
	if (index)
		mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)index);
	if (route->mtu)
		mnl_attr_put(nlh, RTA_METRICS, sizeof(mtu), &mtu);
}

void rtmsg_neighbor(struct nlmsghdr *nlh, int index, const struct net_neighbor *n)
{
	struct ndmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

	m->ndm_family = (uint8_t)n->to.family;
	m->ndm_ifindex = index;
	m->ndm_state = n->state ? n->state : NUD_PERMANENT;
	m->ndm_flags = n->flags;
	m->ndm_type = RTN_UNICAST;
	rtmsg_put_ip(nlh, NDA_DST, &n->to);
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(n->lladdr.bytes), n->lladdr.bytes);
}
