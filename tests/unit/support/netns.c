// SPDX-License-Identifier: Apache-2.0
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/support/netns.h"

struct netns netns;

static void tell_pair(const struct rtnl_op *w, char *buf, size_t size)
{
	(void)w;
	snprintf(buf, size, "make a veth pair");
}

void netns_make_pair(const char *one, const char *other)
{
	static const struct rtnl_op want = {.describe = tell_pair};
	struct nlattr *info, *data, *peer;
	struct nlmsghdr *nlh;

	CHECK(!rtnl_request(netns.rtnl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &want, &nlh,
			    &netns.fault));
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
	CHECK(!rtnl_flush(netns.rtnl, &netns.fault));
}

void netns_list(void)
{
	CHECK(!links_list(netns.rtnl, &netns.arena, &netns.links, &netns.fault));
}

struct link *netns_link(const char *name)
{
	return links_find(&netns.links, name);
}

void netns_run(void (*fn)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		CHECK(!unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0)));
		CHECK(!rtnl_open(&netns.rtnl, &netns.fault));
		netns_make_pair("eth0", "eth1");
		netns_list();
		fn();
		rtnl_close(netns.rtnl);
		arena_free(&netns.arena);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

struct ip_prefix netns_prefix(const char *text)
{
	struct ip_prefix p;

	CHECK(!ip_prefix_parse(text, &p));
	return p;
}

struct ip_address netns_address(const char *text)
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

size_t netns_count(uint16_t new, int family, uint16_t attribute, const void *data, size_t len)
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
	CHECK(!rtnl_query(netns.rtnl, nlh, "look", look, &s, &netns.fault));
	return s.found;
}

size_t netns_count_addresses(const char *text)
{
	struct ip_address a = netns_address(text);

	return netns_count(RTM_NEWADDR, a.family, IFA_ADDRESS, a.bytes, ip_size(&a));
}

size_t netns_count_gateways(const char *text)
{
	struct ip_address a = netns_address(text);

	return netns_count(RTM_NEWROUTE, a.family, RTA_GATEWAY, a.bytes, ip_size(&a));
}
