// SPDX-License-Identifier: Apache-2.0
/* linux.netDevices: read it, and rename interfaces of a network namespace. */
#include "tests/unit/test.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/container/netdev_private.h"
#include "tests/unit/support/container_namespace.h"
#include "tests/unit/support/spec_config.h"

static void interfaces_are_read_with_their_names(void **state)
{
	struct arena a cleanup(arena_free) = {0};
	struct oci_config c;
	struct fault f;

	assert_int_equal(config(&a,
				LINUX("\"netDevices\":{\"eth0\":{\"name\":\"net1\"},\"eth1\":{}}"),
				&c, &f),
			 0);
	assert_int_equal(c.n_net_devices, 2);
	assert_string_equal(c.net_devices[0].guest, "eth0");
	assert_string_equal(c.net_devices[0].name, "net1");
	assert_string_equal(c.net_devices[1].guest, "eth1");
	assert_string_equal(c.net_devices[1].name, "eth1");
}

static short flags_of(const char *name)
{
	struct ifreq r = {0};
	int any = socket(AF_INET, SOCK_DGRAM, 0), err;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	err = ioctl(any, SIOCGIFFLAGS, &r);
	close(any);
	return err ? -1 : r.ifr_flags;
}

/* The only interface of a new namespace is lo, which is down. */
static void rename_interfaces(void)
{
	struct oci_net_device d = {"lo", "inner0"};
	struct oci_config c = {.net_devices = &d, .n_net_devices = 1};
	struct fault fault = {0};

	CHECK(!unshare(CLONE_NEWNET));
	CHECK(!(flags_of("lo") & IFF_UP));
	CHECK(!netdev_apply(&c, &fault));
	CHECK(flags_of("lo") == -1 && flags_of("inner0") & IFF_UP);
	CHECK(netdev_apply(&c, &fault) == -ENODEV);
	CHECK(!strcmp(
		fault.text,
		"linux.netDevices: cannot make lo the interface inner0: the guest has no such interface"));
	/* Its own name: it is only set up. */
	d.guest = "inner0";
	CHECK(!netdev_apply(&c, &fault));
}

static void interfaces_are_renamed_and_set_up(void **state)
{
	assert_int_equal(in_namespace(rename_interfaces), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_are_read_with_their_names),
		cmocka_unit_test(interfaces_are_renamed_and_set_up),
	};

	return RUN_TESTS(tests);
}
