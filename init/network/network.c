// SPDX-License-Identifier: Apache-2.0
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/options/ip_word.h"
#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/network/network.h"
#include "net/route.h"
#include "spec/device_check.h"

/* --- ip= ------------------------------------------------------------------------------------- */

/* Somebody else may have asked a server already: a kernel with IP_PNP has this file. */
static int check_dynamic(const struct boot *b, struct fault *f)
{
	if (root_exists(b->root, "proc/net/pnp")) {
		pr_info("ip=%s: left to the kernel", b->options.ip);
		return 0;
	}
	return fault_set(
		f, -ENOTSUP,
		"ip=%.200s: coldinit asks no DHCP server, and this kernel has no IP_PNP to do it; give a static address, ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:off, or interfaces in the manifest",
		b->options.ip);
}

int network_read_word(struct boot *b, struct fault *f)
{
	int err;

	if (!b->options.ip)
		return 0;
	err = ip_word_parse(&b->arena, b->options.ip, &b->ip, f);
	if (err)
		return fault_prefix(f, err, "ip=%.200s", b->options.ip);
	return b->ip.dynamic ? check_dynamic(b, f) : 0;
}

/* A copy of a list with room for @more elements behind its @n. Return: NULL when memory is out. */
static void *widen(struct arena *a, const void *list, size_t n, size_t more, size_t size)
{
	void *wide = arena_alloc(a, n + more, size);

	if (wide && n)
		memcpy(wide, list, n * size);
	return wide;
}

static int add_interface(struct boot *b)
{
	struct network *net = &b->manifest.network;
	struct net_interface *list =
		widen(&b->arena, net->interfaces, net->n_interfaces, 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	net->interfaces = list;
	list[net->n_interfaces++] = (struct net_interface){
		.device_path = "",
		.current = *b->ip.device ? b->ip.device : "*",
		.name = "",
		.addresses = &b->ip.address,
		.n_addresses = 1,
	};
	return 0;
}

/* Its device is known when the interface has been found. */
static int add_default_route(struct boot *b)
{
	struct network *net = &b->manifest.network;
	struct net_route *list = widen(&b->arena, net->routes, net->n_routes, 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	net->routes = list;
	list[net->n_routes++] = (struct net_route){
		.dest.address.family = AF_INET,
		.gateway = b->ip.gateway,
		.device = "",
	};
	return 0;
}

static int add_dns(struct boot *b)
{
	struct network *net = &b->manifest.network;
	const char **list =
		widen(&b->arena, net->dns, net->n_dns, ARRAY_SIZE(b->ip.dns), sizeof(*list));

	if (!list)
		return -ENOMEM;
	net->dns = list;
	for (size_t i = 0; i < ARRAY_SIZE(b->ip.dns); i++) {
		if (!b->ip.dns[i].family)
			continue;
		list[net->n_dns] = arena_strdup(&b->arena, ip_text(&b->ip.dns[i]).s);
		if (!list[net->n_dns++])
			return -ENOMEM;
	}
	return 0;
}

/* The manifest's words count where both say something. */
static int add_ip_word(struct boot *b)
{
	int err = b->ip.address.address.family ? add_interface(b) : 0;

	if (!err && b->ip.gateway.family)
		err = add_default_route(b);
	if (!err && !b->manifest.network.n_dns)
		err = add_dns(b);
	if (!*b->manifest.hostname)
		b->manifest.hostname = b->ip.hostname;
	return err;
}

/* --- what is waited for ---------------------------------------------------------------------- */

/* The device that an interface is: where both path and hardware address are given, the path. */
static int make_device(struct arena *a, const struct net_interface *i, struct device *d)
{
	device_defaults(d);
	d->type = "net";
	d->id = i->device_path;
	d->vm_path = i->current;
	if (!*d->id && i->has_hw_addr)
		d->id = arena_strdup(a, hw_address_text(&i->hw_addr).s);
	return d->id ? 0 : -ENOMEM;
}

/* Return: the place of the same device in the manifest, else @n. */
static size_t find_device(const struct device *devices, size_t n, const struct device *d)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(devices[i].type, d->type) && !strcmp(devices[i].id, d->id) &&
		    !strcmp(devices[i].vm_path, d->vm_path))
			return i;
	return n;
}

int network_add_devices(struct boot *b, struct fault *f)
{
	struct manifest *m = &b->manifest;
	struct device *devices;
	size_t n, at;

	if (b->options.ip && add_ip_word(b))
		return fault_oom(f);
	n = m->network.n_interfaces;
	if (!n)
		return 0;
	devices = widen(&b->arena, m->devices, m->n_devices, n, sizeof(*devices));
	b->interfaces = arena_alloc(&b->arena, n, sizeof(*b->interfaces));
	if (!devices || !b->interfaces)
		return fault_oom(f);
	m->devices = devices;
	for (size_t i = 0; i < n; i++) {
		struct device *d = &devices[m->n_devices];

		if (make_device(&b->arena, &m->network.interfaces[i], d))
			return fault_oom(f);
		at = find_device(devices, m->n_devices, d);
		devices[at].required = true;
		b->interfaces[i] = at;
		m->n_devices += at == m->n_devices;
	}
	return 0;
}

