// SPDX-License-Identifier: Apache-2.0
/* PCI paths: the three spellings, and the way through the bridges in sysfs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/pci.h"
#include "init/lib/root.h"
#include "tests/unit/support/fake_kernel.h"

static struct pci_place place;

/* A parsed path in one canonical text. */
static const char *canonical(const struct pci_path *p)
{
	static char text[256];
	size_t n;

	if (p->plain) {
		snprintf(text, sizeof(text), "%s", pci_address_text(&p->root).s);
		return text;
	}
	n = (size_t)snprintf(text, sizeof(text), "%04x:%02x", (unsigned)p->root.domain,
			     (unsigned)p->root.bus);
	for (size_t i = 0; i < p->n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "/%02x.%x",
				      (unsigned)p->element[i].slot,
				      (unsigned)p->element[i].function);
	return text;
}

/* What each spelling means; NULL: it is no path. */
static const struct {
	const char *spelling, *means;
} spellings[] = {
	/* slots from the root bus on */
	{"02", "0000:00/02.0"},
	{"2", "0000:00/02.0"},
	{"1f.7", "0000:00/1f.7"},
	{"02/00", "0000:00/02.0/00.0"},
	{"02.1/03.2/04", "0000:00/02.1/03.2/04.0"},
	{"1F/1f/1F", "0000:00/1f.0/1f.0/1f.0"},
	/* another root: three elements or more, the first greater than any slot */
	{"20/00/02", "0000:20/00.0/02.0"},
	{"ff/1f.7/00", "0000:ff/1f.7/00.0"},
	{"20/01/02/03", "0000:20/01.0/02.0/03.0"},
	/* a root that is named */
	{"pci0000:00/02", "0000:00/02.0"},
	{"pci0001:00/05.0", "0001:00/05.0"},
	{"pci10000:e1/00.0/1f.7", "10000:e1/00.0/1f.7"},
	{"pci0000:20/00/02", "0000:20/00.0/02.0"},
	/* the address itself */
	{"0000:01:00.0", "0000:01:00.0"},
	{"ffff:02:1f.7", "ffff:02:1f.7"},
	{"10000:e1:00.0", "10000:e1:00.0"},
	/* none of these */
	{"", NULL},
	{"/", NULL},
	{"02/", NULL},
	{"/02", NULL},
	{"02//00", NULL},
	{"20", NULL},
	{"20/00", NULL},
	{"20.0/00/02", NULL},
	{"100/00/02", NULL},
	{"02/20/00", NULL},
	{"02/00/20", NULL},
	{"02.8", NULL},
	{"002", NULL},
	{"02.", NULL},
	{".1", NULL},
	{"02 ", NULL},
	{"-2", NULL},
	{"0x2", NULL},
	{"02,00", NULL},
	{"pci", NULL},
	{"pci0000:00", NULL},
	{"pci0000:00/", NULL},
	{"pci0000:/02", NULL},
	{"pci:00/02", NULL},
	{"pci0000:000/02", NULL},
	{"pci100000000:00/02", NULL},
	{"pci0000:00/20", NULL},
	{"PCI0000:00/02", NULL},
	{"0000:01:00", NULL},
	{"01:00.0", NULL},
	{"0000:01:20.0", NULL},
	{"0000:01:00.0/02", NULL},
	{"0000:00/02", NULL},
	{"00/00/00/00/00/00/00/00/00/00/00/00/00/00/00/00/00", NULL},
};

static void test_three_spellings(void **state)
{
	struct pci_path p;

	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		memset(&p, 0x55, sizeof(p));
		if (spellings[i].means) {
			assert_int_equal(pci_path_parse(spellings[i].spelling, &p, &fault), 0);
			assert_string_equal(canonical(&p), spellings[i].means);
			continue;
		}
		assert_int_equal(pci_path_parse(spellings[i].spelling, &p, &fault), -EINVAL);
		assert_text(fault.text, spellings[i].spelling);
		assert_int_equal(p.n, (size_t)0x5555555555555555); /* untouched */
	}
}

static void test_error_names_the_element(void **state)
{
	struct pci_path p;

	assert_int_equal(pci_path_parse("02/03/zz", &p, &fault), -EINVAL);
	assert_text(fault.text, "element 2 \"zz\"");
}

