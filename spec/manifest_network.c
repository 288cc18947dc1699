// SPDX-License-Identifier: Apache-2.0
/*
 * Kata's messages Interface, Route, ARPNeighbor and IPAddress (its types.proto) as JSON. Fields
 * that mean nothing in the guest are checked and left alone; flags that nobody would set are
 * refused.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/network.h"
#include "init/lib/str.h"
#include "spec/manifest_read.h"
#include "init/lib/ifname.h"

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

static const char *text_of(const cJSON *item)
{
	return cJSON_IsString(item) ? item->valuestring : "";
}

/* --- single values ------------------------------------------------------------------------- */

/* An address; "" is what protobuf writes for none. */
static int read_address(const struct json_reader *r, const cJSON *item, void *out)
{
	if (cJSON_IsString(item) && !*item->valuestring)
		return 0;
	return ip_parse(text_of(item), out) ? json_expected(r, item, "an IPv4 or IPv6 address") : 0;
}

static int read_dest(const struct json_reader *r, const cJSON *item, void *out)
{
	struct ip_prefix *p = out;

	if (cJSON_IsString(item) && !*item->valuestring)
		return 0;
	if (ip_prefix_parse(text_of(item), p))
		return json_expected(
			r, item,
			"a network such as \"10.1.0.0/16\", or \"\" for the default route");
	/* The default route as Kata lists it. */
	if (!strcmp(text_of(item), "0.0.0.0") || !strcmp(text_of(item), "::"))
		p->length = 0;
	return 0;
}

/* IPFamily as AF_ value: its name, or the number that protobuf's encoders may write */
static int read_family(const struct json_reader *r, const cJSON *item, void *out)
{
	static const char *const words[] = {"v4", "v6", NULL};
	int64_t number;
	int i;

	if (json_is_number(item))
		i = json_integer(r, item, 0, 1, &number) ? -EINVAL : (int)number;
	else
		i = json_choice(r, item, words);
	if (i < 0)
		return i;
	*(int *)out = i ? AF_INET6 : AF_INET;
	return 0;
}

static int check_family(const struct json_reader *r, const cJSON *item, int family,
			const struct ip_address *a)
{
	if (!family || !a->family || family == a->family)
		return 0;
	return json_fault(r, item, "the address %s is not of family %s", ip_text(a).s,
			  family == AF_INET6 ? "v6" : "v4");
}

/* Protobuf's encoders write a 64-bit number as a string. */
static int read_mtu(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = text_of(item);
	int64_t number = -1;
	uint64_t v;

	if (cJSON_IsString(item) && !str_number(s, strlen(s), 10, MTU_MAX, &v))
		number = (int64_t)v;
	else if (json_is_number(item) && json_int64(item, &number))
		number = -1;
	if (number && (number < MTU_MIN || number > MTU_MAX))
		return json_expected(r, item, "0 or an MTU from 68 to 65535");
	*(uint32_t *)out = (uint32_t)number;
	return 0;
}

static int read_hw_address(const struct json_reader *r, const cJSON *item, void *out)
{
	struct hw_address a;

	if (hw_address_parse(text_of(item), &a) || !hw_address_is_unicast(&a))
		return json_expected(
			r, item,
			"the hardware address of an interface such as \"52:54:00:12:34:56\"");
	*(struct hw_address *)out = a;
	return 0;
}

static int read_ifname(const struct json_reader *r, const cJSON *item, void *out)
{
	if (!cJSON_IsString(item) || (*item->valuestring && !ifname_is_valid(item->valuestring)))
		return json_expected(
			r, item,
			"an interface name: 1 to 15 characters, no blank, slash, colon or percent sign");
	return json_string(r, item, out);
}

/* Fields that say something about the host. */
static int read_host_text(const struct json_reader *r, const cJSON *item, void *out)
{
	(void)out;
	if (!cJSON_IsString(item) || strlen(item->valuestring) > TEXT_MAX)
		return json_expected(r, item, "a text of at most 256 bytes");
	return 0;
}

/* Flags of which one alone means something. */
static int read_flag(const struct json_reader *r, const cJSON *item, int64_t flag, const char *what,
		     bool *out)
{
	int64_t v;

	if (json_int64(item, &v) || (v && v != flag))
		return json_expected(r, item, what);
	*out = v != 0;
	return 0;
}

/* --- interfaces ------------------------------------------------------------------------------ */

/* struct words - a message IPAddress as written */
struct words {
	int family;
	struct ip_address address;
	const char *mask;
};

#define WORDS(field) .offset = offsetof(struct words, field)

static const struct json_field address_fields[] = {
	JSON_FIELD("family", read_family, WORDS(family)),
	JSON_FIELD("address", read_address, WORDS(address), .required = true),
	JSON_FIELD("mask", json_string, WORDS(mask)),
	{0},
};

