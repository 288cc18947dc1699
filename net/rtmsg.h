/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of rtnetlink requests (rtnetlink(7); the kernel's include/uapi/linux/rtnetlink.h).
 * Each function appends the header and the attributes to a message, RTNL_MESSAGE_MAX bytes at most.
 */
#ifndef COLDINIT_NET_RTMSG_H
#define COLDINIT_NET_RTMSG_H

#include <linux/netlink.h>

#include "init/lib/network.h"

/**
 * rtmsg_link() - the body of a request for an interface
 * @nlh: the message
 * @index: of the interface, 0 for all
 * @name: the new name, "" to keep it
 * @mtu: the new MTU in bytes, 0 to keep it
 * @flags: new values of the flags in @change, IFF_ values
 * @change: the flags that change
 */
void rtmsg_link(struct nlmsghdr *nlh, int index, const char *name, uint32_t mtu, unsigned flags,
		unsigned change) nonnull(1, 3);

/**
 * rtmsg_address() - the body of a request for an address
 * @nlh: the message
 * @index: of the interface
 * @p: the address
 *
 * An IPv4 address gets the broadcast address of its network. An IPv6 address can be used at once,
 * without duplicate address detection (RFC 4862, 5.4): nothing would wait for the end of that.
 */
void rtmsg_address(struct nlmsghdr *nlh, int index, const struct ip_prefix *p) nonnull(1, 3);

/**
 * rtmsg_route() - the body of a request for a route of the main table
 * @nlh: the message
 * @index: of its interface, 0 for the interface that leads to the gateway
 * @route: the route
 */
void rtmsg_route(struct nlmsghdr *nlh, int index, const struct net_route *route) nonnull(1, 3);

/**
 * rtmsg_neighbor() - the body of a request for an entry of the neighbour table
 * @nlh: the message
 * @index: of the interface
 * @n: the entry
 */
void rtmsg_neighbor(struct nlmsghdr *nlh, int index, const struct net_neighbor *n) nonnull(1, 3);

#endif