/* Follow a path from the beginning. */
static int locate(const char *path)
{
	struct pci_path p;

	place = (struct pci_place){0};
	assert_int_equal(pci_path_parse(path, &p, &fault), 0);
	return pci_locate(&k.env, &p, &place, NULL, &fault);
}

/* Where a path leads, below /sys/devices; the function itself need not be there. */
static void assert_place(const char *path, const char *dir)
{
	const char *name = strrchr(dir, '/') + 1;
	struct stat link;
	bool there = !root_lstat(k.env.root, &link, "sys/bus/pci/devices/%s", name);
	char missing[64];

	snprintf(missing, sizeof(missing), "PCI function %s", name);
	assert_int_equal(locate(path), there ? 0 : -EAGAIN);
	assert_int_equal(place.found, there);
	assert_string_equal(place.missing, there ? "" : missing);
	assert_string_equal(place.dir + strlen("sys/devices/"), dir);
	assert_string_equal(place.name.s, name);
	assert_string_equal(pci_address_text(&place.address).s, name);
}

/* Something on the way is missing, or wrong. */
static void assert_no_place(const char *path, int err)
{
	memset(&fault, 0, sizeof(fault));
	assert_int_equal(locate(path), err);
	assert_false(place.found);
	assert_string_equal(place.dir, "");
	assert_string_equal(place.name.s, "");
	/* It is either waited for or an error. */
	assert_true((err == -EAGAIN) == (place.missing[0] != '\0'));
	assert_true((err == -EAGAIN) == (fault.text[0] == '\0'));
}

#define ROOT "sys/devices/pci0000:00"

/* The steps of Kata's test_pcipath_to_sysfs. */
static void test_pcipath_to_sysfs(void **state)
{
	assert_place("02", "pci0000:00/0000:00:02.0");
	assert_no_place("02/03", -EAGAIN);
	assert_no_place("02/03/04", -EAGAIN);

	fake_dir(&k, ROOT "/0000:00:02.0");
	assert_place("02", "pci0000:00/0000:00:02.0");
	assert_no_place("02/03", -EAGAIN);
	assert_no_place("02/03/04", -EAGAIN);

	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus/0000:01");
	assert_place("02", "pci0000:00/0000:00:02.0");
	assert_place("02/03", "pci0000:00/0000:00:02.0/0000:01:03.0");
	assert_no_place("02/03/04", -EAGAIN);

	fake_dir(&k, ROOT "/0000:00:02.0/0000:01:03.0/pci_bus/0000:02");
	assert_place("02", "pci0000:00/0000:00:02.0");
	assert_place("02/03", "pci0000:00/0000:00:02.0/0000:01:03.0");
	assert_place("02/03/04", "pci0000:00/0000:00:02.0/0000:01:03.0/0000:02:04.0");
	assert_place("02/03/04.5", "pci0000:00/0000:00:02.0/0000:01:03.0/0000:02:04.5");
}

static void test_pcipath_to_sysfs_without_pci_bus_asks_the_children(void **state)
{
	fake_dir(&k, ROOT "/0000:00:02.0/0000:01:03.0");
	fake_dir(&k, ROOT "/0000:00:02.0/0000:01:03.1");
	fake_dir(&k, ROOT "/0000:00:02.0/power");
	fake_dir(&k, ROOT "/0000:00:02.0/0000:00:02.0:pcie001");
	assert_place("02/07", "pci0000:00/0000:00:02.0/0000:01:07.0");
}

static void test_children_on_several_buses_are_an_error(void **state)
{
	fake_dir(&k, ROOT "/0000:00:02.0/0000:01:03.0");
	fake_dir(&k, ROOT "/0000:00:02.0/0000:02:03.0");
	assert_no_place("02/03", -EINVAL);
	assert_text(fault.text, "more than one bus");
}

static void test_several_entries_in_pci_bus_are_an_error(void **state)
{
	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus/0000:01");
	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus/0000:02");
	assert_no_place("02/03", -EINVAL);
	assert_text(
		fault.text,
		"0000:00:02.0 (element 0 of the path under /sys/devices/pci0000:00) has more than one bus");
}

