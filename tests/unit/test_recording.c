// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/tool/recording.h"
#include "tests/unit/test.h"

static int parse(struct arena *a, const char *text, struct recording *r, struct fault *fault)
{
	return recording_parse(a, text, strlen(text), r, fault);
}

static const struct {
	const char *rule, *text, *same; /* NULL: as it is */
} good[] = {
	{"an empty tree", "", NULL},
	{"comments and empty lines are nothing", "# a comment\n\n#\n", ""},
	{"the last line may be open", "dir sys/a", "dir sys/a\n"},
	{"one of each kind",
	 "node dev/vfio/3 c 244:3 0600\ndir sys/a\nfile sys/b 0x8086\nlink sys/c ../b\n", NULL},
	{"a file may be empty", "file sys/a\n", NULL},
	{"an empty value is none", "file sys/a \n", "file sys/a\n"},
	{"values have blanks, also at both ends", "file sys/a  b  c \n", NULL},
	{"other bytes are escaped", "file sys/a\\x20b \\x09\\x5c\\x0a\\xff\n", NULL},
	{"an escape of what needs none", "file sys/\\x61 \\x41\n", "file sys/a A\n"},
	{"lines are sorted", "dir sys/b\ndir sys/a\n", "dir sys/a\ndir sys/b\n"},
	{"what is in a directory follows it", "dir sys/a-b\ndir sys/a/c\ndir sys/a\n",
	 "dir sys/a\ndir sys/a/c\ndir sys/a-b\n"},
};

static void test_text_to_entries_and_back(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct arena a = {0};
		struct recording r;
		struct fault fault;
		char *text;

		print_message("# %s\n", good[i].rule);
		assert_int_equal(parse(&a, good[i].text, &r, &fault), 0);
		text = recording_text(&r);
		assert_string_equal(text, good[i].same ? good[i].same : good[i].text);
		free(text);
		arena_free(&a);
	}
}

static const struct {
	const char *rule, *text, *says;
} bad[] = {
	{"an unknown kind", "dir sys/a\nfifo sys/b\n", "line 2: it begins with none of"},
	{"no path", "dir\n", "line 1: it begins with none of"},
	{"an empty path", "dir \n", "line 1: the path"},
	{"a path elsewhere", "file etc/passwd x\n", "line 1: the path"},
	{"an absolute path", "file /sys/a x\n", "line 1: the path"},
	{"a path out of it", "file sys/../a x\n", "line 1: the path"},
	{"a path that ends in ..", "link sys/.. x\n", "line 1: the path"},
	{"a path with .", "dir sys/./a\n", "line 1: the path"},
	{"an empty component", "dir sys//a\n", "line 1: the path"},
	{"a slash at the end", "dir sys/a/\n", "line 1: the path"},
	{"an escaped slash is one", "dir sys/a\\x2f..\\x2fb\n", "line 1: the path"},
	{"a directory with a value", "dir sys/a b\n", "line 1: a directory has no value"},
	{"a link without a target", "link sys/a\n", "line 1: a link needs a target"},
	{"a node below sys", "node sys/a c 1:3 0666\n",
	 "line 1: the path of a node is not below dev/"},
	{"a file below dev", "file dev/null c 1:3 0666\n", "line 1: the path is not below sys/"},
	{"a node without numbers", "node dev/null\n",
	 "line 1: a node is not \"c MAJOR:MINOR MODE\""},
	{"a node without a mode", "node dev/null c 1:3\n", "line 1: a node is not"},
	{"half an escape", "file sys/a \\x4\n", "line 1: a backslash"},
	{"another escape", "file sys/a \\n\n", "line 1: a backslash"},
	{"an escape in capitals", "file sys/a \\xAB\n", "line 1: a backslash"},
	{"an escaped NUL", "file sys/a \\x00\n", "line 1: a backslash"},
	{"a raw tab", "file sys/a \t\n", "line 1: a byte that must be written"},
	{"a carriage return", "dir sys/a\r\n", "line 1: a byte that must be written"},
	{"a path twice", "dir sys/a\nfile sys/a\n", "sys/a appears twice"},
	{"below a file", "file sys/a\ndir sys/a-b\ndir sys/a/b/c\n",
	 "sys/a/b/c is below sys/a, which is a file"},
	{"below a node", "node dev/a c 1:3 0666\nnode dev/a/b c 1:3 0666\n",
	 "dev/a/b is below dev/a, which is a node"},
	{"below a link", "link sys/a /etc\nfile sys/a/b\n", "sys/a/b is below sys/a"},
};