/* --- setting it up --------------------------------------------------------------------------- */

static bool has_hw(const struct link *link, const struct net_interface *i)
{
	return !i->has_hw_addr || !memcmp(&link->hw, &i->hw_addr, sizeof(link->hw));
}

/* The link of an interface, which has to be what was asked for, and nobody else's. */
static int find_link(const struct links *links, const struct net_interface *i, const char *ifname,
		     struct link **out, struct fault *f)
{
	struct link *link = links_find(links, ifname);

	if (!link)
		return fault_set(f, -ENODEV, "the interface %s has gone again", ifname);
	if (!has_hw(link, i)) {
		fault_set(f, 0, "another interface is at %s: expected %s, found %s (%s)",
			  i->device_path, hw_address_text(&i->hw_addr).s,
			  hw_address_text(&link->hw).s, ifname);
		fault_expected(f, "%s at %s", hw_address_text(&i->hw_addr).s, i->device_path);
		fault_found(f, "%s", hw_address_text(&link->hw).s);
		return -ENODEV;
	}
	*out = link;
	return 0;
}

/* struct set_up - the work: for each interface its link, for each link the name it is to get */
struct set_up {
	struct rtnl *rtnl;
	struct links links;
	struct link **found;
	const char **wanted;
};

static int find_links(struct boot *b, struct set_up *s, struct fault *f)
{
	const struct network *net = &b->manifest.network;
	int err = 0;

	s->found = arena_alloc(&b->arena, net->n_interfaces + 1, sizeof(struct link *));
	s->wanted = arena_alloc(&b->arena, s->links.n + 1, sizeof(char *));
	if (!s->found || !s->wanted)
		return fault_oom(f);
	for (size_t i = 0; i < net->n_interfaces && !err; i++) {
		const struct net_interface *it = &net->interfaces[i];
		const char **wanted;

		err = find_link(&s->links, it, b->verdict.results[b->interfaces[i]].ifname,
				&s->found[i], f);
		if (err || !*it->name)
			continue;
		wanted = &s->wanted[s->found[i] - s->links.link];
		if (*wanted)
			return fault_set(f, -EEXIST,
					 "the interface %s is to have two names: %s and %s",
					 s->found[i]->name, *wanted, it->name);
		*wanted = it->name;
	}
	return err;
}

static int configure(struct boot *b, struct set_up *s, struct fault *f)
{
	const struct network *net = &b->manifest.network;
	int err = links_rename(s->rtnl, &s->links, s->wanted, f);

	for (size_t i = 0; i < net->n_interfaces && !err; i++)
		err = link_configure(s->rtnl, s->found[i], &net->interfaces[i], f);
	if (!err)
		err = route_add(s->rtnl, &s->links, net->routes, net->n_routes, f);
	if (!err)
		err = route_add_neighbors(s->rtnl, &s->links, net->neighbors, net->n_neighbors, f);
	return err;
}

/* The verdict tells the names that the interfaces have in the container. */
static void tell_names(struct boot *b, const struct set_up *s)
{
	for (size_t i = 0; i < b->manifest.network.n_interfaces; i++) {
		struct device_result *r = &b->results[b->interfaces[i]];

		memcpy(r->ifname, s->found[i]->name, sizeof(r->ifname));
		pr_info("%s is up with %zu addresses", r->ifname,
			b->manifest.network.interfaces[i].n_addresses);
	}
}

static bool is_asked_for(const struct manifest *m)
{
	const struct network *net = &m->network;

	return net->n_interfaces || net->n_routes || net->n_neighbors || net->n_dns;
}

int network_set_up(struct boot *b, struct fault *f)
{
	struct rtnl *rtnl cleanup(rtnl_close_ptr) = NULL;
	struct set_up s = {0};
	int err;

	if (*b->manifest.hostname &&
	    sethostname(b->manifest.hostname, strlen(b->manifest.hostname)))
		return fault_set(f, -errno, "cannot set the host name: %m");
	if (!is_asked_for(&b->manifest))
		return 0;
	err = rtnl_open(&rtnl, f);
	if (err)
		return err;
	s.rtnl = rtnl;
	err = links_list(rtnl, &b->arena, &s.links, f);
	if (!err)
		err = find_links(b, &s, f);
	if (!err)
		err = link_loopback_up(rtnl, f);
	if (!err)
		err = configure(b, &s, f);
	if (!err)
		err = rtnl_flush(rtnl, f);
	if (!err)
		tell_names(b, &s);
	return err;
}
