// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/str.h"
#include "net/link.h"
#include "net/rtmsg.h"

/* The index of "lo" in each network namespace (the kernel's LOOPBACK_IFINDEX). */
#define LOOPBACK_INDEX 1

/* No guest has more; a limit for the list. */
#define LINKS_MAX 4096

/* --- the list -------------------------------------------------------------------------------- */

/* struct link_listing - the links that have been received, in room for @size */
struct link_listing {
	struct arena *arena;
	struct links links;
	size_t size;
};

static int link_grow(struct link_listing *l)
{
	size_t more = l->size ? l->size : 8;
	struct link *links =
		arena_extend(l->arena, l->links.link, l->links.n, more, sizeof(*links));

	if (!links)
		return -ENOMEM;
	l->links.link = links;
	l->size += more;
	return 0;
}

static void link_take_attribute(struct link *link, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);
	const void *data = mnl_attr_get_payload(attr);

	if (mnl_attr_get_type(attr) == IFLA_IFNAME && len && len <= sizeof(link->name)) {
		memcpy(link->name, data, len);
		link->name[len - 1] = '\0';
	} else if (mnl_attr_get_type(attr) == IFLA_ADDRESS && len == sizeof(link->hw.bytes)) {
		memcpy(link->hw.bytes, data, len);
	}
}

static int link_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(nlh);
	struct link_listing *l = arg;
	const struct nlattr *attr;
	struct link *link;

	if (nlh->nlmsg_type != RTM_NEWLINK || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*m)))
		return 0;
	if (l->links.n == LINKS_MAX)
		return -E2BIG;
	if (l->links.n == l->size && link_grow(l))
		return -ENOMEM;
	link = &l->links.link[l->links.n++];
	link->index = m->ifi_index;
	link->flags = m->ifi_flags;
	mnl_attr_for_each(attr, nlh, sizeof(*m))
	{
		link_take_attribute(link, attr);
	}
	return 0;
}

int links_list(struct rtnl *r, struct arena *a, struct links *out, struct fault *fault)
{
	union rtnl_message message;
	struct nlmsghdr *nlh = rtnl_dump(&message, RTM_GETLINK);
	struct link_listing l = {.arena = a};
	int err;

	rtmsg_link(nlh, 0, "", 0, 0, 0);
	err = rtnl_query(r, nlh, "list the network interfaces", link_take, &l, fault);
	if (!err)
		*out = l.links;
	return err;
}

struct link *links_find(const struct links *links, const char *name)
{
	for (size_t i = 0; i < links->n; i++)
		if (!strcmp(links->link[i].name, name))
			return &links->link[i];
	return NULL;
}

void links_names(const struct links *links, char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (size_t i = 0; i < links->n && used + IFNAME_MAX + 1 < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? " " : "",
					 links->link[i].name);
}

/* --- changes --------------------------------------------------------------------------------- */

static int link_change(struct rtnl *r, const struct rtnl_op *op, const char *name, uint32_t mtu,
		       unsigned flags, unsigned mask, struct fault *fault)
{
	struct nlmsghdr *nlh;
	int err = rtnl_request(r, RTM_NEWLINK, 0, op, &nlh, fault);

	if (!err)
		rtmsg_link(nlh, op->index, name, mtu, flags, mask);
	return err;
}

static void link_describe_loopback(const struct rtnl_op *op, char *buf, size_t size)
{
	(void)op;
	snprintf(buf, size, "set lo up");
}

int link_loopback_up(struct rtnl *r, struct fault *fault)
{
	const struct rtnl_op op = {.describe = link_describe_loopback, .index = LOOPBACK_INDEX};

	return link_change(r, &op, "", 0, IFF_UP, IFF_UP, fault);
}

static void link_describe_name(const struct rtnl_op *op, char *buf, size_t size)
{
	snprintf(buf, size, "give the interface with index %d the name %s", op->index, op->name);
}

static void link_describe_down(const struct rtnl_op *op, char *buf, size_t size)
{
	snprintf(buf, size, "set the interface with index %d down, to name it %s", op->index,
		 op->name);
}

/* Kernels before 6.2 rename only interfaces that are down. */
static int link_rename_one(struct rtnl *r, struct link *link, const char *name, struct fault *fault)
{
	struct rtnl_op op = {.describe = link_describe_down, .name = name, .index = link->index};
	unsigned up = link->flags & IFF_UP;
	int err = 0;

	if (up)
		err = link_change(r, &op, "", 0, 0, IFF_UP, fault);
	op.describe = link_describe_name;
	if (!err)
		err = link_change(r, &op, name, 0, up, up, fault);
	return err ? err : str_copy(link->name, sizeof(link->name), name);
}

