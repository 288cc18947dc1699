// SPDX-License-Identifier: Apache-2.0
/* The manifest: any bytes. An accepted manifest has what its users rely on. */
#include "spec/manifest.h"
#include "init/lib/ifname.h"
#include "tests/fuzz/fuzz.h"

static void check_device(const struct device *d)
{
	if (!*d->type || (!*d->id && !*d->vm_path && !d->n_options))
		abort();
	if (*d->container_path && *d->container_path != '/')
		abort();
	if (d->n_options > 256 || d->timeout_ms > 3600000)
		abort();
	for (size_t i = 0; i < d->n_options; i++)
		if (!d->options[i])
			abort();
	for (size_t i = 0; i < d->n_expect_ids; i++)
		if (strlen(d->expect_ids[i]) != 9)
			abort();
}

static void check_network(const struct network *net)
{
	for (size_t i = 0; i < net->n_interfaces; i++) {
		const struct net_interface *it = &net->interfaces[i];

		if (!it->has_hw_addr && !*it->device_path)
			abort();
		if ((*it->name && !ifname_is_valid(it->name)) || it->mtu > 65535)
			abort();
		for (size_t k = 0; k < it->n_addresses; k++)
			if (it->addresses[k].length > ip_bits(&it->addresses[k].address))
				abort();
	}
	for (size_t i = 0; i < net->n_routes; i++) {
		const struct net_route *r = &net->routes[i];

		if (!r->dest.address.family || r->dest.length > ip_bits(&r->dest.address))
			abort();
		if (r->gateway.family && r->gateway.family != r->dest.address.family)
			abort();
		if (!*r->device && !r->gateway.family)
			abort();
	}
	for (size_t i = 0; i < net->n_neighbors; i++)
		if (!net->neighbors[i].to.family || !ifname_is_valid(net->neighbors[i].device))
			abort();
	for (size_t i = 0; i < net->n_dns; i++)
		if (!*net->dns[i] || strchr(net->dns[i], '\n'))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct fault f = {0};
	struct manifest m;

	if (manifest_parse(&a, (const char *)data, size, &m, &f) == 0) {
		for (size_t i = 0; i < m.n_devices; i++)
			check_device(&m.devices[i]);
		for (size_t i = 0; i < m.n_storages; i++)
			if (m.storages[i].mount_point[0] != '/')
				abort();
		check_network(&m.network);
		if (strchr(m.container_id, '/') || strlen(m.hostname) > 64)
			abort();
	} else if (!*f.text) {
		abort();
	}
	arena_free(&a);
	return 0;
}
