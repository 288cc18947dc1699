/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of rtnetlink's requests (rtnetlink(7); the kernel's include/uapi/linux/rtnetlink.h).
 * Pure: each puts header and attributes behind @nlh, at most RTNL_MESSAGE_MAX bytes in all.
 */
#ifndef COLDINIT_NET_RTMSG_H
#define COLDINIT_NET_RTMSG_H

#include <linux/netlink.h>

#include "init/lib/network.h"

/** rtmsg_link() - change an interface: flags @change to those in @flags; "" and 0 for the rest */
void rtmsg_link(struct nlmsghdr *nlh, int index, const char *name, uint32_t mtu, unsigned flags,
		unsigned change) nonnull(1, 3);

/**
 * rtmsg_address() - an address of an interface
 *
 * IPv4 gets the broadcast address of its network; IPv6 is used at once, without a search for
 * others who have it (RFC 4862, 5.4): nobody would wait for the end of that.
 */
void rtmsg_address(struct nlmsghdr *nlh, int index, const struct ip_prefix *p) nonnull(1, 3);

/**
 * rtmsg_route() - a route of the main table
 * @index: of its interface, 0 for the one that leads to the gateway
 */
void rtmsg_route(struct nlmsghdr *nlh, int index, const struct net_route *route) nonnull(1, 3);

/** rtmsg_neighbor() - an entry of the neighbour table */
void rtmsg_neighbor(struct nlmsghdr *nlh, int index, const struct net_neighbor *n) nonnull(1, 3);

/** rtmsg_all_routes() - ask for all routes of a family */
void rtmsg_all_routes(struct nlmsghdr *nlh, int family) nonnull(1);

#endif
