// SPDX-License-Identifier: Apache-2.0
/* Links, addresses, routes and neighbours, on a veth pair in a separate network namespace. */
#include "tests/unit/test.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/route.h"
#include "tests/unit/support/container_namespace.h"

static struct arena arena;
static struct fault fault;
static struct rtnl *rtnl;
static struct links links;

/* --- the namespace --------------------------------------------------------------------------- */

static void tell_pair(const struct rtnl_op *w, char *buf, size_t size)
{
	(void)w;
	snprintf(buf, size, "make a veth pair");
}

static void make_pair(const char *one, const char *other)
{
	static const struct rtnl_op want = {.describe = tell_pair};
	struct nlattr *info, *data, *peer;
	struct nlmsghdr *nlh;

	CHECK(!rtnl_request(rtnl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &want, &nlh, &fault));
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, one);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, other);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	CHECK(!rtnl_flush(rtnl, &fault));
}

static void list(void)
{
	CHECK(!links_list(rtnl, &arena, &links, &fault));
}

static struct link *named(const char *name)
{
	return links_find(&links, name);
}

static void in_network(void (*fn)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		CHECK(!unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0)));
		CHECK(!rtnl_open(&rtnl, &fault));
		make_pair("eth0", "eth1");
		list();
		fn();
		rtnl_close(rtnl);
		arena_free(&arena);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	CHECK(!ip_prefix_parse(text, &p));
	return p;
}

static struct ip_address address(const char *text)
{
	struct ip_address a;

	CHECK(!ip_parse(text, &a));
	return a;
}

/* Is there such a message in a dump? */
struct search {
	uint16_t type, attribute;
	const void *data;
	size_t len, found;
};

static int look(const struct nlmsghdr *nlh, void *arg)
{
	static const size_t headers[] = {sizeof(struct ifaddrmsg), sizeof(struct rtmsg),
					 sizeof(struct ndmsg)};
	struct search *s = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, headers[(s->type - RTM_NEWADDR) / 4]) s->found +=
		mnl_attr_get_type(attr) == s->attribute &&
		mnl_attr_get_payload_len(attr) == s->len &&
		!memcmp(mnl_attr_get_payload(attr), s->data, s->len);
	return 0;
}

/* How many addresses, routes or neighbours have this attribute? */
static size_t count(uint16_t new, int family, uint16_t attribute, const void *data, size_t len)
{
	struct search s = {new, attribute, data, len, 0};
	union {
		struct nlmsghdr nlh;
		char room[64];
	} buf;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(&buf);

	nlh->nlmsg_type = new + 2; /* RTM_GET… */
	nlh->nlmsg_flags = NLM_F_DUMP;
	*(uint8_t *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtmsg)) = (uint8_t)family;
	CHECK(!rtnl_query(rtnl, nlh, "look", look, &s, &fault));
	return s.found;
}

static size_t count_addresses(const char *text)
{
	struct ip_address a = address(text);

	return count(RTM_NEWADDR, a.family, IFA_ADDRESS, a.bytes, ip_size(&a));
}

static size_t count_gateways(const char *text)
{
	struct ip_address a = address(text);

	return count(RTM_NEWROUTE, a.family, RTA_GATEWAY, a.bytes, ip_size(&a));
}

/* --- links ----------------------------------------------------------------------------------- */

static void loopback(void)
{
	CHECK(!(named("lo")->flags & IFF_UP));
	CHECK(!link_loopback_up(rtnl, &fault));
	CHECK(!rtnl_flush(rtnl, &fault));
	list();
	CHECK(named("lo")->flags & IFF_UP);
}

static void all_is_listed(void)
{
	static const struct hw_address none;
	char names[64];

	CHECK(links.n == 3);
	CHECK(named("lo") && named("eth0") && named("eth1") && !named("eth2"));
	CHECK(memcmp(&named("eth0")->hw, &none, sizeof(none)) != 0);
	CHECK(!memcmp(&named("lo")->hw, &none, sizeof(none)));
	CHECK((unsigned)named("eth0")->index == if_nametoindex("eth0"));
	links_names(&links, names, sizeof(names));
	CHECK(strlen(names) == strlen("lo eth0 eth1"));
	links_names(&links, names, 20);
	CHECK(strlen(names) < 20);
}

