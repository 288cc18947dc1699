/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and neighbours. */
#ifndef COLDINIT_NET_ROUTE_H
#define COLDINIT_NET_ROUTE_H

#include "init/lib/network.h"
#include "net/link.h"

/**
 * route_add() - add routes: those without a gateway first, as the others may depend on them
 * @routes: @n of them; they and @links must stay until the next rtnl_flush(), which sends them
 *
 * A route that is there already is good if it leads through the same gateway and interface. Return:
 * 0 or -errno with @fault set.
 */
int route_add(struct rtnl *r, const struct links *links, const struct net_route *routes, size_t n,
	      struct fault *fault) must_check nonnull(1, 2, 5);

/** route_add_neighbors() - add entries of the neighbour table; as above */
int route_add_neighbors(struct rtnl *r, const struct links *links,
			const struct net_neighbor *neighbors, size_t n,
			struct fault *fault) must_check nonnull(1, 2, 5);

#endif
