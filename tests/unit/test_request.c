// SPDX-License-Identifier: Apache-2.0
/* The request: the devices of the manifest, of interfaces, of ip= and of storages in one list. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/request/request.h"
#include "tests/unit/support/spec_document.h"

static struct arena arena;
static struct request request;
static struct fault fault;
static char dir[64];
static int root;

static int setup(void **state)
{
	memset(&request, 0, sizeof(request));
	options_default(&request.options);
	root = temp_root(dir);
	return 0;
}

static int teardown(void **state)
{
	arena_free(&arena);
	temp_root_remove(dir, root);
	return 0;
}

/* Complete the request with these members of a manifest. */
static void read_manifest(const char *members)
{
	const char *text = manifest_text(&arena, members);

	assert_int_equal(request_read_manifest(&arena, text, strlen(text), &request, &fault), 0);
}

static void without_manifest(void)
{
	assert_int_equal(request_read_manifest(&arena, NULL, 0, &request, &fault), 0);
}

static int read_word(const char *word)
{
	char *line = arena_printf(&arena, "ip=%s", word);
	int err;

	memset(&request, 0, sizeof(request));
	options_default(&request.options);
	err = request_read_options(&arena, line, &request, &fault);
	return err ? err : request_check_ip(&request, root, &fault);
}

/* --- devices --------------------------------------------------------------------------------- */

static void test_interfaces_become_devices(void **state)
{
	const struct device *d;

	read_manifest(
		"'devices':[{'type':'blk','id':'02'},{'type':'net','id':'09/00','required':false}],'interfaces':[{'hwAddr':'52:54:00:AA:bb:01'},{'devicePath':'09/00'},"
		"{'devicePath':'0.0.1234','hwAddr':'52:54:00:aa:bb:02'}]");
	d = request.devices;
	assert_int_equal(request.n_devices, 4);
	assert_string_equal(d[2].type, "net");
	assert_string_equal(d[2].id, "52:54:00:aa:bb:01");
	assert_string_equal(d[3].id, "0.0.1234");
	assert_true(d[1].required && d[2].required && d[3].required);
	assert_int_equal(request.interface_device[0], 2);
	assert_int_equal(request.interface_device[1], 1);
	assert_int_equal(request.interface_device[2], 3);
}

static void test_ip_word_becomes_an_interface_and_a_route(void **state)
{
	const struct network *net = &request.manifest.network;

	assert_int_equal(read_word("10.0.2.15::10.0.2.2:255.255.255.0:box::off:10.0.2.3"), 0);
	without_manifest();
	assert_int_equal(request.n_devices, 1);
	assert_string_equal(request.devices[0].id, "");
	assert_string_equal(request.devices[0].vm_path, "*");
	assert_int_equal(net->n_interfaces, 1);
	assert_string_equal(ip_prefix_text(&net->interfaces[0].addresses[0]).s, "10.0.2.15/24");
	assert_int_equal(net->n_routes, 1);
	assert_string_equal(ip_prefix_text(&net->routes[0].dest).s, "0.0.0.0/0");
	assert_string_equal(ip_text(&net->routes[0].gateway).s, "10.0.2.2");
	assert_int_equal(net->n_dns, 1);
	assert_string_equal(net->dns[0], "10.0.2.3");
	assert_string_equal(request.manifest.hostname, "box");
}

static void test_the_manifest_counts_before_ip_word(void **state)
{
	const struct network *net = &request.manifest.network;

	assert_int_equal(read_word("10.0.2.15::::box:eth7::10.0.2.3"), 0);
	read_manifest("'hostname':'first','dns':['1.1.1.1'],'interfaces':[{'devicePath':'08'}]");
	assert_int_equal(net->n_interfaces, 2);
	assert_string_equal(request.devices[1].vm_path, "eth7");
	assert_int_equal(net->n_dns, 1);
	assert_string_equal(net->dns[0], "1.1.1.1");
	assert_string_equal(request.manifest.hostname, "first");
}