static void test_what_is_wrong_is_refused_by_its_line(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct recording r = {.n = 77};
		struct arena a = {0};
		struct fault fault;

		print_message("# %s\n", bad[i].rule);
		assert_int_equal(parse(&a, bad[i].text, &r, &fault), -EINVAL);
		assert_memory_equal(fault.text, bad[i].says, strlen(bad[i].says));
		assert_int_equal(r.n, 77);
		arena_free(&a);
	}
}

static void test_sizes_are_bounded(void **state)
{
	static char text[RECORDING_ENTRIES * 16 + 64];
	struct arena a = {0};
	struct recording r;
	struct fault fault;
	size_t n = 0;

	snprintf(text, sizeof(text), "file sys/a %0*u\n", RECORDING_VALUE - 1, 7U);
	assert_int_equal(parse(&a, text, &r, &fault), 0);
	snprintf(text, sizeof(text), "file sys/a %0*u\n", RECORDING_VALUE, 7U);
	assert_int_equal(parse(&a, text, &r, &fault), -EINVAL);
	snprintf(text, sizeof(text), "dir sys/%0*u\n", 256, 7U);
	assert_int_equal(parse(&a, text, &r, &fault), -EINVAL);
	for (unsigned i = 0; i <= RECORDING_ENTRIES; i++)
		n += (size_t)snprintf(text + n, 16, "dir sys/%06x\n", i);
	text[n - strlen("dir sys/000000\n")] = '\0';
	assert_int_equal(parse(&a, text, &r, &fault), 0);
	assert_int_equal(r.n, RECORDING_ENTRIES);
	text[n - strlen("dir sys/000000\n")] = 'd';
	assert_int_equal(parse(&a, text, &r, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "too many entries"));
	arena_free(&a);
}

static void test_a_nul_byte_is_refused(void **state)
{
	struct arena a = {0};
	struct recording r;
	struct fault fault;

	assert_int_equal(recording_parse(&a, "dir sys/a\0b\n", 12, &r, &fault), -EINVAL);
	arena_free(&a);
}

/* --- files --------------------------------------------------------------------------------- */

#define PORT "sys/devices/pci0000:00/0000:00:08.0"
#define EDU  PORT "/0000:01:00.0"

/* A tree of what recording_take() takes, in its order. */
static const char tree[] =
	"dir sys/bus/pci\n"
	"link sys/bus/pci/devices/0000:01:00.0 ../../../devices/pci0000:00/0000:01:00.0\n"
	"dir sys/bus/pci/drivers/vfio-pci\n"
	"link sys/class/infiniband_mad/umad0 ../../devices/pci0000:00/umad0\n"
	"link sys/class/infiniband_verbs/uverbs0 ../../devices/pci0000:00/uverbs0\n"
	"link sys/class/misc/rdma_cm ../../devices/virtual/misc/rdma_cm\n"
	"link sys/class/misc/vfio ../../devices/virtual/misc/vfio\n"
	"link sys/class/vfio/3 ../../devices/virtual/vfio/3\n"
	"file " EDU "/class 0x00ff00\n"
	"link " EDU "/driver ../../../../bus/pci/drivers/vfio-pci\n"
	"file " EDU "/driver_override (null)\n"
	"file " EDU "/infiniband_verbs/uverbs0/dev 231:192\n"
	"link " EDU "/iommu_group ../../../../kernel/iommu_groups/3\n"
	"file " EDU "/virtio0/block/vda/dev 254:0\n"
	"dir " EDU "/virtio0/net/eth0\n"
	"dir " PORT "/pci_bus/0000:01\n"
	"link sys/devices/platform/9050000.smmuv3/iommu/smmu3.0/device ../../../9050000.smmuv3\n"
	"file sys/devices/system/cpu/cpu0/regs/identification/midr_el1 0x00000000410fd034\n"
	"file sys/devices/virtual/misc/rdma_cm/dev 10:122\n"
	"file sys/devices/virtual/vfio/3/dev 244:3\n"
	"link sys/kernel/iommu_groups/3/devices/0000:01:00.0 ../../../../devices/0000:01:00.0\n"
	"file sys/kernel/iommu_groups/3/name vfio-noiommu\n"
	"file sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts N\n";

