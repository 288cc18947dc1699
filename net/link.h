/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces: what there are, their names, MTU, addresses, state. */
#ifndef COLDINIT_NET_LINK_H
#define COLDINIT_NET_LINK_H

#include "init/lib/arena.h"
#include "init/lib/ifname.h"
#include "init/lib/network.h"
#include "net/rtnl.h"

/**
 * struct link - an interface of the guest
 * @flags: IFF_ values
 * @hw: its hardware address, zero if it has none of Ethernet's size
 * @first_name, @temporary: links_rename()'s
 */
struct link {
	int index;
	unsigned flags;
	char name[IFNAME_MAX], first_name[IFNAME_MAX], temporary[IFNAME_MAX];
	struct hw_address hw;
};

/** struct links - all of them */
struct links {
	struct link *link;
	size_t n;
};

/** links_list() - ask the kernel. Return: 0 with @out from the arena, or -errno with @fault set. */
int links_list(struct rtnl *r, struct arena *a, struct links *out, struct fault *fault) must_check
	nonnull(1, 2, 3, 4);

/** links_find() - by name. Return: NULL if there is none. */
struct link *links_find(const struct links *links, const char *name) nonnull(1, 2);

/** links_names() - all names with blanks between, for messages; what does not fit is left out */
void links_names(const struct links *links, char *buf, size_t size) nonnull(1, 2);

/** link_loopback_up() - request it. Return: 0 or -errno with @fault set. */
int link_loopback_up(struct rtnl *r, struct fault *fault) must_check nonnull(1, 2);

/**
 * links_rename() - give interfaces their names
 * @wanted: for each of @links its name to be, NULL for those that nobody asks for
 *
 * Names may be swapped; an interface that nobody asks for gets out of the way: it takes the name
 * that has become free, or "coldN" with its index. @links and @wanted[] follow. The requests are
 * sent with the next rtnl_flush(). Return: 0 or -errno with @fault set.
 */
int links_rename(struct rtnl *r, struct links *links, const char **wanted,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * link_configure() - MTU, up, addresses, as @i asks
 *
 * What is so already stays so. The requests are sent with the next rtnl_flush(), for which @link
 * and @i must stay. Return: 0 or -errno with @fault set.
 */
int link_configure(struct rtnl *r, const struct link *link, const struct net_interface *i,
		   struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
