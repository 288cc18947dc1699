// SPDX-License-Identifier: Apache-2.0
/*
 * Kata's messages Interface, Route, ARPNeighbor and IPAddress (its types.proto) as JSON. Fields
 * that have no meaning in the guest are checked and not used; flags other than those that network
 * plug-ins set are refused.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/ifname.h"
#include "init/lib/network.h"
#include "init/lib/str.h"
#include "spec/manifest_read.h"

#define INTERFACES_MAX 64
#define ADDRESSES_MAX  64
#define ROUTES_MAX     1024
#define NEIGHBORS_MAX  1024
#define DNS_MAX	       64
#define TEXT_MAX       256

#define MTU_MIN 68 /* RFC 791 */
#define MTU_MAX 65535

#define NOARP  0x80 /* IFF_NOARP of <linux/if.h> */
#define ONLINK 4    /* RTNH_F_ONLINK of <linux/rtnetlink.h> */

/* --- single values ------------------------------------------------------------------------- */

/* Is it "", protobuf's default for a string that is not set? */
static bool manifest_net_is_unset(const cJSON *item)
{
	return cJSON_IsString(item) && !*item->valuestring;
}

static int manifest_net_address(const struct json_reader *r, const cJSON *item, void *out)
{
	if (manifest_net_is_unset(item))
		return 0;
	if (ip_parse(json_text(item), out))
		return json_fault_expected(r, item, "an IPv4 or IPv6 address");
	return 0;
}

static int manifest_net_dest(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);
	struct ip_prefix *p = out;

	if (manifest_net_is_unset(item))
		return 0;
	if (ip_prefix_parse(s, p))
		return json_fault_expected(
			r, item,
			"a network such as \"10.1.0.0/16\", or \"\" for the default route");
	/* Kata lists the default route like this. */
	if (!strcmp(s, "0.0.0.0") || !strcmp(s, "::"))
		p->length = 0;
	return 0;
}

/* IPFamily as AF_ value. The number 0 is protobuf's for v4 and for what is not set. */
static int manifest_net_family(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"v4", "v6", NULL};
	int i = manifest_read_enum(r, item, words);

	if (i < 0)
		return i;
	if (i)
		*(int *)out = AF_INET6;
	else if (cJSON_IsString(item))
		*(int *)out = AF_INET;
	return 0;
}

static int manifest_net_check_family(const struct json_reader *r, const cJSON *item, int family,
				     const struct ip_address *a)
{
	if (!family || !a->family || family == a->family)
		return 0;
	return json_fault(r, item, "the address %s is not of family %s", ip_text(a).s,
			  family == AF_INET6 ? "v6" : "v4");
}

/* Protobuf's encoders write a 64-bit number as a string. */
static int manifest_net_mtu(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);
	int64_t number = -1;
	uint64_t v;

	if (cJSON_IsString(item) && !str_number(s, strlen(s), 10, MTU_MAX, &v))
		number = (int64_t)v;
	else if (json_is_number(item) && json_int64(item, &number))
		number = -1;
	if (number && (number < MTU_MIN || number > MTU_MAX))
		return json_fault_expected(r, item, "0 or an MTU from 68 to 65535");
	*(uint32_t *)out = (uint32_t)number;
	return 0;
}

static int manifest_net_hw_address(const struct json_reader *r, const cJSON *item, void *out)
{
	struct hw_address a;

	if (hw_address_parse(json_text(item), &a) || !hw_address_is_unicast(&a))
		return json_fault_expected(
			r, item,
			"the hardware address of an interface such as \"52:54:00:12:34:56\"");
	*(struct hw_address *)out = a;
	return 0;
}

static int manifest_net_ifname(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!manifest_net_is_unset(item) && !ifname_is_valid(json_text(item)))
		return json_fault_expected(
			r, item,
			"an interface name: 1 to 15 characters, no blank, slash, colon or percent sign");
	return json_read_string(r, item, out);
}

