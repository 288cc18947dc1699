// SPDX-License-Identifier: Apache-2.0
/* linux.netDevices (OCI runtime spec, config-linux.md, "Network Devices") */
#include <string.h>

#include "init/lib/ifname.h"
#include "spec/oci_document.h"

static int oci_netdev_name(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!ifname_is_valid(json_text(item)))
		return json_fault_expected(r, item, "the name of an interface");
	return json_read_string(r, item, out);
}

static const struct json_field device_fields[] = {
	JSON_FIELD("name", oci_netdev_name, .offset = offsetof(struct oci_net_device, name)),
};

static int oci_netdev_read_one(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;
	struct oci_net_device *d = &c->net_devices[c->n_net_devices++];

	if (!ifname_is_valid(item->string))
		return json_fault(r, item, "the key is no name of an interface");
	d->guest = d->name = arena_strdup(r->arena, item->string);
	return d->guest ? json_read_object(r, item, device_fields, d) : json_fault_oom(r);
}

int oci_netdev_read(const struct json_reader *r, const cJSON *item, void *out)
{
	struct oci_config *c = out;

	c->net_devices = arena_alloc(r->arena, (size_t)cJSON_GetArraySize(item) + 1,
				     sizeof(*c->net_devices));
	if (!c->net_devices)
		return json_fault_oom(r);
	return json_read_each(r, item, false, oci_netdev_read_one, c);
}
