// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "init/network/network.h"
#include "net/route.h"

static struct device_result *network_device(const struct request *request,
					    const struct found *found, size_t interface)
{
	return &found->devices[request->interface_device[interface]];
}

int network_check(const struct request *request, const struct found *found, struct fault *fault)
{
	const struct network *net = &request->manifest.network;

	for (size_t i = 0; i < net->n_interfaces; i++) {
		const struct net_interface *it = &net->interfaces[i];
		const char *ifname = network_device(request, found, i)->ifname;

		for (size_t k = 0; k < i && *it->name; k++)
			if (*net->interfaces[k].name &&
			    !strcmp(network_device(request, found, k)->ifname, ifname))
				return fault_set(fault, -EEXIST,
						 "the interface %s would get two names: %s and %s",
						 ifname, net->interfaces[k].name, it->name);
	}
	return 0;
}

/*
 * struct network_job - one set-up
 * @net: the interfaces, routes and neighbors of the request
 * @rtnl: the netlink socket
 * @links: all links of the guest
 * @found: the link of each interface
 * @wanted: for each link its new name, NULL to keep the name
 */
struct network_job {
	const struct network *net;
	struct rtnl *rtnl;
	struct links links;
	struct link **found;
	const char **wanted;
};

/* Find the link of an interface, and check its hardware address. */
static int network_find_link(const struct links *links, const struct net_interface *i,
			     const char *ifname, struct link **out, struct fault *fault)
{
	struct link *link = links_find(links, ifname);

	if (!link)
		return fault_set(fault, -ENODEV, "the interface %s has disappeared", ifname);
	if (i->has_hw_addr && memcmp(&link->hw, &i->hw_addr, sizeof(link->hw)) != 0) {
		fault_set(fault, 0, "another interface is at %s: expected %s, found %s (%s)",
			  i->device_path, hw_address_text(&i->hw_addr).s,
			  hw_address_text(&link->hw).s, ifname);
		fault_expected(fault, "%s at %s", hw_address_text(&i->hw_addr).s, i->device_path);
		fault_found(fault, "%s", hw_address_text(&link->hw).s);
		return -ENODEV;
	}
	*out = link;
	return 0;
}

static int network_find_links(struct arena *arena, struct network_job *job,
			      const struct request *request, const struct found *found,
			      struct fault *fault)
{
	const struct network *net = job->net;
	int err = 0;

	job->found = arena_alloc(arena, net->n_interfaces + 1, sizeof(*job->found));
	job->wanted = arena_alloc(arena, job->links.n + 1, sizeof(*job->wanted));
	if (!job->found || !job->wanted)
		return fault_oom(fault);
	for (size_t i = 0; i < net->n_interfaces && !err; i++) {
		const struct net_interface *it = &net->interfaces[i];

		err = network_find_link(&job->links, it, network_device(request, found, i)->ifname,
					&job->found[i], fault);
		if (!err && *it->name)
			job->wanted[job->found[i] - job->links.link] = it->name;
	}
	return err;
}

static int network_configure(struct network_job *job, struct fault *fault)
{
	const struct network *net = job->net;
	int err = link_loopback_up(job->rtnl, fault);

	if (!err)
		err = links_rename(job->rtnl, &job->links, job->wanted, fault);
	for (size_t i = 0; i < net->n_interfaces && !err; i++)
		err = link_configure(job->rtnl, job->found[i], &net->interfaces[i], fault);
	if (!err)
		err = route_add(job->rtnl, &job->links, net->routes, net->n_routes, fault);
	if (!err)
		err = route_add_neighbors(job->rtnl, &job->links, net->neighbors, net->n_neighbors,
					  fault);
	return err ? err : rtnl_flush(job->rtnl, fault);
}

/* The verdict reports the names that the container sees. */
static void network_keep_names(const struct network_job *job, const struct request *request,
			       struct found *found)
{
	for (size_t i = 0; i < job->net->n_interfaces; i++) {
		struct device_result *result = network_device(request, found, i);

		memcpy(result->ifname, job->found[i]->name, sizeof(result->ifname));
		pr_info("%s is up with %zu addresses", result->ifname,
			job->net->interfaces[i].n_addresses);
	}
}

static bool network_is_requested(const struct network *net)
{
	return net->n_interfaces || net->n_routes || net->n_neighbors || net->n_dns;
}

int network_set_up(struct arena *arena, const struct request *request, struct found *found,
		   struct fault *fault)
{
	const char *hostname = request->manifest.hostname;
	struct rtnl *rtnl cleanup(rtnl_close_ptr) = NULL;
	struct network_job job = {.net = &request->manifest.network};
	int err;

	if (*hostname && sethostname(hostname, strlen(hostname)))
		return fault_set(fault, -errno, "cannot set the host name: %m");
	if (!network_is_requested(job.net))
		return 0;
	err = rtnl_open(&rtnl, fault);
	if (err)
		return err;
	job.rtnl = rtnl;
	err = links_list(rtnl, arena, &job.links, fault);
	if (!err)
		err = network_find_links(arena, &job, request, found, fault);
	if (!err)
		err = network_configure(&job, fault);
	if (!err)
		network_keep_names(&job, request, found);
	return err;
}