static int read_words(const struct json_reader *r, const cJSON *item, struct words *out)
{
	int err;

	*out = (struct words){.mask = ""};
	err = json_object(r, item, address_fields, out);
	if (!err && !out->address.family)
		err = json_fault(r, item, "the address is empty");
	return err ? err : check_family(r, item, out->family, &out->address);
}

static int read_ip_address(const struct json_reader *r, const cJSON *item, void *out)
{
	struct ip_prefix *p = out;
	struct words words;
	uint64_t length;
	int err = read_words(r, item, &words);

	if (err)
		return err;
	if (str_number(words.mask, strlen(words.mask), 10, ip_bits(&words.address), &length))
		return json_fault(
			r, item,
			"expected as mask the length of the prefix, a text from \"0\" to \"%u\", found \"%.100s\"",
			ip_bits(&words.address), words.mask);
	p->address = words.address;
	p->length = (uint8_t)length;
	return 0;
}

static int read_ip_addresses(const struct json_reader *r, const cJSON *item, void *out)
{
	struct net_interface *i = out;
	void *list = NULL;
	int err = json_list(r, item, ADDRESSES_MAX, sizeof(struct ip_prefix), read_ip_address,
			    &list, &i->n_addresses);

	if (!err)
		i->addresses = list;
	return err;
}

static int read_interface_hw(const struct json_reader *r, const cJSON *item, void *out)
{
	struct net_interface *i = out;

	if (cJSON_IsString(item) && !*item->valuestring)
		return 0;
	i->has_hw_addr = true;
	return read_hw_address(r, item, &i->hw_addr);
}

/* devicePath, which older versions call pciPath */
static int read_device_path(const struct json_reader *r, const cJSON *item, void *out)
{
	struct net_interface *i = out;

	if (!cJSON_IsString(item) || strlen(item->valuestring) > TEXT_MAX)
		return json_expected(r, item, "the PCI path or CCW id of an interface");
	if (!*item->valuestring)
		return 0;
	if (*i->device_path)
		return json_fault(r, item, "devicePath and pciPath stand together");
	return json_string(r, item, &i->device_path);
}

static int read_raw_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	return read_flag(r, item, NOARP, "0 or 128 (IFF_NOARP)", out);
}

#define INTERFACE(field) .offset = offsetof(struct net_interface, field)

static const struct json_field interface_fields[] = {
	JSON_FIELD("device", read_host_text),
	JSON_FIELD("name", read_ifname, INTERFACE(name)),
	JSON_FIELD("IPAddresses", read_ip_addresses),
	JSON_FIELD("mtu", read_mtu, INTERFACE(mtu)),
	JSON_FIELD("hwAddr", read_interface_hw),
	JSON_FIELD("devicePath", read_device_path),
	JSON_FIELD("pciPath", read_device_path),
	JSON_FIELD("type", read_host_text),
	JSON_FIELD("raw_flags", read_raw_flags, INTERFACE(noarp), .protojson = true),
	{0},
};

static int read_interface(const struct json_reader *r, const cJSON *item, void *out)
{
	struct net_interface *i = out;
	int err;

	*i = (struct net_interface){.device_path = "", .current = "", .name = ""};
	err = json_object(r, item, interface_fields, i);
	if (!err && !i->has_hw_addr && !*i->device_path)
		err = json_fault(
			r, item,
			"neither hwAddr nor devicePath: nothing says which interface it is");
	return err;
}

/* What two interfaces cannot share. Return: the key, NULL if they share nothing. */
static const char *shared_key(const struct net_interface *a, const struct net_interface *b)
{
	if (*a->name && !strcmp(a->name, b->name))
		return "name";
	if (*a->device_path && !strcmp(a->device_path, b->device_path))
		return "devicePath";
	if (a->has_hw_addr && b->has_hw_addr && !memcmp(&a->hw_addr, &b->hw_addr, 6))
		return "hwAddr";
	return NULL;
}

int manifest_interfaces(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;
	void *list = NULL;
	int err = json_list(r, item, INTERFACES_MAX, sizeof(struct net_interface), read_interface,
			    &list, &net->n_interfaces);

	if (err)
		return err;
	net->interfaces = list;
	for (size_t i = 0; i < net->n_interfaces; i++)
		for (size_t k = 0; k < i; k++) {
			const char *key = shared_key(&net->interfaces[k], &net->interfaces[i]);

			if (key)
				return json_fault(
					r, item,
					"interfaces %zu and %zu (counted from 0) have the same %s",
					k, i, key);
		}
	return 0;
}

/* --- routes and neighbours ------------------------------------------------------------------- */

static int read_byte(const struct json_reader *r, const cJSON *item, void *out)
{
	int64_t v;
	int err = json_integer(r, item, 0, UINT8_MAX, &v);

	if (!err)
		*(uint8_t *)out = (uint8_t)v;
	return err;
}

/* struct route_words - a message Route as written */
struct route_words {
	struct net_route route;
	int family;
};

