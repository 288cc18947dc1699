/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces: which exist, their names, MTU, addresses, state. */
#ifndef COLDINIT_NET_LINK_H
#define COLDINIT_NET_LINK_H

#include "init/lib/arena.h"
#include "init/lib/ifname.h"
#include "init/lib/network.h"
#include "net/rtnl.h"

/**
 * struct link - an interface of the guest
 * @index: its number
 * @flags: IFF_ values
 * @name: its name
 * @first_name, @temporary: used by links_rename()
 * @hw: its hardware address, zero if it has none of Ethernet's size
 */
struct link {
	int index;
	unsigned flags;
	char name[IFNAME_MAX], first_name[IFNAME_MAX], temporary[IFNAME_MAX];
	struct hw_address hw;
};

/** struct links - @n of them */
struct links {
	struct link *link;
	size_t n;
};

/**
 * links_list() - get all interfaces from the kernel
 * @r: the socket
 * @a: the list is allocated here
 * @out: gets the list; untouched on failure
 * @fault: gets the error
 *
 * Return: 0, -ENOMEM, -E2BIG, -ETIME without an answer, or the errno of the kernel.
 */
int links_list(struct rtnl *r, struct arena *a, struct links *out, struct fault *fault) must_check
	nonnull(1, 2, 3, 4);

/**
 * links_find() - find an interface by its name
 * @links: the list
 * @name: the name
 *
 * Return: the interface in the list, NULL if there is none.
 */
struct link *links_find(const struct links *links, const char *name) nonnull(1, 2);

/**
 * links_names() - print the names of all interfaces, with blanks between them, for messages
 * @links: the list
 * @buf: gets the text
 * @size: room in @buf; names that do not fit are left out
 */
void links_names(const struct links *links, char *buf, size_t size) nonnull(1, 2);

/**
 * link_loopback_up() - request that "lo" is set up
 * @r: the socket; the request is sent with the next rtnl_flush()
 * @fault: gets the error
 *
 * Return: 0, or the error of rtnl_request().
 */
int link_loopback_up(struct rtnl *r, struct fault *fault) must_check nonnull(1, 2);

/**
 * links_rename() - request new names of interfaces
 * @r: the socket; the requests are sent with the next rtnl_flush()
 * @links: the list; gets the new names, which the requests refer to
 * @wanted: the new name of each of @links, NULL for those that were not requested
 * @fault: gets the error
 *
 * Names may be swapped. An interface that was not requested loses its name if another one gets it;
 * its new name is the one that has become free, or "coldN" with its index.
 *
 * Return: 0, or the error of rtnl_request().
 */
int links_rename(struct rtnl *r, struct links *links, const char **wanted,
		 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * link_give_hw_address() - request another hardware address, which sets the interface down
 * @r: the socket; the requests are sent with the next rtnl_flush()
 * @link: the interface; must stay until then
 * @address: the address; must stay until then
 * @fault: gets the error
 *
 * Return: 0, or the error of rtnl_request().
 */
int link_give_hw_address(struct rtnl *r, const struct link *link, const struct hw_address *address,
			 struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * link_configure() - request MTU, addresses, and that an interface is up
 * @r: the socket; the requests are sent with the next rtnl_flush()
 * @link: the interface; must stay until then
 * @i: what was requested; must stay until then
 * @fault: gets the error
 *
 * Settings that are there already are no error.
 *
 * Return: 0, or the error of rtnl_request().
 */
int link_configure(struct rtnl *r, const struct link *link, const struct net_interface *i,
		   struct fault *fault) must_check nonnull(1, 2, 3, 4);

#endif
