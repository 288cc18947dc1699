// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "init/options/ip_word.h"

#define FORM "; the form is ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:off"

static void words_are_read(void **state)
{
	static const struct {
		const char *word, *address, *gateway, *hostname, *device, *dns0, *dns1;
		bool dynamic;
	} rows[] = {
		{"10.0.2.15::10.0.2.2:255.255.255.0:box:eth0:off:10.0.2.3:1.1.1.1:9.9.9.9",
		 "10.0.2.15/24", "10.0.2.2", "box", "eth0", "10.0.2.3", "1.1.1.1", false},
		{"10.0.2.15::::::none", "10.0.2.15/8", "none", "", "", "none", "none", false},
		{"10.0.2.15", "10.0.2.15/8", "none", "", "", "none", "none", false},
		{"172.16.0.1", "172.16.0.1/16", "none", "", "", "none", "none", false},
		{"192.168.0.1:10.9.9.9", "192.168.0.1/24", "none", "", "", "none", "none", false},
		{"10.0.2.15:::255.255.255.255", "10.0.2.15/32", "none", "", "", "none", "none",
		 false},
		{"10.0.2.15:::128.0.0.0::eth1:static", "10.0.2.15/1", "none", "", "eth1", "none",
		 "none", false},
		{"off", NULL, "none", "", "", "none", "none", false},
		{"none", NULL, "none", "", "", "none", "none", false},
		{"", NULL, "none", "", "", "none", "none", false},
		{"dhcp", NULL, "none", "", "", "none", "none", true},
		{"on", NULL, "none", "", "", "none", "none", true},
		{":::::eth0:dhcp", NULL, "none", "", "eth0", "none", "none", true},
		{"0.0.0.0:::::eth0:any", NULL, "none", "", "eth0", "none", "none", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct ip_word w;
		struct fault f;

		print_message("# ip=%s\n", rows[i].word);
		assert_int_equal(ip_word_parse(&a, rows[i].word, &w, &f), 0);
		assert_int_equal(w.dynamic, rows[i].dynamic);
		if (rows[i].address)
			assert_string_equal(ip_prefix_text(&w.address).s, rows[i].address);
		else
			assert_int_equal(w.address.address.family, 0);
		assert_string_equal(ip_text(&w.gateway).s, rows[i].gateway);
		assert_string_equal(w.hostname, rows[i].hostname);
		assert_string_equal(w.device, rows[i].device);
		assert_string_equal(ip_text(&w.dns[0]).s, rows[i].dns0);
		assert_string_equal(ip_text(&w.dns[1]).s, rows[i].dns1);
		arena_free(&a);
	}
}

static void faults_name_the_field(void **state)
{
	static const struct {
		const char *word, *fault;
	} rows[] = {
		{"eth0:dhcp",
		 "the client address is \"eth0\", expected an IPv4 address (IPv6 is for the manifest's interfaces)" FORM},
		{"[fd00::1]::",
		 "the client address is \"[fd00\", expected an IPv4 address (IPv6 is for the manifest's interfaces)" FORM},
		{"10.0.2.15::gw",
		 "the gateway address is \"gw\", expected an IPv4 address (IPv6 is for the manifest's interfaces)" FORM},
		{"10.0.2.15:::255.0.255.0",
		 "the netmask is \"255.0.255.0\", expected a netmask such as 255.255.255.0" FORM},
		{"10.0.2.15:::24",
		 "the netmask is \"24\", expected an IPv4 address (IPv6 is for the manifest's interfaces)" FORM},
		{"10.0.2.15::::a b",
		 "the host name is \"a b\", expected a host name of at most 64 characters" FORM},
		{"10.0.2.15:::::eth/0", "the device is \"eth/0\", expected an interface name" FORM},
		{"10.0.2.15::::::dhpc",
		 "the autoconf is \"dhpc\", expected off, none or static" FORM},
		{"10.0.2.15:::::::dns",
		 "the name server's address is \"dns\", expected an IPv4 address (IPv6 is for the manifest's interfaces)" FORM},
		{"::10.0.2.2:::eth0:off", "there is no client address" FORM},
		{"1.2.3.4::::::off:::5.6.7.8:x", "more than 10 fields" FORM},
	};
	struct ip_word w, before;

	memset(&w, 0x55, sizeof(w));
	before = w;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct fault f;

		assert_int_equal(ip_word_parse(&a, rows[i].word, &w, &f), -EINVAL);
		assert_string_equal(f.text, rows[i].fault);
		assert_memory_equal(&w, &before, sizeof(w));
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_read),
		cmocka_unit_test(faults_name_the_field),
	};

	return RUN_TESTS(tests);
}