/* Enough interfaces that the kernel's answer comes in several parts. */
static void many_are_listed(void)
{
	char one[16], other[16];

	for (int i = 0; i < 40; i++) {
		snprintf(one, sizeof(one), "a%d", i);
		snprintf(other, sizeof(other), "b%d", i);
		make_pair(one, other);
	}
	list();
	CHECK(links.n == 83);
	CHECK(named("a0") && named("b39"));
}

static void rename_to(const char *eth0, const char *eth1)
{
	const char *wanted[8] = {NULL};

	wanted[named("eth0") - links.link] = eth0;
	wanted[named("eth1") - links.link] = eth1;
	CHECK(!links_rename(rtnl, &links, wanted, &fault));
	CHECK(!rtnl_flush(rtnl, &fault));
}

/* eth0 has the name @first now, and eth1 has @second, in the kernel and in @links. */
static void check_names(int eth0, int eth1, const char *first, const char *second)
{
	CHECK(named(first) && named(first)->index == eth0);
	CHECK(named(second) && named(second)->index == eth1);
	CHECK(if_nametoindex(first) == (unsigned)eth0);
	CHECK(if_nametoindex(second) == (unsigned)eth1);
}

static void renamed(const char *eth0, const char *eth1, const char *first, const char *second)
{
	int zero = named("eth0")->index, one = named("eth1")->index;

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

	CHECK(!link_configure(rtnl, named("eth0"), &i, &fault));
	CHECK(!rtnl_flush(rtnl, &fault));
	list();
	CHECK(named("eth0")->flags & IFF_UP);
	renamed("eth1", "eth0", "eth1", "eth0");
	list();
	CHECK(named("eth1")->flags & IFF_UP);
	CHECK(!(named("eth0")->flags & IFF_UP));
}

static void configured(void)
{
	struct ip_prefix addresses[] = {prefix("10.7.0.1/24"), prefix("fd07::1/64")};
	struct net_interface i = {.name = "eth0",
				  .mtu = 1400,
				  .noarp = true,
				  .addresses = addresses,
				  .n_addresses = 2};

	for (int twice = 0; twice < 2; twice++) {
		CHECK(!link_configure(rtnl, named("eth0"), &i, &fault));
		CHECK(!rtnl_flush(rtnl, &fault));
	}
	list();
	CHECK(named("eth0")->flags & IFF_UP);
	CHECK(named("eth0")->flags & IFF_NOARP);
	CHECK(count_addresses("10.7.0.1") == 1);
	CHECK(count_addresses("fd07::1") == 1);
}

static void errors_carry_the_kernels_words(void)
{
	struct net_interface i = {.name = "eth0"};

	i.mtu = 65536;
	CHECK(!link_configure(rtnl, named("eth0"), &i, &fault));
	CHECK(rtnl_flush(rtnl, &fault) == -EINVAL);
	CHECK(strstr(
		fault.text,
		"cannot set the interface eth0 with MTU 65536 up: Invalid argument (the kernel says: mtu greater than device maximum)"));
}

/* --- routes and neighbours ------------------------------------------------------------------- */

static struct ip_prefix local;

/* eth0 is up with 10.7.0.1/24, and eth1 is up. */
static void prepare(void)
{
	struct net_interface i = {.name = "", .addresses = &local, .n_addresses = 1};

	local = prefix("10.7.0.1/24");
	CHECK(!link_configure(rtnl, named("eth0"), &i, &fault));
	i.n_addresses = 0;
	CHECK(!link_configure(rtnl, named("eth1"), &i, &fault));
	CHECK(!rtnl_flush(rtnl, &fault));
}

static int add(const struct net_route *routes, size_t n)
{
	int err = route_add(rtnl, &links, routes, n, &fault);

	return err ? err : rtnl_flush(rtnl, &fault);
}

static void routes(void)
{
	struct net_route all[] = {
		/* This route needs the second one. */
		{.dest = prefix("10.9.0.0/16"), .gateway = address("10.8.0.2"), .device = "eth0"},
		{.dest = prefix("10.8.0.0/24"), .device = "eth0", .source = address("10.7.0.1")},
		{.dest.address.family = AF_INET, .gateway = address("10.7.0.2"), .device = ""},
		{.dest.address.family = AF_INET6, .gateway = address("fe80::2"), .device = "eth0"},
		{.dest = prefix("10.10.0.0/16"),
		 .gateway = address("192.0.2.1"),
		 .device = "eth0",
		 .flags = RTNH_F_ONLINK},
	};

	prepare();
	for (int twice = 0; twice < 2; twice++) {
		CHECK(!add(all, ARRAY_SIZE(all)));
		CHECK(count_gateways("10.8.0.2") == 1);
		CHECK(count_gateways("10.7.0.2") == 1);
		CHECK(count_gateways("fe80::2") == 1);
		CHECK(count_gateways("192.0.2.1") == 1);
	}
}

