// SPDX-License-Identifier: Apache-2.0
/* vfio-ap and vfio-ap-cold: queues of cryptographic adapters on s390x. */
#include <errno.h>
#include <string.h>

#include "dev/ap.h"
#include "tests/unit/support/fake_kernel.h"

#define SCAN "sys/bus/ap/scans=1\n"

static const char *queues[] = {"05.0011", "0a.00ff"};

static int setup(void **state)
{
	fake_setup(state);
	fake_file(&k, "0\n", "sys/bus/ap/scans");
	fake_dir(&k, "sys/bus/ap/devices");
	fake_file(&k, "10:123\n", "sys/class/misc/z90crypt/dev");
	return 0;
}

static void plug_queue(const char *card, const char *queue)
{
	fake_dir(&k, "sys/devices/ap/%s/%s", card, queue);
	fake_link(&k, "/sys/bus/ap/drivers/cex4queue", "sys/devices/ap/%s/%s/driver", card, queue);
	fake_dir(&k, "sys/bus/ap/devices/%s", queue);
}

static int settle_ap(const char *type, const char **options, size_t n)
{
	struct device d = fake_device(type, "crypto0", options, n);

	return fake_settle(&k, &d, r, 1, &fault);
}

static void test_types_are_served(void **state)
{
	fake_assert_type("vfio-ap", true, "ap zcrypt");
	fake_assert_type("vfio-ap-cold", true, "ap zcrypt");
}

static void test_queues_are_two_hexadecimal_numbers(void **state)
{
	static const struct {
		const char *text, *device; /* NULL: refused */
	} rows[] = {
		{"05.0011", "card05/05.0011"},
		{"ff.ffff", "cardff/ff.ffff"},
		{"0A.00FF", "card0a/0a.00ff"},
		{"5.11", "card05/05.0011"},
		{"", NULL},
		{"05", NULL},
		{"05.", NULL},
		{".0011", NULL},
		{"005.0011", NULL},
		{"05.00011", NULL},
		{"05.0011.0", NULL},
		{"0g.0011", NULL},
		{"05.0x11", NULL},
		{"05:0011", NULL},
		{"05.0011 ", NULL},
		{"-5.0011", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ap_queue q = {9, 9};
		const char *option = rows[i].text;

		if (rows[i].device) {
			assert_int_equal(ap_parse(rows[i].text, &q), 0);
			assert_string_equal(ap_text(&q).s, rows[i].device);
			assert_string_equal(ap_text(&q).s + AP_NAME_AT, rows[i].device + 7);
			continue;
		}
		assert_int_equal(ap_parse(rows[i].text, &q), -EINVAL);
		assert_int_equal(q.card, 9);
		assert_int_equal(settle_ap("vfio-ap", &option, 1), -EINVAL);
		assert_text(fault.text, "is not XX.YYYY");
	}
}

static void test_queues_must_be_named(void **state)
{
	assert_int_equal(settle_ap("vfio-ap", NULL, 0), -EINVAL);
	assert_text(fault.text,
		    "a vfio-ap device needs its AP queues, such as 05.0011, as options");
	assert_string_equal(k.log, "");
}

static void test_queues_that_are_there_give_the_crypto_node(void **state)
{
	static const char *const types[] = {"vfio-ap", "vfio-ap-cold"};

	plug_queue("card05", "05.0011");
	plug_queue("card0a", "0a.00ff");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		k.log[0] = '\0';
		assert_int_equal(settle_ap(types[i], queues, 2), 0);
		assert_string_equal(k.log, SCAN "mknod dev/z90crypt c 600 10:123\n");
		assert_string_equal(r[0].node, "/dev/z90crypt");
		assert_string_equal(r[0].final_path, "/dev/z90crypt");
		assert_int_equal(r[0].node_type, 'c');
		assert_int_equal(r[0].major, 10);
		assert_int_equal(r[0].minor, 123);
		assert_string_equal(r[0].guest, "05.0011");
		assert_string_equal(r[0].driver, "cex4queue");
		assert_false(r[0].vfio);
	}
}

/* The bus finds the queue when it is made to scan. */
static void bus_looks(struct fake_kernel *fake, const char *path, const char *text)
{
	(void)fake;
	assert_string_equal(path, "sys/bus/ap/scans");
	assert_string_equal(text, "1");
	plug_queue("card05", "05.0011");
}

static void test_bus_is_made_to_scan_first(void **state)
{
	k.written = bus_looks;
	assert_int_equal(settle_ap("vfio-ap-cold", queues, 1), 0);
}

static void test_cold_queue_must_be_there_now(void **state)
{
	plug_queue("card05", "05.0011");
	assert_int_equal(settle_ap("vfio-ap-cold", queues, 2), -ENODEV);
	assert_text(fault.text, "AP queue 0a.00ff does not exist: /sys/bus/ap/devices has 05.0011");
	assert_string_equal(fault.expected, "AP queue 0a.00ff");
	assert_true(r[0].us < 3000000);
}