static void test_what_is_unpacked_is_recorded_again(void **state)
{
	struct recording unpacked, taken = {0};
	struct arena a = {0};
	struct fault fault;
	char path[64], *text;
	int root = temp_root(path);

	assert_int_equal(parse(&a, tree, &unpacked, &fault), 0);
	assert_int_equal(recording_unpack(&unpacked, root, &fault), 0);
	taken.arena = &a;
	assert_int_equal(recording_take(root, &taken, &fault), 0);
	text = recording_text(&taken);
	assert_string_equal(text, tree);
	free(text);
	arena_free(&a);
	temp_root_remove(path, root);
}

static void test_only_what_plan_needs_is_recorded(void **state)
{
	struct arena a = {0};
	struct recording r = {.arena = &a};
	struct fault fault;
	char path[64];
	int root = temp_root(path);

	put_file(root, EDU "/config", "binary");
	put_file(root, EDU "/resource0", "");
	put_file(root, EDU "/power/control", "on");
	put_file(root, EDU "/0000:01:00.0:pcie001/class", "1");
	put_link(root, EDU "/firmware_node", "../LNXSYSTM:00");
	put_file(root, "sys/devices/virtual/block/loop0/dev", "7:0");
	put_link(root, "sys/class/block/loop0", "../../devices/virtual/block/loop0");
	put_link(root, "sys/class/tty/console", "../../devices/virtual/tty/console");
	put_file(root, "sys/devices/platform/serial8250/class", "1");
	put_file(root, "sys/devices/system/cpu/online", "0");
	put_file(root, "sys/bus/usb/drivers/hub/bind", "");
	put_file(root, "sys/module/kvm/parameters/class", "1");
	assert_int_equal(recording_take(root, &r, &fault), 0);
	/* The root bus is recorded, whether it has devices or not. */
	assert_int_equal(r.n, 1);
	assert_int_equal(r.entries[0].kind, ENTRY_DIR);
	assert_string_equal(r.entries[0].path, "sys/devices/pci0000:00");
	arena_free(&a);
	temp_root_remove(path, root);
}

static void test_an_attribute_that_is_too_long_is_there_and_empty(void **state)
{
	struct arena a = {0};
	struct recording r = {.arena = &a};
	struct fault fault;
	char path[64], text[RECORDING_VALUE + 1];
	int root = temp_root(path);

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_file(root, EDU "/class", text);
	assert_int_equal(recording_take(root, &r, &fault), 0);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.entries[0].value, "");
	arena_free(&a);
	temp_root_remove(path, root);
}

static void test_a_directory_without_sys_is_refused(void **state)
{
	struct arena a = {0};
	struct recording r = {.arena = &a};
	struct fault fault;
	char path[64];
	int root = temp_root(path);

	assert_int_equal(recording_take(root, &r, &fault), -ENOENT);
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_to_entries_and_back),
		cmocka_unit_test(test_what_is_wrong_is_refused_by_its_line),
		cmocka_unit_test(test_sizes_are_bounded),
		cmocka_unit_test(test_a_nul_byte_is_refused),
		cmocka_unit_test(test_what_is_unpacked_is_recorded_again),
		cmocka_unit_test(test_only_what_plan_needs_is_recorded),
		cmocka_unit_test(test_an_attribute_that_is_too_long_is_there_and_empty),
		cmocka_unit_test(test_a_directory_without_sys_is_refused),
	};

	return RUN_TESTS(tests);
}
