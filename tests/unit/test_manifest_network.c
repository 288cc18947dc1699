// SPDX-License-Identifier: Apache-2.0
/* interfaces, routes, arp_neighbors and dns of the manifest: Kata's messages. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "spec/manifest.h"
#include "tests/unit/support/spec_document.h"

#define MAC "52:54:00:12:34:56"

/* Parse the members of a manifest. */
static int parse(struct arena *a, const char *members, struct manifest *m, struct fault *f)
{
	const char *text = manifest_text(a, members);

	return manifest_parse(a, text, strlen(text), m, f);
}

static void every_field_is_read(void **state)
{
	const struct net_interface *i;
	const struct net_route *r;
	const struct net_neighbor *n;
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	assert_int_equal(
		parse(&a,
		      "'interfaces':[{'device':'tap0','name':'net0','IPAddresses':[{'family':'v4','address':'10.0.2.15','mask':'24'},"
		      "{'family':1,'address':'fd00::15','mask':'64'}],'mtu':'1400',"
		      "'hwAddr':'52:54:00:AA:bb:01','devicePath':'08/00','type':'veth','raw_flags':128}],"
		      "'routes':[{'dest':'10.9.0.0/16','gateway':'10.0.2.2','device':'net0',"
		      "'source':'10.0.2.15','scope':253,'family':0,'flags':4,'mtu':1400}],'arp_neighbors':[{'toIPAddress':{'family':'v4','address':'10.0.2.2',"
		      "'mask':''},'device':'net0','lladdr':'" MAC
		      "','state':2,'flags':128}],'dns':['10.0.2.3','search a.example']",
		      &m, &f),
		0);
	i = m.network.interfaces;
	assert_int_equal(m.network.n_interfaces, 1);
	assert_string_equal(i->name, "net0");
	assert_string_equal(i->device_path, "08/00");
	assert_string_equal(i->current, "");
	assert_true(i->has_hw_addr);
	assert_string_equal(hw_address_text(&i->hw_addr).s, "52:54:00:aa:bb:01");
	assert_int_equal(i->mtu, 1400);
	assert_true(i->noarp);
	assert_int_equal(i->n_addresses, 2);
	assert_string_equal(ip_prefix_text(&i->addresses[0]).s, "10.0.2.15/24");
	assert_string_equal(ip_prefix_text(&i->addresses[1]).s, "fd00::15/64");
	r = m.network.routes;
	assert_int_equal(m.network.n_routes, 1);
	assert_string_equal(ip_prefix_text(&r->dest).s, "10.9.0.0/16");
	assert_string_equal(ip_text(&r->gateway).s, "10.0.2.2");
	assert_string_equal(ip_text(&r->source).s, "10.0.2.15");
	assert_string_equal(r->device, "net0");
	assert_int_equal(r->scope, 253);
	assert_int_equal(r->flags, 4);
	assert_int_equal(r->mtu, 1400);
	n = m.network.neighbors;
	assert_int_equal(m.network.n_neighbors, 1);
	assert_string_equal(ip_text(&n->to).s, "10.0.2.2");
	assert_string_equal(n->device, "net0");
	assert_string_equal(hw_address_text(&n->lladdr).s, MAC);
	assert_int_equal(n->state, 2);
	assert_int_equal(n->flags, 128);
	assert_int_equal(m.network.n_dns, 2);
	assert_string_equal(m.network.dns[1], "search a.example");
	arena_free(&a);
}

static void protobufs_defaults_are_not_set(void **state)
{
	const struct net_interface *i;
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	assert_int_equal(
		parse(&a,
		      "'interfaces':[{'device':'','name':'','IPAddresses':[],'mtu':'0','hwAddr':'','pciPath':'','devicePath':'09','type':'','rawFlags':0}],'ARPNeighbors':[]",
		      &m, &f),
		0);
	i = m.network.interfaces;
	assert_string_equal(i->name, "");
	assert_false(i->has_hw_addr);
	assert_false(i->noarp);
	assert_int_equal(i->mtu, 0);
	assert_string_equal(i->device_path, "09");
	arena_free(&a);
}

