/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What spec/ and net/ share: the requested network. Kata's messages Interface, Route and
 * ARPNeighbor after they have been checked. No code.
 */
#ifndef COLDINIT_LIB_NETWORK_H
#define COLDINIT_LIB_NETWORK_H

#include <stddef.h>

#include "init/lib/hw_address.h"
#include "init/lib/ip.h"

/**
 * struct net_interface - a requested interface; strings are never NULL
 * @device_path: PCI path or CCW id of its device, "" if not given
 * @hw_addr: its hardware address, if @has_hw_addr
 * @current: the name that the kernel gives it, "*" for the only interface, "" if not given (only
 *	ip= of the command line gives it)
 * @name: the name that it gets, "" to keep that of the kernel
 * @mtu: in bytes, 0 to keep that of the kernel
 * @noarp: it does not resolve addresses (IFF_NOARP)
 * @addresses: @n_addresses of them
 */
struct net_interface {
	const char *device_path, *current, *name;
	struct hw_address hw_addr;
	bool has_hw_addr, noarp;
	uint32_t mtu;
	struct ip_prefix *addresses;
	size_t n_addresses;
};

/**
 * struct net_route - a route
 * @dest: the destination; a length of 0 is the default route
 * @gateway, @source: next hop and preferred source address, no family if not given
 * @device: name of the interface, "" for the interface that leads to the gateway
 * @mtu: of packets on this route, in bytes, 0 for that of the interface
 * @scope, @flags: RT_SCOPE_ and RTNH_F_ values of the kernel
 */
struct net_route {
	struct ip_prefix dest;
	struct ip_address gateway, source;
	const char *device;
	uint8_t scope;
	uint32_t flags, mtu;
};

/**
 * struct net_neighbor - an entry of the neighbour table
 * @to: the neighbour's address
 * @device: name of the interface
 * @lladdr: the neighbour's hardware address
 * @state: NUD_ flags, 0 for NUD_PERMANENT
 * @flags: NTF_ flags
 */
struct net_neighbor {
	struct ip_address to;
	const char *device;
	struct hw_address lladdr;
	uint16_t state;
	uint8_t flags;
};

/**
 * struct network - all of it; each list has n_… elements
 * @dns: name servers' addresses, or lines of resolv.conf as Kata has them
 */
struct network {
	struct net_interface *interfaces;
	size_t n_interfaces;
	struct net_route *routes;
	size_t n_routes;
	struct net_neighbor *neighbors;
	size_t n_neighbors;
	const char **dns;
	size_t n_dns;
};

#endif
