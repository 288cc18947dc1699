// SPDX-License-Identifier: Apache-2.0
/* The network: the files that name it, and what is refused before anything is set up. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/network/network.h"
#include "tests/unit/support/spec_document.h"

static struct arena arena;
static struct request request;
static struct oci_config config;
static struct oci_mount mounts[NETWORK_FILES_MAX];
static int root;
static struct fault fault;
static char dir[64];

static int setup(void **state)
{
	memset(&request, 0, sizeof(request));
	options_default(&request.options);
	manifest_defaults(&request.manifest);
	memset(&config, 0, sizeof(config));
	config.hostname = "";
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

/* Make the files. Return: how many mounts they need, in @mounts. */
static int files(void)
{
	return network_files(&arena, root, &request, &config, mounts, &fault);
}

/* --- files ----------------------------------------------------------------------------------- */

static void assert_file(const char *path, const char *text)
{
	char buf[1024] = "";

	assert_true(root_read(root, buf, sizeof(buf), "run/coldinit/etc/%s", path) >= 0);
	assert_string_equal(buf, text);
}

static void test_files_say_what_is_asked_for(void **state)
{
	const struct oci_mount *m;

	read_manifest(
		"'hostname':'box.example.org','dns':['10.0.2.3','search a.example'],'interfaces':[{'devicePath':'08','IPAddresses':["
		"{'address':'10.0.2.15','mask':'24'},{'address':'fd00::15','mask':'64'}]}]");
	assert_int_equal(files(), 3);
	assert_file("resolv.conf", "nameserver 10.0.2.3\nsearch a.example");
	assert_file("hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
			     "10.0.2.15\tbox.example.org box\nfd00::15\tbox.example.org box");
	assert_file("hostname", "box.example.org");
	m = &mounts[1];
	assert_string_equal(m->destination, "/etc/hosts");
	assert_string_equal(m->source, "/run/coldinit/etc/hosts");
	assert_string_equal(m->options[0], "rbind");
	assert_true(m->optional);
}

static void test_nothing_is_given_that_nobody_asked_for(void **state)
{
	config.hostname = "of-the-spec";
	assert_int_equal(files(), 0);
	read_manifest("'dns':['10.0.2.3']");
	assert_int_equal(files(), 1);
	assert_string_equal(mounts[0].destination, "/etc/resolv.conf");
}

static void test_the_configs_name_and_mounts_count(void **state)
{
	struct oci_mount own[] = {{.destination = "//etc/resolv.conf/"},
				  {.destination = "/etc/hosts.allow"},
				  {.destination = "/etc"}};

	read_manifest("'hostname':'other','dns':['10.0.2.3']");
	config.hostname = "of-the-spec";
	config.mounts = own;
	config.n_mounts = ARRAY_SIZE(own);
	assert_int_equal(files(), 2);
	assert_string_equal(mounts[0].destination, "/etc/hosts");
	assert_string_equal(mounts[1].destination, "/etc/hostname");
	assert_file("hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
			     "127.0.1.1\tof-the-spec");
	assert_file("hostname", "of-the-spec");
}

/* --- names ----------------------------------------------------------------------------------- */

static void test_an_interface_has_one_name(void **state)
{
	struct device_result results[2] = {{.ifname = "eth0"}, {.ifname = "eth1"}};
	const struct found found = {.devices = results};

	read_manifest(
		"'interfaces':[{'devicePath':'08','name':'a'},{'devicePath':'09','name':'b'}]");
	assert_int_equal(network_check(&request, &found, &fault), 0);
	memcpy(results[1].ifname, "eth0", sizeof("eth0"));
	assert_int_equal(network_check(&request, &found, &fault), -EEXIST);
	assert_string_equal(fault.text, "the interface eth0 would get two names: a and b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_files_say_what_is_asked_for),
		TEST(test_nothing_is_given_that_nobody_asked_for),
		TEST(test_the_configs_name_and_mounts_count),
		TEST(test_an_interface_has_one_name),
	};

	return RUN_TESTS(tests);
}
