// SPDX-License-Identifier: Apache-2.0
/* Links and addresses, on a veth pair in a separate network namespace. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/netns.h"

static void loopback(void)
{
	CHECK(!(netns_link("lo")->flags & IFF_UP));
	CHECK(!link_loopback_up(netns.rtnl, &netns.fault));
	CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
	netns_list();
	CHECK(netns_link("lo")->flags & IFF_UP);
}

static void all_is_listed(void)
{
	static const struct hw_address none;
	char names[64];

	CHECK(netns.links.n == 3);
	CHECK(netns_link("lo") && netns_link("eth0") && netns_link("eth1") && !netns_link("eth2"));
	CHECK(memcmp(&netns_link("eth0")->hw, &none, sizeof(none)) != 0);
	CHECK(!memcmp(&netns_link("lo")->hw, &none, sizeof(none)));
	CHECK((unsigned)netns_link("eth0")->index == if_nametoindex("eth0"));
	links_names(&netns.links, names, sizeof(names));
	CHECK(strlen(names) == strlen("lo eth0 eth1"));
	links_names(&netns.links, names, 20);
	CHECK(strlen(names) < 20);
}

/* Enough interfaces that the kernel's answer comes in several parts. */
static void many_are_listed(void)
{
	char one[16], other[16];

	for (int i = 0; i < 40; i++) {
		snprintf(one, sizeof(one), "a%d", i);
		snprintf(other, sizeof(other), "b%d", i);
		netns_make_pair(one, other);
	}
	netns_list();
	CHECK(netns.links.n == 83);
	CHECK(netns_link("a0") && netns_link("b39"));
}

static void rename_to(const char *eth0, const char *eth1)
{
	const char *wanted[8] = {NULL};

	wanted[netns_link("eth0") - netns.links.link] = eth0;
	wanted[netns_link("eth1") - netns.links.link] = eth1;
	CHECK(!links_rename(netns.rtnl, &netns.links, wanted, &netns.fault));
	CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
}

/* eth0 has the name @first now, and eth1 has @second, in the kernel and in @netns.links. */
static void check_names(int eth0, int eth1, const char *first, const char *second)
{
	CHECK(netns_link(first) && netns_link(first)->index == eth0);
	CHECK(netns_link(second) && netns_link(second)->index == eth1);
	CHECK(if_nametoindex(first) == (unsigned)eth0);
	CHECK(if_nametoindex(second) == (unsigned)eth1);
}

static void renamed(const char *eth0, const char *eth1, const char *first, const char *second)
{
	int zero = netns_link("eth0")->index, one = netns_link("eth1")->index;

	rename_to(eth0, eth1);
	check_names(zero, one, first, second);
}

static void to_a_new_name(void)
{
	renamed("net0", NULL, "net0", "eth1");
}

static void swapped(void)
{
	renamed("eth1", "eth0", "eth1", "eth0");
}

static void into_a_chain(void)
{
	renamed("eth1", "eth2", "eth1", "eth2");
}

static void over_one_that_nobody_asked_for(void)
{
	renamed("eth1", NULL, "eth1", "eth0");
}

static void what_is_up_is_renamed_and_stays_up(void)
{
	struct net_interface i = {.name = "eth0"};

	CHECK(!link_configure(netns.rtnl, netns_link("eth0"), &i, &netns.fault));
	CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
	netns_list();
	CHECK(netns_link("eth0")->flags & IFF_UP);
	renamed("eth1", "eth0", "eth1", "eth0");
	netns_list();
	CHECK(netns_link("eth1")->flags & IFF_UP);
	CHECK(!(netns_link("eth0")->flags & IFF_UP));
}

/* An interface that is up is set down for it: many drivers need that. */
static void hardware_address_is_given(void)
{
	const struct net_interface i = {.name = "eth0"};
	struct hw_address address;

	CHECK(!hw_address_parse("52:54:00:aa:bb:02", &address));
	CHECK(!link_configure(netns.rtnl, netns_link("eth0"), &i, &netns.fault));
	CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
	netns_list();
	CHECK(netns_link("eth0")->flags & IFF_UP);
	CHECK(!link_give_hw_address(netns.rtnl, netns_link("eth0"), &address, &netns.fault));
	CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
	netns_list();
	CHECK(!memcmp(&netns_link("eth0")->hw, &address, sizeof(address)));
	CHECK(!(netns_link("eth0")->flags & IFF_UP));
	address.bytes[0] = 0x01;
	CHECK(!link_give_hw_address(netns.rtnl, netns_link("eth0"), &address, &netns.fault));
	CHECK(rtnl_flush(netns.rtnl, &netns.fault) == -EADDRNOTAVAIL);
	CHECK(strstr(netns.fault.text,
		     "cannot give the interface eth0 the hardware address 01:54:00:aa:bb:02: "));
}

static void configured(void)
{
	struct ip_prefix addresses[] = {netns_prefix("10.7.0.1/24"), netns_prefix("fd07::1/64")};
	struct net_interface i = {.name = "eth0",
				  .mtu = 1400,
				  .noarp = true,
				  .addresses = addresses,
				  .n_addresses = 2};

	for (int twice = 0; twice < 2; twice++) {
		CHECK(!link_configure(netns.rtnl, netns_link("eth0"), &i, &netns.fault));
		CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
	}
	netns_list();
	CHECK(netns_link("eth0")->flags & IFF_UP);
	CHECK(netns_link("eth0")->flags & IFF_NOARP);
	CHECK(netns_count_addresses("10.7.0.1") == 1);
	CHECK(netns_count_addresses("fd07::1") == 1);
}

static void errors_carry_the_kernels_words(void)
{
	struct net_interface i = {.name = "eth0"};

	i.mtu = 65536;
	CHECK(!link_configure(netns.rtnl, netns_link("eth0"), &i, &netns.fault));
	CHECK(rtnl_flush(netns.rtnl, &netns.fault) == -EINVAL);
	CHECK(strstr(
		netns.fault.text,
		"cannot set the interface eth0 with MTU 65536 up: Invalid argument (the kernel says: mtu greater than device maximum)"));
}

#define NETWORK_TEST(name)                    \
	static void test_##name(void **state) \
	{                                     \
		netns_run(name);              \
	}

NETWORK_TEST(loopback)
NETWORK_TEST(all_is_listed)
NETWORK_TEST(many_are_listed)
NETWORK_TEST(to_a_new_name)
NETWORK_TEST(swapped)
NETWORK_TEST(into_a_chain)
NETWORK_TEST(over_one_that_nobody_asked_for)
NETWORK_TEST(what_is_up_is_renamed_and_stays_up)
NETWORK_TEST(configured)
NETWORK_TEST(errors_carry_the_kernels_words)
NETWORK_TEST(hardware_address_is_given)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_all_is_listed),
		cmocka_unit_test(test_many_are_listed),
		cmocka_unit_test(test_to_a_new_name),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_into_a_chain),
		cmocka_unit_test(test_over_one_that_nobody_asked_for),
		cmocka_unit_test(test_what_is_up_is_renamed_and_stays_up),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_errors_carry_the_kernels_words),
		cmocka_unit_test(test_hardware_address_is_given),
	};

	return RUN_TESTS(tests);
}