static void the_default_route_has_several_spellings(void **state)
{
	static const struct {
		const char *route, *dest;
		int family;
	} rows[] = {
		{"'gateway':'10.0.2.2'", "0.0.0.0/0", AF_INET},
		{"'dest':'','gateway':'fd00::2'", "::/0", AF_INET6},
		{"'dest':'0.0.0.0','gateway':'10.0.2.2'", "0.0.0.0/0", AF_INET},
		{"'dest':'0.0.0.0/0','device':'a'", "0.0.0.0/0", AF_INET},
		{"'dest':'::','device':'a'", "::/0", AF_INET6},
		{"'device':'a','family':'v6'", "::/0", AF_INET6},
		{"'device':'a'", "0.0.0.0/0", AF_INET},
		{"'device':'a','source':'fd00::1'", "::/0", AF_INET6},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct manifest m;
		struct fault f;
		char text[256];

		snprintf(text, sizeof(text), "'routes':[{%s}]", rows[i].route);
		print_message("# %s\n", text);
		assert_int_equal(parse(&a, text, &m, &f), 0);
		assert_string_equal(ip_prefix_text(&m.network.routes[0].dest).s, rows[i].dest);
		assert_int_equal(m.network.routes[0].dest.address.family, rows[i].family);
		arena_free(&a);
	}
}

#define IF(text)      "'interfaces':[{'hwAddr':'" MAC "'," text "}]"
#define ADDRESS(text) IF("'IPAddresses':[{" text "}]")
#define ROUTE(text)   "'routes':[{" text "}]"
#define NEIGH(text)   "'arp_neighbors':[{" text "}]"