static void test_hot_queues_are_waited_for(void **state)
{
	struct device d = fake_device("vfio-ap", "crypto0", queues, 2);
	struct settle *s;

	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	/* The event of the second queue comes first; the queue is found when the first one comes.
	 */
	plug_queue("card0a", "0a.00ff");
	fake_event(s, "add", "/devices/ap/card0a/0a.00ff", "ap", 10);
	assert_int_equal(settle_pending(s), 1);
	plug_queue("card05", "05.0011");
	fake_event(s, "add", "/devices/ap/card05/05.0011", "ap", 20);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_string_equal(k.log, SCAN "mknod dev/z90crypt c 600 10:123\n");
}

static void test_only_its_own_queue_wakes_it(void **state)
{
	static const struct {
		bool wakes;
		const char *action, *devpath;
	} rows[] = {
		{true, "add", "/devices/ap/card05/05.0011"},
		{false, "add", "/devices/ap/card05"},
		{false, "add", "/devices/ap/card05/05.001"},
		{false, "add", "/devices/ap/card05/05.00111"},
		{false, "add", "/devices/ap/card05/05.0011/x"},
		{false, "add", "/devices/ap/card06/05.0011"},
		{false, "add", "/devices/ap/05.0011"},
		{false, "add", "/x/devices/ap/card05/05.0011"},
		{false, "remove", "/devices/ap/card05/05.0011"},
		{false, "change", "/devices/ap/card05/05.0011"},
		{false, "bind", "/devices/ap/card05/05.0011"},
	};
	struct device d = fake_device("vfio-ap", "crypto0", queues, 1);
	struct settle *s;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
		assert_int_equal(settle_pending(s), 1);
		plug_queue("card05", "05.0011");
		fake_event(s, rows[i].action, rows[i].devpath, "ap", 10);
		assert_int_equal(settle_pending(s), rows[i].wakes ? 0 : 1);
		fake_teardown(NULL);
		setup(NULL);
	}
}

static void test_hot_queue_that_never_comes_fails_at_the_deadline(void **state)
{
	assert_int_equal(settle_ap("vfio-ap", queues, 1), -ETIME);
	assert_text(fault.text,
		    "waited 3000 ms for AP queue 05.0011: /sys/bus/ap/devices has nothing");
}

static void test_node_that_comes_late_is_waited_for(void **state)
{
	struct device d = fake_device("vfio-ap", "crypto0", queues, 1);
	struct settle *s;

	plug_queue("card05", "05.0011");
	fake_remove(&k, "sys/class/misc/z90crypt/dev");
	assert_int_equal(settle_begin(&s, &k.env, &d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	fake_file(&k, "10:99\n", "sys/class/misc/z90crypt/dev");
	fake_event(s, "add", "/devices/virtual/misc/rng", "misc", 10);
	assert_int_equal(settle_pending(s), 1);
	fake_event(s, "add", "/devices/virtual/misc/z90crypt", "misc", 10);
	assert_int_equal(settle_end(s, &fault), 0);
	assert_int_equal(r[0].minor, 99);
}

static void test_without_the_bus_only_s390x_is_said_at_once(void **state)
{
	fake_remove(&k, "sys/bus/ap/devices");
	fake_remove(&k, "sys/bus/ap/scans");
	fake_remove(&k, "sys/bus/ap");
	assert_int_equal(settle_ap("vfio-ap", queues, 1), -ENODEV);
	assert_text(fault.text, "AP queues are only on s390x");
	assert_string_equal(fault.found, "no AP bus");
	assert_true(r[0].us < 3000000);
}

static void test_bus_that_cannot_be_made_to_scan_is_an_error(void **state)
{
	fake_remove(&k, "sys/bus/ap/scans");
	assert_int_equal(settle_ap("vfio-ap", queues, 1), -ENOENT);
	assert_text(fault.text, "cannot write 1 to /sys/bus/ap/scans");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)
		TEST(test_types_are_served),
		TEST(test_queues_are_two_hexadecimal_numbers),
		TEST(test_queues_must_be_named),
		TEST(test_queues_that_are_there_give_the_crypto_node),
		TEST(test_bus_is_made_to_scan_first),
		TEST(test_cold_queue_must_be_there_now),
		TEST(test_hot_queues_are_waited_for),
		TEST(test_only_its_own_queue_wakes_it),
		TEST(test_hot_queue_that_never_comes_fails_at_the_deadline),
		TEST(test_node_that_comes_late_is_waited_for),
		TEST(test_without_the_bus_only_s390x_is_said_at_once),
		TEST(test_bus_that_cannot_be_made_to_scan_is_an_error),
	};

	return RUN_TESTS(tests);
}
