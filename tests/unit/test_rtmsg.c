// SPDX-License-Identifier: Apache-2.0
/* The bytes of the requests, laid out as in the kernel's headers (little endian machines). */
#include "tests/unit/test.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "net/rtmsg.h"
#include "net/rtnl.h"

static union {
	struct nlmsghdr nlh;
	char room[RTNL_MESSAGE_MAX];
} buf;

static struct nlmsghdr *start(void)
{
	memset(&buf, 0, sizeof(buf)); /* libmnl 1.0.4 leaves padding as it is */
	return mnl_nlmsg_put_header(&buf);
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	return p;
}

static struct ip_address address(const char *text)
{
	struct ip_address a;

	assert_int_equal(ip_parse(text, &a), 0);
	return a;
}

/* Compare what follows the message's header, in hexadecimal; blanks in @expected are ignored. */
static void assert_body(const char *expected)
{
	char text[2 * RTNL_MESSAGE_MAX + 1] = "", wanted[2 * RTNL_MESSAGE_MAX + 1] = "";
	size_t n = 0;

	for (size_t i = MNL_NLMSG_HDRLEN; i < buf.nlh.nlmsg_len; i++)
		snprintf(text + 2 * (i - MNL_NLMSG_HDRLEN), 3, "%02x", (uint8_t)buf.room[i]);
	for (; *expected; expected++)
		if (*expected != ' ')
			wanted[n++] = *expected;
	assert_string_equal(text, wanted);
}

static void links(void **state)
{
	rtmsg_link(start(), 3, "net0", 1400, 1, 0x81);
	assert_body(
		"00 00 0000 03000000 01000000 810000000900 0300 6e657430 00 000000" /* IFLA_IFNAME
										     */
		"0800 0400 78050000");						    /* IFLA_MTU */
	rtmsg_link(start(), 1, "", 0, 1, 1);
	assert_body("00 00 0000 01000000 01000000 01000000");
}

static void addresses(void **state)
{
	struct ip_prefix p = prefix("10.0.2.15/24");

	rtmsg_address(start(), 2, &p);
	assert_body("02 18 00 00 020000000800 0200 0a00020f" /* IFA_LOCAL */
		    "0800 0100 0a00020f"		     /* IFA_ADDRESS */
		    "0800 0400 0a0002ff");		     /* IFA_BROADCAST */
	p = prefix("10.0.2.15/31");
	rtmsg_address(start(), 2, &p);
	assert_body("02 1f 00 00 02000000 0800 0200 0a00020f 0800 0100 0a00020f");
	p = prefix("fd00::15/64");
	rtmsg_address(start(), 2, &p);
	assert_body(
		"0a 40 02 00 02000000" /* IFA_F_NODAD */
		"1400 0200 fd0000000000000000000000000000151400 0100 fd000000000000000000000000000015");
}

static void routes(void **state)
{
	struct net_route r = {
		.dest.address.family = AF_INET, .gateway = address("10.0.2.2"), .device = "x"};

	rtmsg_route(start(), 2, &r);
	assert_body("02 00 00 00 fe 03 00 01 000000000800 0500 0a000202" /* RTA_GATEWAY */
		    "0800 0400 02000000");				 /* RTA_OIF */
	r = (struct net_route){
		.dest = prefix("10.9.0.0/16"), .source = address("10.0.2.15"), .device = "x"};
	rtmsg_route(start(), 2, &r);
	assert_body("02 10 00 00 fe 03 fd 01 00000000"	   /* RT_SCOPE_LINK */
		    "0800 0100 0a0900000800 0700 0a00020f" /* RTA_PREFSRC */
		    "0800 0400 02000000");
	r = (struct net_route){.dest = prefix("fd01::/64"),
			       .gateway = address("fd00::2"),
			       .device = "",
			       .flags = RTNH_F_ONLINK,
			       .scope = RT_SCOPE_HOST};
	rtmsg_route(start(), 0, &r);
	assert_body(
		"0a 40 00 00 fe 03 fe 01 040000001400 0100 fd0100000000000000000000000000001400 0500 fd000000000000000000000000000002");
	r = (struct net_route){.dest.address.family = AF_INET, .device = "x", .mtu = 1400};
	rtmsg_route(start(), 2, &r);
	assert_body("02 00 00 00 fe 03 fd 01 000000000800 0400 02000000"
		    "0c00 0800 0800 0200 78050000"); /* RTA_METRICS, RTAX_MTU */
}

static void neighbors(void **state)
{
	struct net_neighbor n = {.to = address("10.0.2.2"), .device = "x"};

	assert_int_equal(hw_address_parse("52:55:0a:00:02:02", &n.lladdr), 0);
	rtmsg_neighbor(start(), 2, &n);
	assert_body("02 00 0000 02000000 8000 00 01" /* NUD_PERMANENT */
		    "0800 0100 0a0002020a00 0200 52550a000202 0000");
	n.state = NUD_REACHABLE;
	n.flags = NTF_ROUTER;
	rtmsg_neighbor(start(), 2, &n);
	assert_body(
		"02 00 0000 02000000 0200 80 01 0800 0100 0a000202 0a00 0200 52550a000202 0000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),
		cmocka_unit_test(addresses),
		cmocka_unit_test(routes),
		cmocka_unit_test(neighbors),
	};

	return RUN_TESTS(tests);
}