/* A field that describes the host's side: checked and not used. */
static int manifest_net_host_text(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!cJSON_IsString(item) || strlen(item->valuestring) > TEXT_MAX)
		return json_fault_expected(r, item, "a string of at most 256 bytes");
	return 0;
}

/* Flags of which only one is supported: @out is whether it is set. */
static int manifest_net_flag(const struct json_reader *r, const cJSON *item, int64_t flag,
			     const char *what, bool *out)
{
	int64_t v;

	if (json_int64(item, &v) || (v && v != flag))
		return json_fault_expected(r, item, what);
	*out = v != 0;
	return 0;
}

/* --- interfaces ------------------------------------------------------------------------------ */

/*
 * struct ip_fields - Kata's message IPAddress
 * @family: AF_ value, 0 if not given
 * @address: the address
 * @mask: length of the prefix, as text
 */
struct ip_fields {
	int family;
	struct ip_address address;
	const char *mask;
};

#define IP(field) .offset = offsetof(struct ip_fields, field)

static const struct json_field address_fields[] = {
	JSON_FIELD("family", manifest_net_family, IP(family)),
	JSON_FIELD("address", manifest_net_address, IP(address), .required = true),
	JSON_FIELD("mask", json_read_string, IP(mask)),
};

static int manifest_net_ip(const struct json_reader *r, const cJSON *item, struct ip_fields *out)
{
	int err;

	*out = (struct ip_fields){.mask = ""};
	err = json_read_object(r, item, address_fields, out);
	if (!err && !out->address.family)
		err = json_fault(r, item, "the address is empty");
	return err ? err : manifest_net_check_family(r, item, out->family, &out->address);
}

static int manifest_net_prefix(const struct json_reader *r, const cJSON *item, void *out)
{
	struct ip_prefix *p = out;
	struct ip_fields f;
	uint64_t length;
	int err = manifest_net_ip(r, item, &f);

	if (err)
		return err;
	if (str_number(f.mask, strlen(f.mask), 10, ip_bits(&f.address), &length))
		return json_fault(
			r, item,
			"expected a prefix length from \"0\" to \"%u\" as mask, found \"%.100s\"",
			ip_bits(&f.address), f.mask);
	p->address = f.address;
	p->length = (uint8_t)length;
	return 0;
}

static int manifest_net_interface_hw(const struct json_reader *r, const cJSON *item, void *out)
{
	struct net_interface *i = out;

	if (manifest_net_is_unset(item))
		return 0;
	i->has_hw_addr = true;
	return manifest_net_hw_address(r, item, &i->hw_addr);
}

/* devicePath, which older versions of Kata call pciPath */
static int manifest_net_device_path(const struct json_reader *r, const cJSON *item, void *out)
{
	struct net_interface *i = out;

	if (!cJSON_IsString(item) || strlen(item->valuestring) > TEXT_MAX)
		return json_fault_expected(r, item, "the PCI path or CCW id of an interface");
	if (!*item->valuestring)
		return 0;
	if (*i->device_path)
		return json_fault(r, item, "devicePath and pciPath are both given");
	return json_read_string(r, item, &i->device_path);
}

static int manifest_net_raw_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	return manifest_net_flag(r, item, NOARP, "0 or 128 (IFF_NOARP)", out);
}

#define INTERFACE(field) .offset = offsetof(struct net_interface, field)

static const struct json_field interface_fields[] = {
	JSON_FIELD("device", manifest_net_host_text),
	JSON_FIELD("name", manifest_net_ifname, INTERFACE(name)),
	JSON_LIST("IPAddresses", struct net_interface, addresses, manifest_net_prefix,
		  .max = ADDRESSES_MAX),
	JSON_FIELD("mtu", manifest_net_mtu, INTERFACE(mtu)),
	JSON_FIELD("hwAddr", manifest_net_interface_hw),
	JSON_FIELD("devicePath", manifest_net_device_path),
	JSON_FIELD("pciPath", manifest_net_device_path),
	JSON_FIELD("type", manifest_net_host_text),
	JSON_FIELD("raw_flags", manifest_net_raw_flags, INTERFACE(noarp), .protojson = true),
};