static int read_route_flags(const struct json_reader *r, const cJSON *item, void *out)
{
	bool on_link = false;
	int err = read_flag(r, item, ONLINK, "0 or 4 (RTNH_F_ONLINK)", &on_link);

	if (!err)
		*(uint32_t *)out = on_link ? ONLINK : 0;
	return err;
}

#define ROUTE(field) .offset = offsetof(struct route_words, field)

static const struct json_field route_fields[] = {
	JSON_FIELD("dest", read_dest, ROUTE(route.dest)),
	JSON_FIELD("gateway", read_address, ROUTE(route.gateway)),
	JSON_FIELD("device", read_ifname, ROUTE(route.device)),
	JSON_FIELD("source", read_address, ROUTE(route.source)),
	JSON_FIELD("scope", read_byte, ROUTE(route.scope)),
	JSON_FIELD("family", read_family, ROUTE(family)),
	JSON_FIELD("flags", read_route_flags, ROUTE(route.flags)),
	{0},
};

/* All addresses of a route are of one family, which those that are there tell. */
static int settle_family(const struct json_reader *r, const cJSON *item, struct route_words *w)
{
	struct ip_address *all[] = {&w->route.dest.address, &w->route.gateway, &w->route.source};
	int family = w->family, err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		family = family ? family : all[i]->family;
	for (size_t i = 0; i < ARRAY_SIZE(all) && !err; i++)
		err = check_family(r, item, family, all[i]);
	w->route.dest.address.family = family ? family : AF_INET;
	return err;
}

static int read_route(const struct json_reader *r, const cJSON *item, void *out)
{
	struct route_words w = {.route.device = ""};
	int err = json_object(r, item, route_fields, &w);

	if (!err)
		err = settle_family(r, item, &w);
	if (!err && !*w.route.device && !w.route.gateway.family)
		err = json_fault(r, item,
				 "neither gateway nor device: nothing says where it leads");
	if (!err)
		*(struct net_route *)out = w.route;
	return err;
}

int manifest_routes(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;
	void *list = NULL;
	int err = json_list(r, item, ROUTES_MAX, sizeof(struct net_route), read_route, &list,
			    &net->n_routes);

	if (!err)
		net->routes = list;
	return err;
}

static int read_to(const struct json_reader *r, const cJSON *item, void *out)
{
	struct words words;
	int err = read_words(r, item, &words);

	if (!err)
		*(struct ip_address *)out = words.address;
	return err;
}

static int read_state(const struct json_reader *r, const cJSON *item, void *out)
{
	uint8_t state = 0;
	int err = read_byte(r, item, &state);

	if (!err)
		*(uint16_t *)out = state;
	return err;
}

static int read_neighbor_device(const struct json_reader *r, const cJSON *item, void *out)
{
	if (cJSON_IsString(item) && !*item->valuestring)
		return json_expected(r, item, "the name of an interface");
	return read_ifname(r, item, out);
}

#define NEIGHBOR(field) .offset = offsetof(struct net_neighbor, field)

static const struct json_field neighbor_fields[] = {
	JSON_FIELD("toIPAddress", read_to, NEIGHBOR(to), .required = true),
	JSON_FIELD("device", read_neighbor_device, NEIGHBOR(device), .required = true),
	JSON_FIELD("lladdr", read_hw_address, NEIGHBOR(lladdr), .required = true),
	JSON_FIELD("state", read_state, NEIGHBOR(state)),
	JSON_FIELD("flags", read_byte, NEIGHBOR(flags)),
	{0},
};

static int read_neighbor(const struct json_reader *r, const cJSON *item, void *out)
{
	return json_object(r, item, neighbor_fields, out);
}

int manifest_neighbors(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;
	void *list = NULL;
	int err;

	if (net->neighbors)
		return json_fault(r, item, "arp_neighbors and ARPNeighbors stand together");
	err = json_list(r, item, NEIGHBORS_MAX, sizeof(struct net_neighbor), read_neighbor, &list,
			&net->n_neighbors);
	if (!err)
		net->neighbors = list;
	return err;
}

/* --- names ----------------------------------------------------------------------------------- */

/* resolv.conf(5): its keywords that the C libraries know */
static bool is_resolver_line(const char *s)
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

static int read_dns_line(const struct json_reader *r, const cJSON *item, void *out)
{
	const char *s = text_of(item);
	struct ip_address a;

	if (strlen(s) > TEXT_MAX || (ip_parse(s, &a) && !is_resolver_line(s)))
		return json_expected(r, item,
				     "the address of a name server, or a line of resolv.conf");
	return json_string(r, item, out);
}

int manifest_dns(const struct json_reader *r, const cJSON *item, void *out)
{
	struct network *net = out;
	void *list = NULL;
	int err = json_list(r, item, DNS_MAX, sizeof(char *), read_dns_line, &list, &net->n_dns);

	if (!err)
		net->dns = list;
	return err;
}
