// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/lib/fd.h"
#include "init/lib/ifname.h"
#include "init/lib/log.h"
#include "init/network/network.h"
#include "net/route.h"

static struct device_result *network_device(const struct request *request,
					    const struct found *found, size_t interface)
{
	return &found->devices[request->interface_device[interface]];
}

static int network_check_name(const struct request *request, const struct found *found, size_t n,
			      struct fault *fault)
{
	const struct net_interface *all = request->manifest.network.interfaces;
	const char *ifname = network_device(request, found, n)->ifname;

	for (size_t i = 0; i < n && *all[n].name; i++)
		if (*all[i].name && !strcmp(network_device(request, found, i)->ifname, ifname))
			return fault_set(fault, -EEXIST,
					 "the interface %s would get two names: %s and %s", ifname,
					 all[i].name, all[n].name);
	return 0;
}

int network_check(const struct request *request, const struct found *found, struct fault *fault)
{
	int err = 0;

	for (size_t i = 0; i < request->manifest.network.n_interfaces && !err; i++)
		err = network_check_name(request, found, i, fault);
	return err;
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

static int network_find_links(struct arena *arena, struct network_job *job,
			      const struct request *request, const struct found *found,
			      struct fault *fault)
{
	const struct network *net = job->net;

	job->found = arena_alloc(arena, net->n_interfaces + 1, sizeof(*job->found));
	job->wanted = arena_alloc(arena, job->links.n + 1, sizeof(*job->wanted));
	if (!job->found || !job->wanted)
		return fault_oom(fault);
	for (size_t i = 0; i < net->n_interfaces; i++) {
		const char *ifname = network_device(request, found, i)->ifname;
		struct link *link = links_find(&job->links, ifname);

		if (!link)
			return fault_set(fault, -ENODEV, "the interface %s has disappeared",
					 ifname);
		job->found[i] = link;
		if (*net->interfaces[i].name)
			job->wanted[link - job->links.link] = net->interfaces[i].name;
	}
	return 0;
}

/* Warn if a link without a request for another address has the new address of @link, too. */
static void network_warn_of_address(const struct network_job *job, const struct link *link)
{
	for (size_t i = 0; i < job->links.n; i++) {
		const struct link *other = &job->links.link[i];

		if (other != link && !memcmp(&other->hw, &link->hw, sizeof(link->hw)))
			pr_warn("%s gets the hardware address %s, which %s has, too", link->name,
				hw_address_text(&link->hw).s, other->name);
	}
}

/*
 * A function that was found by its path gets the requested address: after a rebind, a virtual
 * function of SR-IOV has the address that its firmware chooses.
 */
static int network_give_addresses(struct network_job *job, struct fault *fault)
{
	const struct net_interface *all = job->net->interfaces;
	static const struct hw_address none;
	uint64_t changed = 0;
	int err = 0;

	for (size_t i = 0; i < job->net->n_interfaces && !err; i++) {
		struct link *link = job->found[i];

		/* An address of another size is none of Ethernet. */
		if (!all[i].has_hw_addr || !memcmp(&link->hw, &none, sizeof(none)) ||
		    !memcmp(&link->hw, &all[i].hw_addr, sizeof(none)))
			continue;
		err = link_give_hw_address(job->rtnl, link, &all[i].hw_addr, fault);
		link->hw = all[i].hw_addr;
		changed |= 1ULL << i;
	}
	for (size_t i = 0; i < job->net->n_interfaces && !err; i++)
		if (changed & 1ULL << i)
			network_warn_of_address(job, job->found[i]);
	return err;
}

static int network_configure(struct network_job *job, struct fault *fault)
{
	const struct network *net = job->net;
	int err = link_loopback_up(job->rtnl, fault);

	if (!err)
		err = links_rename(job->rtnl, &job->links, job->wanted, fault);
	if (!err)
		err = network_give_addresses(job, fault);
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

/*
 * Programs expect their loopback interface to be up, as engines make it, also without a network. A
 * kernel that has no IPv4 or no such interface can do without.
 */
static void network_loopback(void)
{
	int fd cleanup(fd_close) = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? -errno : ifname_set_up(fd, "lo");

	if (err && err != -EAFNOSUPPORT && err != -ENODEV)
		pr_warn("the loopback interface is not up: %s", strerror(-err));
}

int network_set_up(struct arena *arena, const struct request *request, struct found *found,
		   struct fault *fault)
{
	const char *hostname = request->manifest.hostname;
	struct rtnl *rtnl cleanup(rtnl_close_ptr) = NULL;
	struct network_job job = {.net = &request->manifest.network};
	int err;

	if (*hostname && sethostname(hostname, strlen(hostname)))
		return fault_perror(fault, "cannot set the host name");
	if (!network_is_requested(job.net)) {
		network_loopback();
		return 0;
	}
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