/* Hundreds of requests are sent in several parts. */
static void many_routes(void)
{
	static struct net_route all[500];
	uint32_t oif = (uint32_t)named("eth0")->index;

	prepare();
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char text[32];

		snprintf(text, sizeof(text), "172.16.%zu.%zu/32", i / 250, i % 250);
		all[i] = (struct net_route){
			.dest = prefix(text), .gateway = address("10.7.0.2"), .device = "eth0"};
	}
	for (int twice = 0; twice < 2; twice++) {
		CHECK(!add(all, ARRAY_SIZE(all)));
		CHECK(count_gateways("10.7.0.2") == ARRAY_SIZE(all));
		CHECK(count(RTM_NEWROUTE, AF_INET, RTA_OIF, &oif, 4) >= ARRAY_SIZE(all));
	}
	/* A wrong request in the middle is found, and named. */
	all[250].gateway = address("10.77.0.2");
	all[250].dest = prefix("10.78.0.0/16");
	CHECK(add(all, ARRAY_SIZE(all)) == -ENETUNREACH);
	CHECK(strstr(fault.text, "route to 10.78.0.0/16 via 10.77.0.2 on eth0"));
}

static void route_errors(void)
{
	struct net_route route = {
		.dest = prefix("10.9.0.0/16"), .gateway = address("10.7.0.2"), .device = "eth0"};

	prepare();
	CHECK(!add(&route, 1));
	route.gateway = address("10.7.0.3");
	CHECK(add(&route, 1) == -EEXIST);
	CHECK(!strcmp(
		fault.text,
		"cannot add the route to 10.9.0.0/16 via 10.7.0.3 on eth0: there is another route to it; leave one of them out"));
	CHECK(strstr(fault.expected, "10.7.0.3") && strstr(fault.found, "10.7.0.2"));
	route.device = "eth7";
	CHECK(add(&route, 1) == -ENODEV);
	fprintf(stderr, "# %s\n", fault.text);
	CHECK(strstr(
		fault.text,
		"cannot add the route to 10.9.0.0/16 via 10.7.0.3 on eth7: there is no such interface; found: lo "));
	route = (struct net_route){.dest = prefix("10.9.0.1/16"), .device = "eth0"};
	CHECK(add(&route, 1) == -EINVAL);
	CHECK(strstr(fault.text, "(the kernel says: Invalid prefix for given prefix length)"));
	route = (struct net_route){
		.dest = prefix("10.11.0.0/16"), .gateway = address("10.99.0.1"), .device = "eth0"};
	CHECK(add(&route, 1) == -ENETUNREACH);
	CHECK(strstr(fault.text, "Nexthop has invalid gateway"));
}

static void neighbors(void)
{
	struct net_neighbor n = {.to = address("10.7.0.9"), .device = "eth0"};

	prepare();
	CHECK(!hw_address_parse("52:55:0a:00:02:02", &n.lladdr));
	for (int twice = 0; twice < 2; twice++) {
		CHECK(!route_add_neighbors(rtnl, &links, &n, 1, &fault));
		CHECK(!rtnl_flush(rtnl, &fault));
		CHECK(count(RTM_NEWNEIGH, AF_INET, NDA_LLADDR, n.lladdr.bytes, 6) == 1);
	}
	n.device = "eth9";
	CHECK(route_add_neighbors(rtnl, &links, &n, 1, &fault) == -ENODEV);
	CHECK(strstr(fault.text, "cannot add the neighbor 10.7.0.9 (52:55:0a:00:02:02) on eth9"));
}

#define NETWORK_TEST(name)                    \
	static void test_##name(void **state) \
	{                                     \
		in_network(name);             \
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
NETWORK_TEST(routes)
NETWORK_TEST(many_routes)
NETWORK_TEST(route_errors)
NETWORK_TEST(neighbors)

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
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_many_routes),
		cmocka_unit_test(test_route_errors),
		cmocka_unit_test(test_neighbors),
	};

	return RUN_TESTS(tests);
}
