// SPDX-License-Identifier: Apache-2.0
/* What becomes of the manifest's network and of ip= before and after it is set up. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/root.h"
#include "init/network/network.h"

static struct boot boot;
static struct fault fault;
static char dir[64];

static int setup(void **state)
{
	memset(&boot, 0, sizeof(boot));
	manifest_defaults(&boot.manifest);
	boot.config.hostname = "";
	boot.root = temp_root(dir);
	return 0;
}

static int teardown(void **state)
{
	arena_free(&boot.arena);
	temp_root_remove(dir, boot.root);
	return 0;
}

static void read_manifest(const char *members)
{
	char *text = arena_printf(&boot.arena, "{'version':1,%s}", members);

	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	assert_int_equal(manifest_parse(&boot.arena, text, strlen(text), &boot.manifest, &fault),
			 0);
}

static int read_word(const char *word)
{
	boot.options.ip = word;
	return network_read_word(&boot, &fault);
}

/* --- devices --------------------------------------------------------------------------------- */

static void test_interfaces_become_devices(void **state)
{
	const struct device *d;

	read_manifest(
		"'devices':[{'type':'blk','id':'02'},{'type':'net','id':'09/00','required':false}],'interfaces':[{'hwAddr':'52:54:00:AA:bb:01'},{'devicePath':'09/00'},"
		"{'devicePath':'0.0.1234','hwAddr':'52:54:00:aa:bb:02'}]");
	assert_int_equal(network_add_devices(&boot, &fault), 0);
	d = boot.manifest.devices;
	assert_int_equal(boot.manifest.n_devices, 4);
	assert_string_equal(d[2].type, "net");
	assert_string_equal(d[2].id, "52:54:00:aa:bb:01");
	assert_string_equal(d[3].id, "0.0.1234");
	assert_true(d[1].required && d[2].required && d[3].required);
	assert_int_equal(boot.interfaces[0], 2);
	assert_int_equal(boot.interfaces[1], 1);
	assert_int_equal(boot.interfaces[2], 3);
}

static void test_ip_word_becomes_an_interface_and_a_route(void **state)
{
	const struct network *net = &boot.manifest.network;

	assert_int_equal(read_word("10.0.2.15::10.0.2.2:255.255.255.0:box::off:10.0.2.3"), 0);
	assert_int_equal(network_add_devices(&boot, &fault), 0);
	assert_int_equal(boot.manifest.n_devices, 1);
	assert_string_equal(boot.manifest.devices[0].id, "");
	assert_string_equal(boot.manifest.devices[0].vm_path, "*");
	assert_int_equal(net->n_interfaces, 1);
	assert_string_equal(ip_prefix_text(&net->interfaces[0].addresses[0]).s, "10.0.2.15/24");
	assert_int_equal(net->n_routes, 1);
	assert_string_equal(ip_prefix_text(&net->routes[0].dest).s, "0.0.0.0/0");
	assert_string_equal(ip_text(&net->routes[0].gateway).s, "10.0.2.2");
	assert_int_equal(net->n_dns, 1);
	assert_string_equal(net->dns[0], "10.0.2.3");
	assert_string_equal(boot.manifest.hostname, "box");
}

static void test_the_manifest_counts_before_ip_word(void **state)
{
	const struct network *net = &boot.manifest.network;

	read_manifest("'hostname':'first','dns':['1.1.1.1'],'interfaces':[{'devicePath':'08'}]");
	assert_int_equal(read_word("10.0.2.15::::box:eth7::10.0.2.3"), 0);
	assert_int_equal(network_add_devices(&boot, &fault), 0);
	assert_int_equal(net->n_interfaces, 2);
	assert_string_equal(boot.manifest.devices[1].vm_path, "eth7");
	assert_int_equal(net->n_dns, 1);
	assert_string_equal(net->dns[0], "1.1.1.1");
	assert_string_equal(boot.manifest.hostname, "first");
}