static int manifest_net_interface(const struct json_reader *r, const cJSON *item, void *out)
{
	struct net_interface *i = out;
	int err;

	*i = (struct net_interface){.device_path = "", .current = "", .name = ""};
	err = json_read_object(r, item, interface_fields, i);
	if (!err && !i->has_hw_addr && !*i->device_path)
		err = json_fault(r, item,
				 "no hwAddr and no devicePath: one of them must identify it");
	return err;
}

/* Return: the key whose value two interfaces share although they may not, NULL if there is none. */
static const char *manifest_net_shared_key(const struct net_interface *a,
					   const struct net_interface *b)
{
	if (*a->name && !strcmp(a->name, b->name))
		return "name";
	if (*a->device_path && !strcmp(a->device_path, b->device_path))
		return "devicePath";
	if (a->has_hw_addr && b->has_hw_addr && !memcmp(&a->hw_addr, &b->hw_addr, 6))
		return "hwAddr";
	return NULL;
}

int manifest_net_interfaces(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;
	const char *key;
	int err = json_read_list(r, item, INTERFACES_MAX, sizeof(*net->interfaces),
				 manifest_net_interface, &net->interfaces, &net->n_interfaces);

	if (err)
		return err;
	for (size_t i = 0; i < net->n_interfaces; i++)
		for (size_t k = 0; k < i; k++) {
			key = manifest_net_shared_key(&net->interfaces[k], &net->interfaces[i]);
			if (key)
				return json_fault(
					r, item,
					"interfaces %zu and %zu (counted from 0) have the same %s",
					k, i, key);
		}
	return 0;
}

/* --- routes and neighbours ------------------------------------------------------------------- */

static int manifest_net_byte(const struct json_reader *r, const cJSON *item, void *out)
{
	uint32_t v = 0;
	int err = json_read_range(r, item, 0, UINT8_MAX, &v);

	if (!err)
		*(uint8_t *)out = (uint8_t)v;
	return err;
}

/*
 * struct route_fields - Kata's message Route
 * @route: the route
 * @family: AF_ value, 0 if not given
 */
struct route_fields {
	struct net_route route;
	int family;
};

static int manifest_net_route_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	bool on_link = false;
	int err = manifest_net_flag(r, item, ONLINK, "0 or 4 (RTNH_F_ONLINK)", &on_link);

	if (!err)
		*(uint32_t *)out = on_link ? ONLINK : 0;
	return err;
}

#define ROUTE(field) .offset = offsetof(struct route_fields, field)

static const struct json_field route_fields[] = {
	JSON_FIELD("dest", manifest_net_dest, ROUTE(route.dest)),
	JSON_FIELD("gateway", manifest_net_address, ROUTE(route.gateway)),
	JSON_FIELD("device", manifest_net_ifname, ROUTE(route.device)),
	JSON_FIELD("source", manifest_net_address, ROUTE(route.source)),
	JSON_FIELD("scope", manifest_net_byte, ROUTE(route.scope)),
	JSON_FIELD("family", manifest_net_family, ROUTE(family)),
	JSON_FIELD("flags", manifest_net_route_flags, ROUTE(route.flags)),
	JSON_FIELD("mtu", manifest_net_mtu, ROUTE(route.mtu)),
};

/* All addresses of a route are of one family: the one that is given, else the first address's. */
static int manifest_net_route_family(const struct json_reader *r, const cJSON *item,
				     struct route_fields *f)
{
	struct ip_address *all[] = {&f->route.dest.address, &f->route.gateway, &f->route.source};
	int family = f->family, err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		family = family ? family : all[i]->family;
	for (size_t i = 0; i < ARRAY_SIZE(all) && !err; i++)
		err = manifest_net_check_family(r, item, family, all[i]);
	f->route.dest.address.family = family ? family : AF_INET;
	return err;
}