static void test_entry_of_pci_bus_that_is_no_bus_is_an_error(void **state)
{
	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus/uevent");
	assert_no_place("02/03", -EINVAL);
}

static void test_pci_bus_wins_over_the_children(void **state)
{
	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus/0000:05");
	fake_dir(&k, ROOT "/0000:00:02.0/0000:01:03.0");
	assert_place("02/03", "pci0000:00/0000:00:02.0/0000:05:03.0");
}

static void test_missing_bridge_is_named_with_index_address_and_root(void **state)
{
	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus/0000:01");
	assert_no_place("02/03/04", -EAGAIN);
	assert_string_equal(
		place.missing,
		"bridge 0000:01:03.0 (element 1 of the path under /sys/devices/pci0000:00)");
}

static void test_bridge_without_a_bus_can_still_get_one(void **state)
{
	fake_file(&k, "0x060400\n", ROOT "/0000:00:02.0/class");
	assert_no_place("02/03", -EAGAIN);
	assert_text(place.missing, "a bus behind bridge 0000:00:02.0");
	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus");
	assert_no_place("02/03", -EAGAIN);
}

static void test_what_is_no_bridge_never_leads_anywhere(void **state)
{
	fake_file(&k, "0x020000\n", ROOT "/0000:00:02.0/class");
	assert_no_place("02/03", -ENODEV);
	assert_text(
		fault.text,
		"0000:00:02.0 (element 0 of the path under /sys/devices/pci0000:00) is no bridge");
	assert_string_equal(fault.found, "class 0x020000 at 0000:00:02.0");
}

static void test_roots_of_their_own(void **state)
{
	fake_dir(&k, "sys/devices/pci0000:20/0000:20:00.0/pci_bus/0000:21");
	fake_dir(&k, "sys/devices/pci0001:00");
	assert_place("20/00/02", "pci0000:20/0000:20:00.0/0000:21:02.0");
	assert_place("pci0000:20/00/02", "pci0000:20/0000:20:00.0/0000:21:02.0");
	assert_place("pci0001:00/05.0", "pci0001:00/0001:00:05.0");
	assert_no_place("30/00/02", -EAGAIN);
	assert_string_equal(place.missing, "root bus pci0000:30");
}

static void test_root_on_a_platform_device(void **state)
{
	fake_remove(&k, ROOT);
	fake_dir(&k, "sys/devices/platform/4010000000.other");
	fake_dir(&k,
		 "sys/devices/platform/4010000000.pcie/pci0000:00/0000:00:02.0/pci_bus/0000:01");
	assert_place("02/00", "platform/4010000000.pcie/pci0000:00/0000:00:02.0/0000:01:00.0");
}

static void test_root_that_only_the_class_knows(void **state)
{
	fake_dir(&k, ROOT "/0000:00:0e.0/pci10000:e0/0000:e0:06.0");
	fake_link(&k, "../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/pci_bus/10000:e0",
		  "sys/class/pci_bus/10000:e0");
	assert_place("pci10000:e0/06", "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0");
}

static void test_secondary_bus_is_no_root(void **state)
{
	fake_dir(&k, ROOT "/0000:00:02.0/pci_bus/0000:01");
	fake_link(&k, "../../devices/pci0000:00/0000:00:02.0/pci_bus/0000:01",
		  "sys/class/pci_bus/0000:01");
	assert_no_place("pci0000:01/00", -EAGAIN);
}

static void test_guest_address_is_found_wherever_it_is(void **state)
{
	assert_no_place("0000:21:02.0", -EAGAIN);
	assert_string_equal(place.missing, "PCI function 0000:21:02.0");
	fake_dir(&k, "sys/devices/pci0000:20/0000:20:00.0/0000:21:02.0");
	fake_link(&k, "../../../devices/pci0000:20/0000:20:00.0/0000:21:02.0",
		  "sys/bus/pci/devices/0000:21:02.0");
	assert_place("0000:21:02.0", "pci0000:20/0000:20:00.0/0000:21:02.0");
}

