// SPDX-License-Identifier: Apache-2.0
/* Routes and neighbours, on a veth pair in a separate network namespace. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "net/route.h"
#include "tests/unit/support/netns.h"

static struct ip_prefix local;

/* eth0 is up with 10.7.0.1/24, and eth1 is up. */
static void prepare(void)
{
	struct net_interface i = {.name = "", .addresses = &local, .n_addresses = 1};

	local = netns_prefix("10.7.0.1/24");
	CHECK(!link_configure(netns.rtnl, netns_link("eth0"), &i, &netns.fault));
	i.n_addresses = 0;
	CHECK(!link_configure(netns.rtnl, netns_link("eth1"), &i, &netns.fault));
	CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
}

static int add(const struct net_route *routes, size_t n)
{
	int err = route_add(netns.rtnl, &netns.links, routes, n, &netns.fault);

	return err ? err : rtnl_flush(netns.rtnl, &netns.fault);
}

static void routes(void)
{
	struct net_route all[] = {
		/* This route needs the second one. */
		{.dest = netns_prefix("10.9.0.0/16"),
		 .gateway = netns_address("10.8.0.2"),
		 .device = "eth0"},
		{.dest = netns_prefix("10.8.0.0/24"),
		 .device = "eth0",
		 .source = netns_address("10.7.0.1")},
		{.dest.address.family = AF_INET,
		 .gateway = netns_address("10.7.0.2"),
		 .device = ""},
		{.dest.address.family = AF_INET6,
		 .gateway = netns_address("fe80::2"),
		 .device = "eth0"},
		{.dest = netns_prefix("10.10.0.0/16"),
		 .gateway = netns_address("192.0.2.1"),
		 .device = "eth0",
		 .flags = RTNH_F_ONLINK},
	};

	prepare();
	for (int twice = 0; twice < 2; twice++) {
		CHECK(!add(all, ARRAY_SIZE(all)));
		CHECK(netns_count_gateways("10.8.0.2") == 1);
		CHECK(netns_count_gateways("10.7.0.2") == 1);
		CHECK(netns_count_gateways("fe80::2") == 1);
		CHECK(netns_count_gateways("192.0.2.1") == 1);
	}
}

/* Hundreds of requests are sent in several parts. */
static void many_routes(void)
{
	static struct net_route all[500];
	uint32_t oif = (uint32_t)netns_link("eth0")->index;

	prepare();
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char text[32];

		snprintf(text, sizeof(text), "172.16.%zu.%zu/32", i / 250, i % 250);
		all[i] = (struct net_route){.dest = netns_prefix(text),
					    .gateway = netns_address("10.7.0.2"),
					    .device = "eth0"};
	}
	for (int twice = 0; twice < 2; twice++) {
		CHECK(!add(all, ARRAY_SIZE(all)));
		CHECK(netns_count_gateways("10.7.0.2") == ARRAY_SIZE(all));
		CHECK(netns_count(RTM_NEWROUTE, AF_INET, RTA_OIF, &oif, 4) >= ARRAY_SIZE(all));
	}
	/* A wrong request in the middle is found, and named. */
	all[250].gateway = netns_address("10.77.0.2");
	all[250].dest = netns_prefix("10.78.0.0/16");
	CHECK(add(all, ARRAY_SIZE(all)) == -ENETUNREACH);
	CHECK(strstr(netns.fault.text, "route to 10.78.0.0/16 via 10.77.0.2 on eth0"));
}

static void route_errors(void)
{
	struct net_route route = {.dest = netns_prefix("10.9.0.0/16"),
				  .gateway = netns_address("10.7.0.2"),
				  .device = "eth0"};

	prepare();
	route.gateway = netns_address("10.7.0.3");
	route.device = "eth7";
	CHECK(add(&route, 1) == -ENODEV);
	fprintf(stderr, "# %s\n", netns.fault.text);
	CHECK(strstr(
		netns.fault.text,
		"cannot add the route to 10.9.0.0/16 via 10.7.0.3 on eth7: there is no such interface; found: lo "));
	route = (struct net_route){.dest = netns_prefix("10.9.0.1/16"), .device = "eth0"};
	CHECK(add(&route, 1) == -EINVAL);
	CHECK(strstr(netns.fault.text,
		     "(the kernel says: Invalid prefix for given prefix length)"));
	route = (struct net_route){.dest = netns_prefix("10.11.0.0/16"),
				   .gateway = netns_address("10.99.0.1"),
				   .device = "eth0"};
	CHECK(add(&route, 1) == -ENETUNREACH);
	CHECK(strstr(netns.fault.text, "Nexthop has invalid gateway"));
}

