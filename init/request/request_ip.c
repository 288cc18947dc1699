// SPDX-License-Identifier: Apache-2.0
/* The network of the request: ip=, and a device for each interface. */
#define pr_fmt(fmt) "network: " fmt

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/log.h"
#include "init/lib/root.h"
#include "init/request/request.h"
#include "spec/manifest_device.h"

int request_read_ip(struct arena *arena, struct request *request, struct fault *fault)
{
	const char *word = request->options.ip;
	int err = word ? ip_word_parse(arena, word, &request->ip, fault) : 0;

	return err ? fault_prefix(fault, err, "ip=%.200s", word) : 0;
}

/* The kernel has /proc/net/pnp if it does DHCP itself (IP_PNP, admin-guide/nfs/nfsroot.rst). */
int request_check_ip(const struct request *request, int root, struct fault *fault)
{
	int there = request->ip.dynamic ? root_look(root, fault, "proc/net/pnp") : 0;

	if (!request->ip.dynamic || there < 0)
		return there;
	if (there) {
		pr_info("ip=%s: left to the kernel", request->options.ip);
		return 0;
	}
	return fault_set(
		fault, -ENOTSUP,
		"ip=%.200s: coldinit does no DHCP, and this kernel has no IP_PNP to do it; give a static address, ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:off, or interfaces in the manifest",
		request->options.ip);
}

/* --- ip= ----------------------------------------------------------------------------------- */

static int request_ip_interface(struct arena *arena, const struct ip_word *ip, struct network *net)
{
	struct net_interface *list =
		arena_extend(arena, net->interfaces, net->n_interfaces, 1, sizeof(*list));
	struct ip_prefix *address = arena_extend(arena, &ip->address, 1, 0, sizeof(ip->address));

	if (!list || !address)
		return -ENOMEM;
	net->interfaces = list;
	list[net->n_interfaces++] = (struct net_interface){
		.device_path = "",
		.current = *ip->device ? ip->device : "*",
		.name = "",
		.addresses = address,
		.n_addresses = 1,
	};
	return 0;
}

/* Without a device: the kernel chooses the interface from the address of the gateway. */
static int request_ip_route(struct arena *arena, const struct ip_word *ip, struct network *net)
{
	struct net_route *list = arena_extend(arena, net->routes, net->n_routes, 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	net->routes = list;
	list[net->n_routes++] = (struct net_route){
		.dest.address.family = AF_INET,
		.gateway = ip->gateway,
		.device = "",
	};
	return 0;
}

static int request_ip_dns(struct arena *arena, const struct ip_word *ip, struct network *net)
{
	const char **list = arena_alloc(arena, ARRAY_SIZE(ip->dns), sizeof(*list));
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(ip->dns); i++) {
		if (!ip->dns[i].family)
			continue;
		list[n] = arena_strdup(arena, ip_text(&ip->dns[i]).s);
		if (!list[n++])
			return -ENOMEM;
	}
	net->dns = list;
	net->n_dns = n;
	return 0;
}

int request_merge_ip(struct arena *arena, struct request *request)
{
	struct network *net = &request->manifest.network;
	const struct ip_word *ip = &request->ip;
	int err = 0;

	if (!request->options.ip)
		return 0;
	if (ip->address.address.family)
		err = request_ip_interface(arena, ip, net);
	if (!err && ip->gateway.family)
		err = request_ip_route(arena, ip, net);
	if (!err && !net->n_dns)
		err = request_ip_dns(arena, ip, net);
	if (!*request->manifest.hostname)
		request->manifest.hostname = ip->hostname;
	return err;
}

/* --- the interfaces' devices --------------------------------------------------------------- */

/*
 * The device that an interface is on. A path takes precedence over a hardware address, which is
 * used if nothing is at the path.
 */
static int request_ip_device(struct arena *arena, const struct net_interface *i, struct device *out)
{
	manifest_device_defaults(out);
	out->type = "net";
	out->id = i->device_path;
	out->vm_path = i->current;
	if (i->has_hw_addr)
		*(*out->id ? &out->vm_path : &out->id) =
			arena_strdup(arena, hw_address_text(&i->hw_addr).s);
	return out->id && out->vm_path ? 0 : -ENOMEM;
}

/* Return: the index of the same device in the list, or the length of the list. */
static size_t request_ip_same(const struct request *request, const struct device *device)
{
	for (size_t i = 0; i < request->n_devices; i++) {
		const struct device *d = &request->devices[i];

		if (!strcmp(d->type, device->type) && !strcmp(d->id, device->id) &&
		    (*d->id || !strcmp(d->vm_path, device->vm_path)))
			return i;
	}
	return request->n_devices;
}

int request_add_interfaces(struct arena *arena, struct request *request)
{
	const struct network *net = &request->manifest.network;
	struct device device;
	size_t at;

	request->interface_device =
		arena_alloc(arena, net->n_interfaces, sizeof(*request->interface_device));
	if (net->n_interfaces && !request->interface_device)
		return -ENOMEM;
	for (size_t i = 0; i < net->n_interfaces; i++) {
		if (request_ip_device(arena, &net->interfaces[i], &device))
			return -ENOMEM;
		at = request_ip_same(request, &device);
		if (at == request->n_devices)
			request->devices[request->n_devices++] = device;
		request->devices[at].required = true;
		request->interface_device[i] = at;
	}
	return 0;
}
