// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "init/lib/ip.h"
#include "init/lib/hw_address.h"
#include "init/lib/ifname.h"

static void addresses_are_read_and_written(void **state)
{
	static const char *const good[] = {
		"0.0.0.0", "10.0.2.15", "255.255.255.255", "::",
		"::1",	   "fd00::15",	"1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"};
	struct ip_address a;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(ip_parse(good[i], &a), 0);
		assert_string_equal(ip_text(&a).s, good[i]);
	}
	assert_int_equal(ip_parse("10.0.2.15", &a), 0);
	assert_int_equal(a.family, AF_INET);
	assert_memory_equal(a.bytes, "\x0a\x00\x02\x0f", 4);
	assert_int_equal(ip_bits(&a), 32);
	assert_int_equal(ip_parse("FD00::0f", &a), 0);
	assert_string_equal(ip_text(&a).s, "fd00::f");
	assert_int_equal(ip_bits(&a), 128);
	a.family = 0;
	assert_string_equal(ip_text(&a).s, "none");
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",	     "10",	  "10.0.0",    "10.0.0.256",
		"10.0.0.01", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1/8",
		"1.2.3.4.5", "::1%lo",	  ":",	       ":::",
		"1::2::3",   "g::",	  "[::1]",     "1:2:3:4:5:6:7:8:9"};
	struct ip_address a, before;

	memset(&a, 0x55, sizeof(a));
	before = a;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		print_message("# \"%s\"\n", bad[i]);
		assert_int_equal(ip_parse(bad[i], &a), -EINVAL);
		assert_memory_equal(&a, &before, sizeof(a));
	}
}

static void prefixes(void **state)
{
	static const struct {
		const char *text, *printed;
	} rows[] = {
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"10.0.0.1", "10.0.0.1/32"},
		{"::/0", "::/0"},
		{"fd00::1", "fd00::1/128"},
		{"fd00::/128", "fd00::/128"},
		{"10.0.0.0/33", NULL},
		{"fd00::/129", NULL},
		{"10.0.0.0/", NULL},
		{"/8", NULL},
		{"10.0.0.0/-1", NULL},
		{"10.0.0.0/8/8", NULL},
		{"10.0.0.0/255.0.0.0", NULL},
		{"", NULL},
		{"111111111111111111111111111111111111111111111111111111111111/8", NULL},
	};
	struct ip_prefix p;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		print_message("# \"%s\"\n", rows[i].text);
		assert_int_equal(ip_prefix_parse(rows[i].text, &p), rows[i].printed ? 0 : -EINVAL);
		if (rows[i].printed)
			assert_string_equal(ip_prefix_text(&p).s, rows[i].printed);
	}
}

static void hardware_addresses(void **state)
{
	static const char *const bad[] = {"",
					  "52:54:00:12:34",
					  "52:54:00:12:34:5",
					  "52:54:00:12:34:56:",
					  "52:54:00:12:34:56:78",
					  "52-54-00-12-34-56",
					  "52:54:00:12:34:5g",
					  "5:254:00:12:34:56",
					  "52:54:00:12:34 56"};
	struct hw_address a;

	assert_int_equal(hw_address_parse("52:54:00:Aa:bB:01", &a), 0);
	assert_string_equal(hw_address_text(&a).s, "52:54:00:aa:bb:01");
	assert_true(hw_address_is_unicast(&a));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(hw_address_parse(bad[i], &a), -EINVAL);
	assert_string_equal(hw_address_text(&a).s, "52:54:00:aa:bb:01");
	assert_int_equal(hw_address_parse("00:00:00:00:00:00", &a), 0);
	assert_false(hw_address_is_unicast(&a));
	assert_int_equal(hw_address_parse("01:00:5e:00:00:01", &a), 0);
	assert_false(hw_address_is_unicast(&a));
}

static void interface_names(void **state)
{
	static const char *const good[] = {"lo", "eth0", "a", "123456789012345", "a.b", "...", "-"};
	static const char *const bad[] = {"",	 ".",	"..",  "1234567890123456", "a/b",
					  "a b", "a:b", "a\t", "\xc3\xa4",	   "eth%d"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(ifname_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(ifname_is_valid(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_and_written),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(hardware_addresses),
		cmocka_unit_test(interface_names),
	};

	return RUN_TESTS(tests);
}