/* Also one that the kernel has made for an address. */
static void routes_that_exist_are_replaced(void)
{
	struct net_route all[] = {
		{.dest = netns_prefix("10.9.0.0/16"),
		 .gateway = netns_address("10.7.0.2"),
		 .device = "eth0"},
		{.dest = netns_prefix("10.7.0.0/24"), .device = "eth0"},
		{.dest = netns_prefix("fd09::/64"),
		 .gateway = netns_address("fe80::2"),
		 .device = "eth0"},
	};
	uint32_t oif = (uint32_t)netns_link("eth1")->index;

	prepare();
	CHECK(!add(all, ARRAY_SIZE(all)));
	CHECK(netns_count_gateways("10.7.0.2") == 1 && netns_count_gateways("fe80::2") == 1);
	all[0].gateway = netns_address("10.7.0.3");
	all[2].gateway = netns_address("fe80::3");
	CHECK(!add(all, ARRAY_SIZE(all)));
	CHECK(netns_count_gateways("10.7.0.2") == 0 && netns_count_gateways("10.7.0.3") == 1);
	CHECK(netns_count_gateways("fe80::2") == 0 && netns_count_gateways("fe80::3") == 1);
	all[1].device = "eth1";
	CHECK(netns_count(RTM_NEWROUTE, AF_INET, RTA_OIF, &oif, 4) == 0);
	CHECK(!add(&all[1], 1));
	CHECK(netns_count(RTM_NEWROUTE, AF_INET, RTA_OIF, &oif, 4) == 1);
}

static void two_requested_routes_to_one_network_are_a_warning(void)
{
	const struct net_route all[] = {
		{.dest = netns_prefix("10.9.0.0/16"),
		 .gateway = netns_address("10.7.0.2"),
		 .device = "eth0"},
		{.dest = netns_prefix("10.9.0.0/17"),
		 .gateway = netns_address("10.7.0.3"),
		 .device = "eth0"},
		{.dest = netns_prefix("10.9.0.0/16"),
		 .gateway = netns_address("10.7.0.2"),
		 .device = "eth0"},
		{.dest = netns_prefix("10.9.0.0/16"),
		 .gateway = netns_address("10.7.0.4"),
		 .device = "eth0"},
	};
	int log = memfd_create("log", MFD_CLOEXEC);
	char text[512] = "";

	prepare();
	log_to(log, false);
	CHECK(!add(all, 3));
	CHECK(!add(all, 4));
	log_to(STDERR_FILENO, false);
	CHECK(pread(log, text, sizeof(text) - 1, 0) > 0);
	close(log);
	CHECK(!strcmp(
		text,
		"coldinit: network: add the route to 10.9.0.0/16 via 10.7.0.4 on eth0: routes 0 and 3 (counted from 0) lead to the same network, so one replaces the other\n"));
	CHECK(netns_count_gateways("10.7.0.4") == 1 && netns_count_gateways("10.7.0.2") == 0);
}

static void routes_have_an_mtu(void)
{
	static const struct nlattr_u32 {
		struct nlattr head;
		uint32_t value;
	} mtu = {{8, RTAX_MTU}, 1400};
	const struct net_route route = {.dest = netns_prefix("10.9.0.0/16"),
					.gateway = netns_address("10.7.0.2"),
					.device = "eth0",
					.mtu = 1400};

	prepare();
	CHECK(!add(&route, 1));
	CHECK(netns_count(RTM_NEWROUTE, AF_INET, RTA_METRICS, &mtu, sizeof(mtu)) == 1);
}

static void neighbors(void)
{
	struct net_neighbor n = {.to = netns_address("10.7.0.9"), .device = "eth0"};

	prepare();
	CHECK(!hw_address_parse("52:55:0a:00:02:02", &n.lladdr));
	for (int twice = 0; twice < 2; twice++) {
		CHECK(!route_add_neighbors(netns.rtnl, &netns.links, &n, 1, &netns.fault));
		CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
		CHECK(netns_count(RTM_NEWNEIGH, AF_INET, NDA_LLADDR, n.lladdr.bytes, 6) == 1);
	}
	n.device = "eth9";
	CHECK(route_add_neighbors(netns.rtnl, &netns.links, &n, 1, &netns.fault) == -ENODEV);
	CHECK(strstr(netns.fault.text,
		     "cannot add the neighbor 10.7.0.9 (52:55:0a:00:02:02) on eth9"));
}

#define NETWORK_TEST(name)                    \
	static void test_##name(void **state) \
	{                                     \
		netns_run(name);              \
	}

NETWORK_TEST(routes)
NETWORK_TEST(many_routes)
NETWORK_TEST(route_errors)
NETWORK_TEST(routes_that_exist_are_replaced)
NETWORK_TEST(two_requested_routes_to_one_network_are_a_warning)
NETWORK_TEST(routes_have_an_mtu)
NETWORK_TEST(neighbors)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_many_routes),
		cmocka_unit_test(test_route_errors),
		cmocka_unit_test(test_routes_that_exist_are_replaced),
		cmocka_unit_test(test_two_requested_routes_to_one_network_are_a_warning),
		cmocka_unit_test(test_routes_have_an_mtu),
		cmocka_unit_test(test_neighbors),
	};

	return RUN_TESTS(tests);
}
