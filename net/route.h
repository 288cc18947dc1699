/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and neighbours. */
#ifndef COLDINIT_NET_ROUTE_H
#define COLDINIT_NET_ROUTE_H

#include "init/lib/network.h"
#include "net/link.h"

/**
 * route_add() - request routes: those without a gateway first, as the others may depend on them
 * @r: the socket; the requests are sent with the next rtnl_flush()
 * @links: all interfaces; must stay until then
 * @routes: the routes; must stay until then
 * @n: number of @routes
 * @fault: gets the error
 *
 * A route to the same network that exists already is replaced, one of @routes with a warning.
 *
 * Return: 0, -ENODEV if a route names an unknown interface, or the error of rtnl_request().
 */
int route_add(struct rtnl *r, const struct links *links, const struct net_route *routes, size_t n,
	      struct fault *fault) must_check nonnull(1, 2, 5);

/**
 * route_add_neighbors() - request entries of the neighbour table
 * @r: the socket; the requests are sent with the next rtnl_flush()
 * @links: all interfaces; must stay until then
 * @neighbors: the entries; must stay until then
 * @n: number of @neighbors
 * @fault: gets the error
 *
 * Return: as route_add().
 */
int route_add_neighbors(struct rtnl *r, const struct links *links,
			const struct net_neighbor *neighbors, size_t n,
			struct fault *fault) must_check nonnull(1, 2, 5);

#endif