static void test_dhcp_is_an_error_unless_the_kernel_does_it(void **state)
{
	assert_int_equal(read_word("dhcp"), -ENOTSUP);
	assert_string_equal(
		fault.text,
		"ip=dhcp: coldinit asks no DHCP server, and this kernel has no IP_PNP to do it; give a static address, "
		"ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:off, or interfaces in the "
		"manifest");
	put_file(boot.root, "proc/net/pnp", "#PROTO: DHCP\n");
	assert_int_equal(read_word(":::::eth0:dhcp"), 0);
	assert_int_equal(network_add_devices(&boot, &fault), 0);
	assert_int_equal(boot.manifest.n_devices, 0);
	assert_int_equal(read_word("10.0.2"), -EINVAL);
	assert_non_null(strstr(fault.text, "ip=10.0.2: the client address is \"10.0.2\""));
	assert_int_equal(read_word("off"), 0);
	assert_int_equal(network_add_devices(&boot, &fault), 0);
	assert_int_equal(boot.manifest.n_devices, 0);
}

/* --- files ----------------------------------------------------------------------------------- */

static void assert_file(const char *path, const char *text)
{
	char buf[1024] = "";

	assert_true(root_read(boot.root, buf, sizeof(buf), "run/coldinit/etc/%s", path) >= 0);
	assert_string_equal(buf, text);
}

static void test_files_say_what_is_asked_for(void **state)
{
	const struct oci_mount *m;

	read_manifest(
		"'hostname':'box.example.org','dns':['10.0.2.3','search a.example'],'interfaces':[{'devicePath':'08','IPAddresses':["
		"{'address':'10.0.2.15','mask':'24'},{'address':'fd00::15','mask':'64'}]}]");
	assert_int_equal(network_give_files(&boot, &fault), 0);
	assert_file("resolv.conf", "nameserver 10.0.2.3\nsearch a.example");
	assert_file("hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
			     "10.0.2.15\tbox.example.org box\nfd00::15\tbox.example.org box");
	assert_file("hostname", "box.example.org");
	assert_int_equal(boot.config.n_mounts, 3);
	m = &boot.config.mounts[1];
	assert_string_equal(m->destination, "/etc/hosts");
	assert_string_equal(m->source, "/run/coldinit/etc/hosts");
	assert_string_equal(m->options[0], "rbind");
	assert_true(m->optional);
}

static void test_nothing_is_given_that_nobody_asked_for(void **state)
{
	boot.config.hostname = "of-the-spec";
	assert_int_equal(network_give_files(&boot, &fault), 0);
	assert_int_equal(boot.config.n_mounts, 0);
	read_manifest("'dns':['10.0.2.3']");
	assert_int_equal(network_give_files(&boot, &fault), 0);
	assert_int_equal(boot.config.n_mounts, 1);
	assert_string_equal(boot.config.mounts[0].destination, "/etc/resolv.conf");
}

static void test_the_configs_name_and_mounts_count(void **state)
{
	struct oci_mount mounts[] = {{.destination = "//etc/resolv.conf/"},
				     {.destination = "/etc/hosts.allow"},
				     {.destination = "/etc"}};

	read_manifest("'hostname':'other','dns':['10.0.2.3']");
	boot.config.hostname = "of-the-spec";
	boot.config.mounts = mounts;
	boot.config.n_mounts = ARRAY_SIZE(mounts);
	assert_int_equal(network_give_files(&boot, &fault), 0);
	assert_int_equal(boot.config.n_mounts, 5);
	assert_string_equal(boot.config.mounts[3].destination, "/etc/hosts");
	assert_string_equal(boot.config.mounts[4].destination, "/etc/hostname");
	assert_file("hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
			     "127.0.1.1\tof-the-spec");
	assert_file("hostname", "of-the-spec");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_interfaces_become_devices),
		TEST(test_ip_word_becomes_an_interface_and_a_route),
		TEST(test_the_manifest_counts_before_ip_word),
		TEST(test_dhcp_is_an_error_unless_the_kernel_does_it),
		TEST(test_files_say_what_is_asked_for),
		TEST(test_nothing_is_given_that_nobody_asked_for),
		TEST(test_the_configs_name_and_mounts_count),
	};

	return RUN_TESTS(tests);
}