/* Will another interface get the name that the one at @holder has? */
static bool link_is_in_the_way(const struct links *links, const char **wanted, size_t holder)
{
	for (size_t i = 0; i < links->n; i++)
		if (i != holder && wanted[i] && !strcmp(wanted[i], links->link[holder].name))
			return true;
	return false;
}

static int link_clear_the_way(struct rtnl *r, struct link *link, struct fault *fault)
{
	int err = str_printf(link->temporary, sizeof(link->temporary), "cold%d", link->index);

	return err ? err : link_rename_one(r, link, link->temporary, fault);
}

/* An interface that was not requested and lost its name gets the old name of the one that has it.
 */
static int link_compensate(struct rtnl *r, struct links *links, struct link *link,
			   struct fault *fault)
{
	const struct link *taker = links_find(links, link->first_name);

	if (!taker || links_find(links, taker->first_name))
		return 0;
	return link_rename_one(r, link, taker->first_name, fault);
}

int links_rename(struct rtnl *r, struct links *links, const char **wanted, struct fault *fault)
{
	struct link *link = links->link;
	int err = 0;

	for (size_t i = 0; i < links->n; i++)
		memcpy(link[i].first_name, link[i].name, IFNAME_MAX);
	for (size_t i = 0; i < links->n && !err; i++)
		if (link_is_in_the_way(links, wanted, i))
			err = link_clear_the_way(r, &link[i], fault);
	for (size_t i = 0; i < links->n && !err; i++)
		if (wanted[i] && strcmp(wanted[i], link[i].name) != 0)
			err = link_rename_one(r, &link[i], wanted[i], fault);
	for (size_t i = 0; i < links->n && !err; i++)
		if (!wanted[i] && link[i].temporary[0])
			err = link_compensate(r, links, &link[i], fault);
	return err;
}

static void link_describe_link(const struct rtnl_op *op, char *buf, size_t size)
{
	const struct net_interface *i = op->object;
	char mtu[24] = "";

	if (i->mtu)
		snprintf(mtu, sizeof(mtu), " with MTU %u", i->mtu);
	snprintf(buf, size, "set the interface %s%s up%s", op->name, mtu,
		 i->noarp ? ", without ARP" : "");
}

static void link_describe_address(const struct rtnl_op *op, char *buf, size_t size)
{
	snprintf(buf, size, "add the address %s to the interface %s", ip_prefix_text(op->object).s,
		 op->name);
}

static void link_describe_hw_address(const struct rtnl_op *op, char *buf, size_t size)
{
	snprintf(buf, size, "give the interface %s the hardware address %s", op->name,
		 hw_address_text(op->object).s);
}

int link_give_hw_address(struct rtnl *r, const struct link *link, const struct hw_address *address,
			 struct fault *fault)
{
	const struct rtnl_op op = {.describe = link_describe_hw_address,
				   .object = address,
				   .name = link->name,
				   .index = link->index};
	struct nlmsghdr *nlh;
	int err = 0;

	/* Many drivers change the address only of interfaces that are down. */
	if (link->flags & IFF_UP)
		err = link_change(r, &op, "", 0, 0, IFF_UP, fault);
	if (!err)
		err = rtnl_request(r, RTM_NEWLINK, 0, &op, &nlh, fault);
	if (err)
		return err;
	rtmsg_link(nlh, link->index, "", 0, 0, 0);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(address->bytes), address->bytes);
	return 0;
}

int link_configure(struct rtnl *r, const struct link *link, const struct net_interface *i,
		   struct fault *fault)
{
	struct rtnl_op op = {.describe = link_describe_link,
			     .object = i,
			     .name = link->name,
			     .index = link->index};
	unsigned flags = IFF_UP | (i->noarp ? IFF_NOARP : 0);
	struct nlmsghdr *nlh;
	int err = link_change(r, &op, "", i->mtu, flags, flags, fault);

	op.describe = link_describe_address;
	for (size_t k = 0; k < i->n_addresses && !err; k++) {
		op.object = &i->addresses[k];
		op.ipv6 = i->addresses[k].address.family == AF_INET6;
		err = rtnl_request(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &op, &nlh, fault);
		if (!err)
			rtmsg_address(nlh, link->index, &i->addresses[k]);
	}
	return err;
}