static int manifest_net_route(const struct json_reader *r, const cJSON *item, void *out)
{
	struct route_fields f = {.route.device = ""};
	int err = json_read_object(r, item, route_fields, &f);

	if (!err)
		err = manifest_net_route_family(r, item, &f);
	if (!err && !*f.route.device && !f.route.gateway.family)
		err = json_fault(r, item,
				 "no gateway and no device: one of them must say where it leads");
	if (!err)
		*(struct net_route *)out = f.route;
	return err;
}

int manifest_net_routes(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;

	return json_read_list(r, item, ROUTES_MAX, sizeof(*net->routes), manifest_net_route,
			      &net->routes, &net->n_routes);
}

static int manifest_net_to(const struct json_reader *r, const cJSON *item, void *out)
{
	struct ip_fields f;
	int err = manifest_net_ip(r, item, &f);

	if (!err)
		*(struct ip_address *)out = f.address;
	return err;
}

static int manifest_net_state(const struct json_reader *r, const cJSON *item, void *out)
{
	uint8_t state = 0;
	int err = manifest_net_byte(r, item, &state);

	if (!err)
		*(uint16_t *)out = state;
	return err;
}

static int manifest_net_neighbor_device(const struct json_reader *r, const cJSON *item, void *out)
{
	if (manifest_net_is_unset(item))
		return json_fault_expected(r, item, "the name of an interface");
	return manifest_net_ifname(r, item, out);
}

#define NEIGHBOR(field) .offset = offsetof(struct net_neighbor, field)

static const struct json_field neighbor_fields[] = {
	JSON_FIELD("toIPAddress", manifest_net_to, NEIGHBOR(to), .required = true),
	JSON_FIELD("device", manifest_net_neighbor_device, NEIGHBOR(device), .required = true),
	JSON_FIELD("lladdr", manifest_net_hw_address, NEIGHBOR(lladdr), .required = true),
	JSON_FIELD("state", manifest_net_state, NEIGHBOR(state)),
	JSON_FIELD("flags", manifest_net_byte, NEIGHBOR(flags)),
};

static int manifest_net_neighbor(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_read_object(r, item, neighbor_fields, out);
}

int manifest_net_neighbors(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;

	if (net->neighbors)
		return json_fault(r, item, "arp_neighbors and ARPNeighbors are both given");
	return json_read_list(r, item, NEIGHBORS_MAX, sizeof(*net->neighbors),
			      manifest_net_neighbor, &net->neighbors, &net->n_neighbors);
}

/* --- names ----------------------------------------------------------------------------------- */

/* A line of resolv.conf(5), with one of the keywords that the C libraries know */
static bool manifest_net_is_resolver_line(const char *s)
{
	static const char *const words[] = {"nameserver", "search", "domain", "options",
					    "sortlist"};

	for (const char *c = s; *c; c++)
		if ((*c < ' ' && *c != '\t') || *c == 127)
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (!strncmp(s, words[i], n) && (s[n] == ' ' || s[n] == '\t') &&
		    s[n + strspn(s + n, " \t")])
			return true;
	}
	return false;
}

static int manifest_net_dns_line(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = json_text(item);
	struct ip_address a;

	if (strlen(s) > TEXT_MAX || (ip_parse(s, &a) && !manifest_net_is_resolver_line(s)))
		return json_fault_expected(
			r, item, "the address of a name server, or a line of resolv.conf");
	return json_read_string(r, item, out);
}

int manifest_net_dns(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;

	return json_read_list(r, item, DNS_MAX, sizeof(*net->dns), manifest_net_dns_line, &net->dns,
			      &net->n_dns);
}