static void test_dhcp_is_an_error_unless_the_kernel_does_it(void **state)
{
	assert_int_equal(read_word("dhcp"), -ENOTSUP);
	assert_string_equal(
		fault.text,
		"ip=dhcp: coldinit does no DHCP, and this kernel has no IP_PNP to do it; give a static address, "
		"ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:off, or interfaces in the "
		"manifest");
	put_file(root, "proc/net/pnp", "#PROTO: DHCP\n");
	assert_int_equal(read_word(":::::eth0:dhcp"), 0);
	without_manifest();
	assert_int_equal(request.n_devices, 0);
	assert_int_equal(read_word("10.0.2"), -EINVAL);
	assert_non_null(strstr(fault.text, "ip=10.0.2: the client address is \"10.0.2\""));
	assert_int_equal(read_word("off"), 0);
	without_manifest();
	assert_int_equal(request.n_devices, 0);
}

static void test_disks_of_storages_come_last_and_unlisted(void **state)
{
	request.options.bundle = "block:/dev/vdb";
	read_manifest(
		"'devices':[{'type':'blk','id':'02'}],'interfaces':[{'devicePath':'09/00'}],'storages':[{'driver':'local','source':'x','fstype':'','mount_point':'/run/x'},{'driver':'blk','source':'08/00','fstype':'ext4','mount_point':'/run/y'}]");
	assert_int_equal(request.n_listed, 2);
	assert_int_equal(request.n_devices, 4);
	assert_true(request.storage_device[0] == REQUEST_NO_DEVICE);
	assert_int_equal(request.storage_device[1], 2);
	assert_string_equal(request.devices[2].label, "storage /run/y");
	assert_int_equal(request.storage_device[2], 3);
	assert_string_equal(request.devices[3].vm_path, "/dev/vdb");
	assert_true(request.storage_device[3] == REQUEST_NO_DEVICE);
	assert_string_equal(request.manifest.storages[3].mount_point, BUNDLE_DIR);
}

static void test_words_come_behind_the_manifests_devices(void **state)
{
	const char *words[] = {"vfio-pci,id=b,option=0000:65:00.0=08", "blk,id=02"};

	request.options.devices = words;
	request.options.n_devices = 1;
	read_manifest("'devices':[{'type':'blk','id':'02'}]");
	assert_int_equal(request.n_listed, 2);
	assert_string_equal(request.devices[1].id, "b");
	request.options.n_devices = 2;
	assert_int_equal(request_read_manifest(&arena, NULL, 0, &request, &fault), 0);
	words[0] = "blk,id=02";
	assert_int_equal(request_read_manifest(&arena, NULL, 0, &request, &fault), -EEXIST);
	assert_string_equal(fault.text, "coldinit.device: there is another device with id \"02\"");
}

static void test_a_digest_needs_a_manifest(void **state)
{
	request.options.sha256 = "00";
	assert_int_equal(request_read_manifest(&arena, NULL, 0, &request, &fault), -ENOENT);
	assert_int_equal(request_read_manifest(&arena, "{", 1, &request, &fault), -EBADMSG);
}

static void test_the_command_lines_bundle_counts_before_the_manifests(void **state)
{
	without_manifest();
	assert_string_equal(request.bundle, "initrd:/coldinit/bundle");
	read_manifest("'container':{'bundle':'/run/b'}");
	assert_string_equal(request.bundle, "/run/b");
	request.options.bundle = "virtiofs:T/b";
	read_manifest("'container':{'bundle':'/run/b'}");
	assert_string_equal(request.bundle, "virtiofs:T/b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_interfaces_become_devices),
		TEST(test_ip_word_becomes_an_interface_and_a_route),
		TEST(test_the_manifest_counts_before_ip_word),
		TEST(test_dhcp_is_an_error_unless_the_kernel_does_it),
		TEST(test_disks_of_storages_come_last_and_unlisted),
		TEST(test_words_come_behind_the_manifests_devices),
		TEST(test_a_digest_needs_a_manifest),
		TEST(test_the_command_lines_bundle_counts_before_the_manifests),
	};

	return RUN_TESTS(tests);
}
