// SPDX-License-Identifier: Apache-2.0
/* The tables include the Kata agent's test_update_env_pci(). */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/lib/log.h"
#include "tests/unit/support/spec_document.h"

#define PAIRS_MAX 4

/* Patch with one device for each pair, as if each device had one function. */
static int patch(struct oci_document *doc, const char *const (*pairs)[2], bool fails,
		 struct fault *f)
{
	struct device devices[PAIRS_MAX] = {0};
	struct device_result results[PAIRS_MAX] = {0};
	struct pci_mapping mappings[PAIRS_MAX];
	struct policy policy = {.unmapped_pci_fails = fails};
	size_t n = 0;

	for (; n < PAIRS_MAX && pairs[n][0]; n++) {
		devices[n].id = "gpu";
		devices[n].container_path = "";
		mappings[n] = (struct pci_mapping){pci(pairs[n][0]), pci(pairs[n][1])};
		results[n] = (struct device_result){.ready = true, .pci = &mappings[n], .n_pci = 1};
	}
	return oci_patch(doc, &(struct oci_devices){devices, results, n, NULL, 0}, &policy, f);
}

#define ENV(text) "{\"process\":{\"env\":[" text "]}}"

static const struct {
	const char *rule;
	const char *pairs[PAIRS_MAX][2];
	const char *before, *after;
} translations[] = {
	{"test_update_env_pci: not translated twice, keys and strings in the INFO",
	 {{"0000:1a:01.0", "0000:01:01.0"},
	  {"0000:1b:02.0", "0000:01:02.0"},
	  {"0000:01:01.0", "ffff:02:1f.7"}},
	 ENV("\"PCIDEVICE_x=0000:1a:01.0,0000:1b:02.0\",\"PCIDEVICE_x_INFO={\\\"0000:1a:01.0\\\":{\\\"generic\\\":{\\\"deviceID\\\":"
	     "\\\"0000:1a:01.0\\\"}},\\\"0000:1b:02.0\\\":{\\\"generic\\\":{"
	     "\\\"deviceID\\\":\\\"0000:1b:02.0\\\"}}}\",\"PCIDEVICE_y=0000:01:01.0\",\"NOTAPCIDEVICE_blah=abcd:ef:01.0\""),
	 ENV("\"PCIDEVICE_x=0000:01:01.0,0000:01:02.0\",\"PCIDEVICE_x_INFO={\\\"0000:01:01.0\\\":{\\\"generic\\\":{\\\"deviceID\\\":"
	     "\\\"0000:01:01.0\\\"}},\\\"0000:01:02.0\\\":{\\\"generic\\\":{"
	     "\\\"deviceID\\\":\\\"0000:01:02.0\\\"}}}\",\"PCIDEVICE_y=ffff:02:1f.7\",\"NOTAPCIDEVICE_blah=abcd:ef:01.0\"")},
	{"addresses that swap, the INFO before its list",
	 {{"0000:01:00.0", "0000:02:00.0"}, {"0000:02:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_x_INFO={\\\"0000:01:00.0\\\":1,\\\"0000:02:00.0\\\":[\\\"0000:01:00.0\\\"]}\",\"PCIDEVICE_x=0000:01:00.0,0000:02:00.0\""),
	 ENV("\"PCIDEVICE_x_INFO={\\\"0000:02:00.0\\\":1,\\\"0000:01:00.0\\\":[\\\"0000:02:00.0\\\"]}\",\"PCIDEVICE_x=0000:02:00.0,0000:01:00.0\"")},
	{"every device's addresses, not only the last one's",
	 {{"0000:65:00.0", "0000:01:00.0"}, {"0000:66:00.0", "0000:02:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0\",\"PCIDEVICE_b=0000:66:00.0\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_b=0000:02:00.0\"")},
	{"an address in a text that is not part of a longer word",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0\",\"PCIDEVICE_a_INFO={\\\"p\\\":\\\"/sys/devices/0000:65:00.0/net pci-0000:65:00.0. (0000:65:00.0,"
	     "0000:65:00.1) 0000:65:00.01 10000:65:00.0 x0000:65:00.0 0:0000:65:00.0 "
	     "0000:65:00.0.5 0000:65:00.0:1\\\"}\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_a_INFO={\\\"p\\\":\\\"/sys/devices/0000:01:00.0/net pci-0000:01:00.0. (0000:01:00.0,"
	     "0000:65:00.1) 0000:65:00.01 10000:65:00.0 x0000:65:00.0 0:0000:65:00.0 "
	     "0000:65:00.0.5 0000:65:00.0:1\\\"}\"")},
	{"capital letters and escapes are the same address",
	 {{"0000:1a:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:1A:00.0\",\"PCIDEVICE_a_INFO={\\\"\\\\u0030000:1A:00.0\\\":\\\"0000:1a:00.0\\\"}\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_a_INFO={\\\"0000:01:00.0\\\":\\\"0000:01:00.0\\\"}\"")},
	{"numbers in an INFO keep their digits",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0\",\"PCIDEVICE_a_INFO={\\\"0000:65:00.0\\\":[9223372036854775807,0.10,1e400]}\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_a_INFO={\\\"0000:01:00.0\\\":[9223372036854775807,0.10,1e400]}\"")},
	{"what has no value has no address",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0\",\"PCIDEVICE_b\",\"PCIDEVICE_a_INFO\",\"A\",\"\",\"=0000:65:00.0\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_b\",\"PCIDEVICE_a_INFO\",\"A\",\"\",\"=0000:65:00.0\"")},
	{"an INFO that is not JSON is a text",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0\",\"PCIDEVICE_a_INFO=at 0000:65:00.0 {\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_a_INFO=at 0000:01:00.0 {\"")},
	{"an INFO is translated with the addresses of its list only",
	 {{"0000:65:00.0", "0000:01:00.0"}, {"0000:66:00.0", "0000:02:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0\",\"PCIDEVICE_a_INFO=[\\\"0000:65:00.0\\\",\\\"0000:66:00.0\\\"]\",\"PCIDEVICE_c_INFO=[\\\"0000:65:00.0\\\"]\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_a_INFO=[\\\"0000:01:00.0\\\",\\\"0000:66:00.0\\\"]\",\"PCIDEVICE_c_INFO=[\\\"0000:01:00.0\\\"]\"")},
	{"an INFO without a list is translated with all addresses",
	 {{"0000:65:00.0", "0000:01:00.0"}, {"0000:66:00.0", "0000:02:00.0"}},
	 ENV("\"PCIDEVICE_a_INFO=[\\\"0000:65:00.0\\\",\\\"0000:66:00.0\\\",\\\"0000:77:00.0\\\"]\""),
	 ENV("\"PCIDEVICE_a_INFO=[\\\"0000:01:00.0\\\",\\\"0000:02:00.0\\\",\\\"0000:77:00.0\\\"]\"")},
	{"blanks around elements do not count, and stay",
	 {{"0000:84:01.6", "0000:01:00.0"}, {"0000:84:01.7", "0000:02:00.0"}},
	 ENV("\"PCIDEVICE_A=0000:84:01.6, 0000:84:01.7 ,\\t0000:84:01.6\",\"PCIDEVICE_A_INFO={\\\"0000:84:01.7\\\":1}\""),
	 ENV("\"PCIDEVICE_A=0000:01:00.0, 0000:02:00.0 ,\\t0000:01:00.0\",\"PCIDEVICE_A_INFO={\\\"0000:02:00.0\\\":1}\"")},
	{"an address behind a blank that is not mapped",
	 {{"0000:84:01.6", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_A=0000:84:01.6, 0000:84:01.7\",\"PCIDEVICE_A_INFO=[\\\"0000:84:01.6\\\"]\""),
	 ENV("\"PCIDEVICE_A=0000:84:01.6, 0000:84:01.7\",\"PCIDEVICE_A_INFO=[\\\"0000:84:01.6\\\"]\"")},
	{"what looks like an address cannot be translated",
	 {{"0000:1a:01.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_A=0000:1a:01.0,0000:99:99.9\",\"PCIDEVICE_B=0000:1a:01.0,1a:zz.0\""),
	 ENV("\"PCIDEVICE_A=0000:1a:01.0,0000:99:99.9\",\"PCIDEVICE_B=0000:01:00.0,1a:zz.0\"")},
	{"an INFO in which nothing changes keeps its text",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a_INFO={ \\\"a\\\" : 1 }\""),
	 ENV("\"PCIDEVICE_a_INFO={ \\\"a\\\" : 1 }\"")},
	{"other words than PCI addresses do not change",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=mlx5_core.sf.4\",\"PCIDEVICE_a_INFO={\\\"0000:65:00.0\\\":1}\",\"PCIDEVICE_b=\",\"PCIDEVICE_c=mlx5_core.sf.4,0000:65:00.0,\","
	     "\"PCIDEVICE_d=x/0000:65:00.0\""),
	 ENV("\"PCIDEVICE_a=mlx5_core.sf.4\",\"PCIDEVICE_a_INFO={\\\"0000:65:00.0\\\":1}\",\"PCIDEVICE_b=\",\"PCIDEVICE_c=mlx5_core.sf.4,0000:01:00.0,\","
	     "\"PCIDEVICE_d=x/0000:65:00.0\"")},
	{"an address that is not mapped: the variable and its INFO do not change",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0,0000:77:00.0\",\"PCIDEVICE_a_INFO=[\\\"0000:65:00.0\\\"]\",\"PCIDEVICE_b=0000:65:00.0\""),
	 ENV("\"PCIDEVICE_a=0000:65:00.0,0000:77:00.0\",\"PCIDEVICE_a_INFO=[\\\"0000:65:00.0\\\"]\",\"PCIDEVICE_b=0000:01:00.0\"")},
	{"similar names",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE=0000:65:00.0\",\"pcidevice_a=0000:65:00.0\",\"PCIDEVICE_INFO=0000:65:00.0\",\"=PCIDEVICE_0000:65:00.0\",\"PCIDEVICE_0000:65:00.0=x\""),
	 ENV("\"PCIDEVICE=0000:65:00.0\",\"pcidevice_a=0000:65:00.0\",\"PCIDEVICE_INFO=0000:65:00.0\",\"=PCIDEVICE_0000:65:00.0\",\"PCIDEVICE_0000:65:00.0=x\"")},
	{"the shortest address becomes the longest",
	 {{"0:1:0.0", "ffffffff:02:00.0"}},
	 ENV("\"PCIDEVICE_a=0:1:0.0,0:1:0.0\",\"PCIDEVICE_a_INFO=0:1:0.0 0:1:0.0\""),
	 ENV("\"PCIDEVICE_a=ffffffff:02:00.0,ffffffff:02:00.0\",\"PCIDEVICE_a_INFO=ffffffff:02:00.0 ffffffff:02:00.0\"")},
	{"the same mapping twice is no conflict",
	 {{"0000:65:00.0", "0000:01:00.0"}, {"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_a=0000:65:00.0\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\"")},
	{"an address without the domain 0, as lspci prints it",
	 {{"0000:65:00.0", "0000:01:00.0"}, {"0001:65:00.1", "0000:02:00.0"}},
	 ENV("\"PCIDEVICE_a=65:00.0\",\"PCIDEVICE_a_INFO={\\\"65:00.0\\\":{\\\"deviceID\\\":\\\"0000:65:00.0\\\",\\\"t\\\":\\\"at 65:00.0\\\"}}\",\"PCIDEVICE_b=65:00.1\""),
	 ENV("\"PCIDEVICE_a=0000:01:00.0\",\"PCIDEVICE_a_INFO={\\\"0000:01:00.0\\\":{\\\"deviceID\\\":\\\"0000:01:00.0\\\",\\\"t\\\":\\\"at 65:00.0\\\"}}\",\"PCIDEVICE_b=65:00.1\"")},
	{"a line's end and other blanks around elements",
	 {{"0000:84:01.6", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_A=0000:84:01.6\\n\",\"PCIDEVICE_B= 0000:84:01.6 ,\\r\\n0000:84:01.6\""),
	 ENV("\"PCIDEVICE_A=0000:01:00.0\\n\",\"PCIDEVICE_B= 0000:01:00.0 ,\\r\\n0000:01:00.0\"")},
	{"a bus's name in front of an address, and JSON in a string",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_A_INFO={\\\"a\\\":\\\"pci:0000:65:00.0\\\",\\\"b\\\":\\\"pci/0000:65:00.0\\\",\\\"c\\\":\\\"{\\\\\\\"0000:65:00.0\\\\\\\":[\\\\\\\"0000:65:00.0\\\\\\\"]}\\\"}\""),
	 ENV("\"PCIDEVICE_A_INFO={\\\"a\\\":\\\"pci:0000:01:00.0\\\",\\\"b\\\":\\\"pci/0000:01:00.0\\\",\\\"c\\\":\\\"{\\\\\\\"0000:01:00.0\\\\\\\":[\\\\\\\"0000:01:00.0\\\\\\\"]}\\\"}\"")},
	{"an INFO without a list, one of whose keys is not mapped",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 ENV("\"PCIDEVICE_A_INFO={\\\"0000:65:00.0\\\":1,\\\"0000:66:00.0\\\":{\\\"x\\\":\\\"0000:65:00.0\\\"}}\",\"PCIDEVICE_B_INFO={\\\"0000:65:00.0\\\":1,\\\"mlx5_core.sf.4\\\":2}\""),
	 ENV("\"PCIDEVICE_A_INFO={\\\"0000:65:00.0\\\":1,\\\"0000:66:00.0\\\":{\\\"x\\\":\\\"0000:65:00.0\\\"}}\",\"PCIDEVICE_B_INFO={\\\"0000:01:00.0\\\":1,\\\"mlx5_core.sf.4\\\":2}\"")},
	{"an environment that an encoder wrote as an object",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 "{\"process\":{\"env\":{}}}",
	 "{\"process\":{\"env\":{}}}"},
	{"no environment, no process",
	 {{"0000:65:00.0", "0000:01:00.0"}},
	 "{\"process\":{\"env\":null}}",
	 "{\"process\":{\"env\":null}}"},
};

static void pci_addresses_are_translated(void **state)
{

	for (size_t i = 0; i < ARRAY_SIZE(translations); i++) {
		struct oci_document *doc = document(translations[i].before);
		struct fault f = {0};

		print_message("# %s\n", translations[i].rule);
		assert_int_equal(patch(doc, translations[i].pairs, false, &f), 0);
		assert_document(doc, translations[i].after);
		oci_free(doc);
	}
}

#define INFO_OF(nodes, entries)                                                                   \
	"{\"linux\":{\"devices\":[" entries "]},\"process\":{\"env\":[\"PCIDEVICE_X_INFO={" nodes \
	"}\"]}}"
#define ENTRY(path, minor) "{\"path\":\"" path "\",\"type\":\"c\",\"major\":1,\"minor\":" minor "}"

/* The part of the first variable behind '=' */
static void assert_info(const struct oci_document *doc, const char *nodes)
{
	char *text = oci_print(doc), expected[1024];

	snprintf(expected, sizeof(expected), "PCIDEVICE_X_INFO={%s}", nodes);
	if (!strstr(text, expected))
		fail_msg("%s, expected %s", text, expected);
	free(text);
}

/* One rename, everywhere: what a node became in linux.devices, it becomes in an INFO too. */
static void nodes_in_an_info_are_renamed(void **state)
{
	static const struct device devices[] = {
		{.id = "a", .type = "vfio-pci", .container_path = "/dev/vfio/314"},
		{.id = "b", .type = "vfio-pci", .container_path = "/dev/vfio/3"},
	};
	static const struct pci_mapping pairs[] = {
		{{.bus = 0x4b, .slot = 1}, {.bus = 1}},
	};
	/* The host's 3 is the guest's 4, and the host's 314 the guest's 3. */
	static const struct device_result results[] = {
		{.ready = true,
		 .node_type = 'c',
		 .major = 5,
		 .minor = 6,
		 .node = "/dev/vfio/3",
		 .final_path = "/dev/vfio/3",
		 .pci = pairs,
		 .n_pci = 1},
		{.ready = true,
		 .node_type = 'c',
		 .major = 5,
		 .minor = 7,
		 .node = "/dev/vfio/4",
		 .final_path = "/dev/vfio/4"},
	};
	static const struct device_node nodes[] = {
		{.path = "/dev/infiniband/uverbs0", .type = 'c', .major = 231, .minor = 192},
		{.path = "/dev/infiniband/umad0", .type = 'c', .major = 231, .minor = 0},
		{.path = "/dev/infiniband/umad1", .type = 'c', .major = 231, .minor = 1},
	};
	const struct oci_devices all = {devices, results, 2, nodes, 3};
	struct oci_document *doc = document(INFO_OF(
		"\\\"0000:4b:01.0\\\":{\\\"vfio\\\":{\\\"dev-mount\\\":\\\"/dev/vfio/314\\\",\\\"mount\\\":\\\"/dev/vfio/vfio\\\","
		"\\\"/dev/vfio/3\\\":\\\"/dev/vfio/3\\\",\\\"not\\\":\\\"/dev/vfio/3141\\\"},"
		"\\\"rdma\\\":[\\\"/dev/infiniband/uverbs7\\\",\\\"/dev/infiniband/umad7\\\",\\\"/dev/infiniband/rdma_cm\\\"],"
		"\\\"list\\\":\\\"/dev/vfio/314,/dev/vfio/3:/dev/vfio/3:rwm;dev=/dev/vfio/314\\\",\\\"json\\\":\\\"{\\\\\\\"d\\\\\\\":[\\\\\\\"/dev/vfio/314\\\\\\\"]}\\\","
		"\\\"longer\\\":\\\"/host/dev/vfio/314 ./dev/vfio/314 /dev/vfio/314/x /dev/vfio/314.1 //dev/vfio/3\\\"}",
		ENTRY("/dev/vfio/314", "2") "," ENTRY("/dev/vfio/3", "3")));
	struct fault f;

	assert_int_equal(oci_patch(doc, &all, &(struct policy){0}, &f), 0);
	assert_info(
		doc,
		"\\\"0000:01:00.0\\\":{\\\"vfio\\\":{\\\"dev-mount\\\":\\\"/dev/vfio/3\\\",\\\"mount\\\":\\\"/dev/vfio/vfio\\\","
		"\\\"/dev/vfio/4\\\":\\\"/dev/vfio/4\\\",\\\"not\\\":\\\"/dev/vfio/3141\\\"},"
		"\\\"rdma\\\":[\\\"/dev/infiniband/uverbs0\\\",\\\"/dev/infiniband/umad7\\\",\\\"/dev/infiniband/rdma_cm\\\"],"
		"\\\"list\\\":\\\"/dev/vfio/3,/dev/vfio/4:/dev/vfio/4:rwm;dev=/dev/vfio/3\\\",\\\"json\\\":\\\"{\\\\\\\"d\\\\\\\":[\\\\\\\"/dev/vfio/3\\\\\\\"]}\\\","
		"\\\"longer\\\":\\\"/host/dev/vfio/314 ./dev/vfio/314 /dev/vfio/314/x /dev/vfio/314.1 //dev/vfio/3\\\"}");
	oci_free(doc);
}

static void faults_name_their_place(void **state)
{
	static const struct {
		const char *pairs[PAIRS_MAX][2];
		const char *text, *fault;
	} rows[] = {
		{{{"0000:65:00.0", "0000:01:00.0"}, {"0000:65:00.0", "0000:02:00.0"}},
		 "{}",
		 "conflicting guest addresses for the host's 0000:65:00.0: "},
		{{{"0000:65:00.0", "0000:01:00.0"}},
		 ENV("\"PCIDEVICE_a=0000:65:00.0\",\"PCIDEVICE_b=0000:77:00.0\""),
		 "/process/env/1: PCIDEVICE_b: no device of the manifest has the host's PCI address 0000:77:00.0"},
		{{{"0000:65:00.0", "0000:01:00.0"}},
		 ENV("\"PCIDEVICE_a_INFO={\\\"0000:65:00.0\\\":1,\\\"77:00.0\\\":2}\""),
		 "/process/env/0: PCIDEVICE_a_INFO: no device of the manifest has the host's PCI address 77:00.0"},
		{{{NULL, NULL}}, ENV("7"), "/process/env/0: expected a string, found the number 7"},
		{{{NULL, NULL}},
		 "{\"process\":{\"env\":{\"A\":\"1\"}}}",
		 "/process/env: expected an array, found an object"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_document *doc = document(rows[i].text);
		struct fault f = {0};

		assert_int_equal(patch(doc, rows[i].pairs, true, &f), -EINVAL);
		if (strncmp(f.text, rows[i].fault, strlen(rows[i].fault)))
			fail_msg("\"%s\", expected \"%s\"", f.text, rows[i].fault);
		oci_free(doc);
	}
}

static void an_unmapped_address_is_a_warning(void **state)
{
	const char *const pairs[PAIRS_MAX][2] = {{"0000:65:00.0", "0000:01:00.0"}};
	struct oci_document *doc = document(ENV("\"PCIDEVICE_b=0000:77:00.0\""));
	char line[256] = "";
	struct fault f;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	log_to(ends[1], false);
	assert_int_equal(patch(doc, pairs, false, &f), 0);
	log_to(STDERR_FILENO, false);
	close(ends[1]);
	assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
	close(ends[0]);
	assert_string_equal(
		line,
		"coldinit: spec: PCIDEVICE_b is not changed: no device of the manifest has the host's PCI address 0000:77:00.0\n");
	oci_free(doc);
}

static void warnings_are_bounded(void **state)
{
	const char *const pairs[PAIRS_MAX][2] = {{NULL, NULL}};
	char text[8192] = "{\"process\":{\"env\":[\"A=\"", *log;
	size_t n = strlen(text), lines = 0;
	struct oci_document *doc;
	struct fault f;
	ssize_t len;
	int ends[2];

	for (int i = 0; i < 50; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",\"PCIDEVICE_%d=0000:77:00.0\"",
				      i);
	snprintf(text + n, sizeof(text) - n, "]}}");
	doc = document(text);
	assert_int_equal(pipe(ends), 0);
	log_to(ends[1], false);
	assert_int_equal(patch(doc, pairs, false, &f), 0);
	log_to(STDERR_FILENO, false);
	close(ends[1]);
	log = calloc(1, 16384);
	len = read(ends[0], log, 16383);
	assert_true(len > 0);
	for (ssize_t i = 0; i < len; i++)
		lines += log[i] == '\n';
	assert_int_equal(lines, 33);
	assert_non_null(strstr(log, "spec: 18 more variables are not changed\n"));
	close(ends[0]);
	free(log);
	oci_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pci_addresses_are_translated),
		cmocka_unit_test(nodes_in_an_info_are_renamed),
		cmocka_unit_test(faults_name_their_place),
		cmocka_unit_test(an_unmapped_address_is_a_warning),
		cmocka_unit_test(warnings_are_bounded),
	};

	return RUN_TESTS(tests);
}