static void test_bus_behind_a_bridge_is_read_once_in_a_round(void **state)
{
	struct dev_round round = {.probe = -1};

	k.env.round = &round;
	fake_gpu(&k);
	fake_audio(&k, NULL);
	fake_bridge(&k, "sys/devices/pci0000:00", "0000:00:03.0", "0000:02");
	assert_place("02/00", "pci0000:00/0000:00:02.0/0000:01:00.0");
	fake_dir(&k, FAKE_RP "/pci_bus/0000:09"); /* it would be an error */
	assert_place("02/00.1", "pci0000:00/0000:00:02.0/0000:01:00.1");
	assert_place("03/00", "pci0000:00/0000:00:03.0/0000:02:00.0");
	assert_no_place("02/00.1", -EINVAL);
	k.env.round = NULL;
	assert_no_place("02/00", -EINVAL);
}

/* A bridge that is unplugged later does not take back what was found. */
static void test_what_was_found_is_not_looked_for_again(void **state)
{
	struct pci_path p;

	fake_gpu(&k);
	assert_int_equal(locate("02/00"), 0);
	fake_remove(&k, "sys/bus/pci/devices/0000:01:00.0");
	assert_int_equal(pci_path_parse("02/00", &p, &fault), 0);
	assert_int_equal(pci_locate(&k.env, &p, &place, NULL, &fault), 0);
	assert_string_equal(place.dir, FAKE_RP "/0000:01:00.0");
	assert_int_equal(locate("02/00"), -EAGAIN);
}

static void test_link_that_leads_out_of_sysfs_is_an_error(void **state)
{
	fake_link(&k, "/etc/0000:21:02.0", "sys/bus/pci/devices/0000:21:02.0");
	assert_no_place("0000:21:02.0", -EINVAL);
}

static void test_attributes(void **state)
{
	struct pci_address gpu = {.bus = 1}, none = {.bus = 9};
	struct pci_ids ids;
	char driver[SYSFS_DRIVER_MAX];

	fake_gpu(&k);
	assert_int_equal(pci_read_ids(k.env.root, &gpu, &ids, &fault), 0);
	assert_int_equal(ids.vendor, 0x10de);
	assert_int_equal(ids.device, 0x2330);
	assert_int_equal(pci_class(k.env.root, &gpu), 0x030200);
	assert_int_equal(pci_driver(k.env.root, &gpu, driver, &fault), 0);
	assert_string_equal(driver, "");
	fake_bind(&k, "0000:01:00.0", "nouveau");
	assert_int_equal(pci_driver(k.env.root, &gpu, driver, &fault), 0);
	assert_string_equal(driver, "nouveau");
	assert_int_equal(pci_read_ids(k.env.root, &none, &ids, &fault), -ENOENT);
	assert_int_equal(pci_class(k.env.root, &none), -ENOENT);
	assert_true(pci_class_is_bridge(0x060400) && pci_class_is_bridge(0x060401));
	assert_false(pci_class_is_bridge(0x060000) || pci_class_is_bridge(-ENOENT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_three_spellings),
		FAKE_TEST(test_error_names_the_element),
		FAKE_TEST(test_pcipath_to_sysfs),
		FAKE_TEST(test_pcipath_to_sysfs_without_pci_bus_asks_the_children),
		FAKE_TEST(test_children_on_several_buses_are_an_error),
		FAKE_TEST(test_several_entries_in_pci_bus_are_an_error),
		FAKE_TEST(test_entry_of_pci_bus_that_is_no_bus_is_an_error),
		FAKE_TEST(test_pci_bus_wins_over_the_children),
		FAKE_TEST(test_missing_bridge_is_named_with_index_address_and_root),
		FAKE_TEST(test_bridge_without_a_bus_can_still_get_one),
		FAKE_TEST(test_what_is_no_bridge_never_leads_anywhere),
		FAKE_TEST(test_roots_of_their_own),
		FAKE_TEST(test_root_on_a_platform_device),
		FAKE_TEST(test_root_that_only_the_class_knows),
		FAKE_TEST(test_secondary_bus_is_no_root),
		FAKE_TEST(test_guest_address_is_found_wherever_it_is),
		FAKE_TEST(test_bus_behind_a_bridge_is_read_once_in_a_round),
		FAKE_TEST(test_what_was_found_is_not_looked_for_again),
		FAKE_TEST(test_link_that_leads_out_of_sysfs_is_an_error),
		FAKE_TEST(test_attributes),
	};

	return RUN_TESTS(tests);
}
