/* SPDX-License-Identifier: Apache-2.0 */
/* A network namespace with a veth pair, eth0 and eth1, for tests of net/. */
#ifndef COLDINIT_TESTS_NETNS_H
#define COLDINIT_TESTS_NETNS_H

#include "tests/unit/test.h"

#include <sys/socket.h>

#include "init/lib/arena.h"
#include "net/link.h"
#include "tests/unit/support/container_namespace.h"

/**
 * struct netns - what a test in the namespace uses
 * @arena: memory for @links
 * @fault: of the last call
 * @rtnl: a socket of the namespace
 * @links: all interfaces, as netns_list() found them
 */
struct netns {
	struct arena arena;
	struct fault fault;
	struct rtnl *rtnl;
	struct links links;
};
extern struct netns netns;

/** netns_run() - call a function in a process with a new namespace, whose checks must succeed */
void netns_run(void (*fn)(void));

/** netns_make_pair() - make one more veth pair */
void netns_make_pair(const char *one, const char *other);

/** netns_list() - list the interfaces again */
void netns_list(void);

/** netns_link() - the interface with a name, NULL if there is none */
struct link *netns_link(const char *name);

/** netns_prefix() - parse "ADDRESS/LENGTH" */
struct ip_prefix netns_prefix(const char *text);

/** netns_address() - parse an address */
struct ip_address netns_address(const char *text);

/** netns_count() - how many addresses, routes or neighbours (RTM_NEW…) have this attribute */
size_t netns_count(uint16_t new, int family, uint16_t attribute, const void *data, size_t len);

/** netns_count_addresses() - how often the namespace has an address */
size_t netns_count_addresses(const char *text);

/** netns_count_gateways() - how many routes have this gateway */
size_t netns_count_gateways(const char *text);

#endif
