// SPDX-License-Identifier: Apache-2.0
/* The parser of uevents, on messages as the kernel sends them and on others. */
#include <errno.h>
#include <string.h>

#include "net/uevent.h"
#include "tests/unit/test.h"

/* A literal with its last NUL, as the kernel ends its messages. */
#define MESSAGE(text) text, sizeof(text)

static void test_bind_of_a_pci_function(void **state)
{
	static const char message[] =
		"bind@/devices/pci0000:00/0000:00:04.0\0ACTION=bind\0"
		"DEVPATH=/devices/pci0000:00/0000:00:04.0\0SUBSYSTEM=pci\0DRIVER=vfio-pci\0"
		"PCI_CLASS=FF00\0PCI_ID=1234:11E8\0PCI_SLOT_NAME=0000:00:04.0\0"
		"MODALIAS=pci:v00001234d000011E8sv00001AF4sd00001100bcFFsc00i10\0SEQNUM=828";
	struct uevent ev;

	assert_int_equal(uevent_parse(message, sizeof(message), &ev), 0);
	assert_string_equal(ev.action, "bind");
	assert_string_equal(ev.devpath, "/devices/pci0000:00/0000:00:04.0");
	assert_string_equal(ev.subsystem, "pci");
	assert_string_equal(ev.driver, "vfio-pci");
	assert_string_equal(ev.pci_slot_name, "0000:00:04.0");
	assert_string_equal(ev.devname, "");
	assert_string_equal(ev.interface, "");
	assert_int_equal(ev.seqnum, 828);
}

static void test_add_of_a_vfio_group(void **state)
{
	struct uevent ev;

	assert_int_equal(uevent_parse(MESSAGE("add@/devices/virtual/vfio/1\0ACTION=add\0"
					      "DEVPATH=/devices/virtual/vfio/1\0SUBSYSTEM=vfio\0"
					      "MAJOR=244\0MINOR=0\0DEVNAME=vfio/1\0SEQNUM=826"),
				      &ev),
			 0);
	assert_string_equal(ev.subsystem, "vfio");
	assert_string_equal(ev.devname, "vfio/1");
}

static void test_keys_are_whole_words(void **state)
{
	struct uevent ev;

	assert_int_equal(uevent_parse(MESSAGE("add@/d\0ACTION=add\0DEVPATH=/d\0XDEVNAME=a\0"
					      "DEVNAMEX=b\0DEVNAME\0DRIVER=\0INTERFACE=a=b"),
				      &ev),
			 0);
	assert_string_equal(ev.devname, "");
	assert_string_equal(ev.driver, "");
	assert_string_equal(ev.interface, "a=b");
	assert_int_equal(ev.seqnum, 0);
}

static void test_largest_sequence_number(void **state)
{
	struct uevent ev;

	assert_int_equal(uevent_parse(MESSAGE("add@/d\0ACTION=add\0DEVPATH=/d\0"
					      "SEQNUM=18446744073709551615"),
				      &ev),
			 0);
	assert_true(ev.seqnum == UINT64_MAX);
}

static void test_malformed_messages_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {
		{MESSAGE("")},
		{MESSAGE("\0")},
		{MESSAGE("add@/d")},
		{MESSAGE("add@/d\0ACTION=add")},
		{MESSAGE("add@/d\0DEVPATH=/d")},
		{MESSAGE("ACTION=add\0DEVPATH=/d")},
		{MESSAGE("@/d\0ACTION=\0DEVPATH=/d")},
		{MESSAGE("add@d\0ACTION=add\0DEVPATH=d")},
		{MESSAGE("add@\0ACTION=add\0DEVPATH=")},
		/* header and keys disagree */
		{MESSAGE("add@/d\0ACTION=remove\0DEVPATH=/d")},
		{MESSAGE("add@/d\0ACTION=ad\0DEVPATH=/d")},
		{MESSAGE("add@/d\0ACTION=add\0DEVPATH=/e")},
		{MESSAGE("add@/d\0ACTION=add\0DEVPATH=/dd")},
		{MESSAGE("add@/d\0ACTION=add\0DEVPATH=/d\0ACTION=remove")},
		/* numbers */
		{MESSAGE("add@/d\0ACTION=add\0DEVPATH=/d\0SEQNUM=")},
		{MESSAGE("add@/d\0ACTION=add\0DEVPATH=/d\0SEQNUM=1x")},
		{MESSAGE("add@/d\0ACTION=add\0DEVPATH=/d\0SEQNUM=-1")},
		{MESSAGE("add@/d\0ACTION=add\0DEVPATH=/d\0SEQNUM=18446744073709551616")},
		/* the format of udevd */
		{MESSAGE("libudev\0\xfe\xed\xca\xfe")},
	};
	struct uevent ev = {.action = "untouched"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(uevent_parse(bad[i].text, bad[i].len, &ev), -EINVAL);
	assert_string_equal(ev.action, "untouched");
}

static void test_message_must_end_in_nul(void **state)
{
	static const char message[] = "add@/d\0ACTION=add\0DEVPATH=/d";
	struct uevent ev;

	assert_int_equal(uevent_parse(message, sizeof(message), &ev), 0);
	assert_int_equal(uevent_parse(message, sizeof(message) - 1, &ev), -EINVAL);
	assert_int_equal(uevent_parse(message, 0, &ev), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bind_of_a_pci_function),
		cmocka_unit_test(test_add_of_a_vfio_group),
		cmocka_unit_test(test_keys_are_whole_words),
		cmocka_unit_test(test_largest_sequence_number),
		cmocka_unit_test(test_malformed_messages_are_refused),
		cmocka_unit_test(test_message_must_end_in_nul),
	};

	return RUN_TESTS(tests);
}