static const struct {
	const char *text, *fault;
} faults[] = {
	{IF("'name':'a/b'"),
	 "/interfaces/0/name: expected an interface name: 1 to 15 characters, no blank, slash, colon or percent sign, found \"a/b\""},
	{IF("'name':'1234567890123456'"),
	 "/interfaces/0/name: expected an interface name: 1 to 15 characters, no blank, slash, colon or percent sign, found \"1234567890123456\""},
	{IF("'hwaddr':''"), "/interfaces/0/hwaddr: unknown key; did you mean \"hwAddr\"?"},
	{"'interfaces':[{'hwAddr':'52:54'}]",
	 "/interfaces/0/hwAddr: expected the hardware address of an interface such as \"52:54:00:12:34:56\", found \"52:54\""},
	{"'interfaces':[{'hwAddr':'01:00:5e:00:00:01'}]",
	 "/interfaces/0/hwAddr: expected the hardware address of an interface such as \"52:54:00:12:34:56\", found \"01:00:5e:00:00:01\""},
	{"'interfaces':[{'name':'eth0'}]",
	 "/interfaces/0: no hwAddr and no devicePath: one of them must identify it"},
	{"'interfaces':[{'devicePath':'08','pciPath':'08'}]",
	 "/interfaces/0/pciPath: devicePath and pciPath are both given"},
	{IF("'mtu':65536"),
	 "/interfaces/0/mtu: expected 0 or an MTU from 68 to 65535, found the number 65536"},
	{IF("'mtu':'1e3'"),
	 "/interfaces/0/mtu: expected 0 or an MTU from 68 to 65535, found \"1e3\""},
	{IF("'mtu':true"), "/interfaces/0/mtu: expected 0 or an MTU from 68 to 65535, found true"},
	{IF("'raw_flags':1"),
	 "/interfaces/0/raw_flags: expected 0 or 128 (IFF_NOARP), found the number 1"},
	{ADDRESS("'address':'10.0.0.1','mask':'33'"),
	 "/interfaces/0/IPAddresses/0: expected a prefix length from \"0\" to \"32\" as mask, found \"33\""},
	{ADDRESS("'address':'10.0.0.1','mask':'255.0.0.0'"),
	 "/interfaces/0/IPAddresses/0: expected a prefix length from \"0\" to \"32\" as mask, found \"255.0.0.0\""},
	{ADDRESS("'address':'10.0.0','mask':'8'"),
	 "/interfaces/0/IPAddresses/0/address: expected an IPv4 or IPv6 address, found \"10.0.0\""},
	{ADDRESS("'address':'','mask':'8'"), "/interfaces/0/IPAddresses/0: the address is empty"},
	{ADDRESS("'family':'v6','address':'10.0.0.1','mask':'8'"),
	 "/interfaces/0/IPAddresses/0: the address 10.0.0.1 is not of family v6"},
	{ADDRESS("'family':2,'address':'10.0.0.1','mask':'8'"),
	 "/interfaces/0/IPAddresses/0/family: expected an integer from 0 to 1, found the number 2"},
	{"'interfaces':[{'hwAddr':'" MAC "','name':'a'},{'devicePath':'08','name':'a'}]",
	 "/interfaces: interfaces 0 and 1 (counted from 0) have the same name"},
	{"'interfaces':[{'hwAddr':'" MAC "'},{'devicePath':'1'},{'hwAddr':'" MAC "'}]",
	 "/interfaces: interfaces 0 and 2 (counted from 0) have the same hwAddr"},
	{"'interfaces':[{'devicePath':'1'},{'pciPath':'1'}]",
	 "/interfaces: interfaces 0 and 1 (counted from 0) have the same devicePath"},
	{ROUTE("'dest':'10.0.0.0/8'"),
	 "/routes/0: no gateway and no device: one of them must say where it leads"},
	{ROUTE("'dest':'default','device':'a'"),
	 "/routes/0/dest: expected a network such as \"10.1.0.0/16\", or \"\" for the default route, found \"default\""},
	{ROUTE("'dest':'10.0.0.0/8','gateway':'fd00::1'"),
	 "/routes/0: the address fd00::1 is not of family v4"},
	{ROUTE("'device':'a','flags':1"),
	 "/routes/0/flags: expected 0 or 4 (RTNH_F_ONLINK), found the number 1"},
	{ROUTE("'device':'a','scope':256"),
	 "/routes/0/scope: expected an integer from 0 to 255, found the number 256"},
	{NEIGH("'toIPAddress':{'address':'10.0.0.1'},'device':'','lladdr':'" MAC "'"),
	 "/arp_neighbors/0/device: expected the name of an interface, found \"\""},
	{NEIGH("'device':'a','lladdr':'" MAC "'"),
	 "/arp_neighbors/0: the key \"toIPAddress\" is missing"},
	{NEIGH("'toIPAddress':{'address':'10.0.0.1'},'device':'a','lladdr':''"),
	 "/arp_neighbors/0/lladdr: expected the hardware address of an interface such as \"52:54:00:12:34:56\", found \"\""},
	{"'arp_neighbors':[],'ARPNeighbors':[]",
	 "/ARPNeighbors: arp_neighbors and ARPNeighbors are both given"},
	{"'dns':['10.0.2']",
	 "/dns/0: expected the address of a name server, or a line of resolv.conf, found \"10.0.2\""},
	{"'dns':['search a\\nnameserver 1.2.3.4']",
	 "/dns/0: expected the address of a name server, or a line of resolv.conf, found \"search a\nnameserver 1.2.3.4\""},
	{"'dns':['search']",
	 "/dns/0: expected the address of a name server, or a line of resolv.conf, found \"search\""},
	{"'dns':['']",
	 "/dns/0: expected the address of a name server, or a line of resolv.conf, found \"\""},
};

static void faults_name_place_and_reason(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct arena a = {0};
		struct manifest m;
		struct fault f = {0};

		print_message("# %s\n", faults[i].text);
		assert_int_equal(parse(&a, faults[i].text, &m, &f), -EINVAL);
		assert_string_equal(f.text, faults[i].fault);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_read),
		cmocka_unit_test(protobufs_defaults_are_not_set),
		cmocka_unit_test(the_default_route_has_several_spellings),
		cmocka_unit_test(faults_name_place_and_reason),
	};

	return RUN_TESTS(tests);
}
