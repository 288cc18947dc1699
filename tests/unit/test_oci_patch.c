// SPDX-License-Identifier: Apache-2.0
/* The tables include the Kata agent's test_update_spec_devices*(). */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/support/spec_document.h"

/* A device and what was found for it; type 'x': a 'c' that is not ready; '-': no node. */
struct given {
	const char *container_path;
	char type;
	uint32_t major, minor;
	const char *final_path;
};

#define GIVEN_MAX 4

static int patch_with(struct oci_document *doc, const struct given *given,
		      const struct device_node *nodes, size_t n_nodes, struct fault *f)
{
	struct device devices[GIVEN_MAX] = {0};
	struct device_result results[GIVEN_MAX] = {0};
	struct policy policy = {0};
	size_t n = 0;

	for (; n < GIVEN_MAX && given[n].container_path; n++) {
		devices[n].id = "dev";
		devices[n].container_path = given[n].container_path;
		results[n].ready = given[n].type != 'x';
		results[n].node_type = given[n].type == '-'   ? 0
				       : given[n].type == 'x' ? 'c'
							      : given[n].type;
		results[n].major = given[n].major;
		results[n].minor = given[n].minor;
		snprintf(results[n].node, sizeof(results[n].node), "/dev/node%zu", n);
		if (given[n].final_path)
			snprintf(results[n].final_path, sizeof(results[n].final_path), "%s",
				 given[n].final_path);
	}
	return oci_patch(doc, &(struct oci_devices){devices, results, n, nodes, n_nodes}, &policy,
			 f);
}

static int patch(struct oci_document *doc, const struct given *given, struct fault *f)
{
	return patch_with(doc, given, NULL, 0, f);
}

#define LINUX(devices, rules) \
	"{\"linux\":{\"devices\":[" devices "],\"resources\":{\"devices\":[" rules "]}}}"
#define NODE(path, type, major, minor) \
	"{\"path\":\"" path "\",\"type\":\"" type "\",\"major\":" #major ",\"minor\":" #minor "}"
#define RULE(type, major, minor) \
	"{\"allow\":true,\"type\":\"" type "\",\"major\":" #major ",\"minor\":" #minor "}"
#define ADDED(type, major, minor)                                                      \
	"{\"allow\":true,\"type\":\"" type "\",\"major\":" #major ",\"minor\":" #minor \
	",\"access\":\"rwm\"}"

static const struct {
	const char *rule, *before;
	struct given given[GIVEN_MAX];
	const char *after;
} patches[] = {
	{"numbers of the node and of its rule (test_update_spec_devices)",
	 LINUX(NODE("/dev/null", "c", 7, 2), RULE("c", 7, 2)),
	 {{"/dev/null", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/null", "c", 1, 3), RULE("c", 1, 3) "," ADDED("c", 1, 3))},
	{"an entry without type gets the guest's",
	 LINUX("{\"path\":\"/dev/a\",\"major\":7,\"minor\":2}",
	       "{\"allow\":true,\"major\":7,\"minor\":2}," RULE("c", 7, 2)),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX("{\"path\":\"/dev/a\",\"major\":1,\"minor\":3,\"type\":\"c\"}",
	       "{\"allow\":true,\"major\":1,\"minor\":3}," RULE("c", 7, 2) "," ADDED("c", 1, 3))},
	{"guest numbers that are host numbers of another device (test_update_spec_devices_guest_host_conflict)",
	 LINUX(NODE("/dev/a", "c", 1, 3) "," NODE("/dev/b", "c", 1, 5),
	       RULE("c", 1, 3) "," RULE("c", 1, 5)),
	 {{"/dev/a", 'c', 1, 5, NULL}, {"/dev/b", 'c', 1, 7, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 5) "," NODE("/dev/b", "c", 1, 7),
	       RULE("c", 1, 5) "," RULE("c", 1, 7) "," ADDED("c", 1, 5) "," ADDED("c", 1, 7))},
	{"swapped numbers, rules in the other order",
	 LINUX(NODE("/dev/a", "b", 8, 0) "," NODE("/dev/b", "b", 8, 16),
	       RULE("b", 8, 16) "," RULE("b", 8, 0)),
	 {{"/dev/b", 'b', 8, 0, NULL}, {"/dev/a", 'b', 8, 16, NULL}},
	 LINUX(NODE("/dev/a", "b", 8, 16) "," NODE("/dev/b", "b", 8, 0),
	       RULE("b", 8, 0) "," RULE("b", 8, 16) "," ADDED("b", 8, 16) "," ADDED("b", 8, 0))},
	{"a character device's numbers are not a block device's (test_update_spec_devices_char_block_conflict)",
	 LINUX(NODE("/dev/char", "c", 99, 99) "," NODE("/dev/block", "b", 99, 99),
	       RULE("c", 99, 99) "," RULE("b", 99, 99)),
	 {{"/dev/char", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/char", "c", 1, 3) "," NODE("/dev/block", "b", 99, 99),
	       RULE("c", 1, 3) "," RULE("b", 99, 99) "," ADDED("c", 1, 3))},
	{"the handler's own path (test_update_spec_devices_final_path)",
	 LINUX(NODE("/dev/original", "c", 99, 99), ""),
	 {{"/dev/original", 'c', 1, 3, "/dev/new"}},
	 LINUX(NODE("/dev/new", "c", 1, 3), ADDED("c", 1, 3))},
	{"paths that swap their names",
	 LINUX(NODE("/dev/vfio/3", "c", 240, 3) "," NODE("/dev/vfio/5", "c", 240, 5), ""),
	 {{"/dev/vfio/3", 'c', 511, 5, "/dev/vfio/5"}, {"/dev/vfio/5", 'c', 511, 3, "/dev/vfio/3"}},
	 LINUX(NODE("/dev/vfio/5", "c", 511, 5) "," NODE("/dev/vfio/3", "c", 511, 3),
	       ADDED("c", 511, 5) "," ADDED("c", 511, 3))},
	{"a new rule is not mistaken for a rule of the host",
	 LINUX(NODE("/dev/a", "c", 1, 3) "," NODE("/dev/b", "c", 1, 5), ""),
	 {{"/dev/a", 'c', 1, 5, NULL}, {"/dev/b", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 5) "," NODE("/dev/b", "c", 1, 3),
	       ADDED("c", 1, 5) "," ADDED("c", 1, 3))},
	{"rules with one number or none stay",
	 LINUX(NODE("/dev/a", "c", 7, 2),
	       "{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\",\"major\":7},{\"allow\":true,\"type\":\"c\",\"major\":7,\"minor\":null},"
	       "{\"allow\":true,\"type\":\"c\",\"major\":7,\"minor\":-1}"),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 3),
	       "{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\",\"major\":7},{\"allow\":true,\"type\":\"c\",\"major\":7,\"minor\":null},"
	       "{\"allow\":true,\"type\":\"c\",\"major\":7,\"minor\":-1}," ADDED("c", 1, 3))},
	{"an unbuffered device has a character device's rule",
	 LINUX(NODE("/dev/a", "u", 7, 2), RULE("c", 7, 2)),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "u", 1, 3), RULE("c", 1, 3) "," ADDED("c", 1, 3))},
	{"missing parents are made",
	 "{\"linux\":{\"devices\":[" NODE("/dev/a", "c", 7, 2) "]}}",
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 3), ADDED("c", 1, 3))},
	{"resources without rules get one (test_update_device_cgroup)",
	 "{\"linux\":{\"devices\":[" NODE("/dev/a", "c", 7, 2) "],\"resources\":{}}}",
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 3), ADDED("c", 1, 3))},
	{"null is not set",
	 "{\"linux\":{\"devices\":[" NODE("/dev/a", "c", 7, 2) "],\"resources\":null}}",
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 3), ADDED("c", 1, 3))},
	{"numbers beyond a double's precision are compared exactly",
	 LINUX(NODE("/dev/a", "c", 9007199254740993, 0),
	       RULE("c", 9007199254740992, 0) "," RULE("c", 9007199254740993, 0)),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 3),
	       RULE("c", 9007199254740992, 0) "," RULE("c", 1, 3) "," ADDED("c", 1, 3))},
	{"a device without container_path does not change the document",
	 LINUX(NODE("/dev/a", "c", 7, 2), RULE("c", 7, 2)),
	 {{"", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 7, 2), RULE("c", 7, 2))},
	{"nor does a device that is not ready or has no node",
	 LINUX(NODE("/dev/a", "c", 7, 2), RULE("c", 7, 2)),
	 {{"/dev/a", 'x', 1, 3, NULL}, {"/dev/missing", '-', 0, 0, NULL}},
	 LINUX(NODE("/dev/a", "c", 7, 2), RULE("c", 7, 2))},
	{"without such devices linux may be missing", "{}", {{"", 'c', 1, 3, NULL}}, "{}"},
	{"the second entry of one path stays as it is",
	 LINUX(NODE("/dev/a", "c", 7, 2) "," NODE("/dev/a", "c", 7, 3), ""),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 LINUX(NODE("/dev/a", "c", 1, 3) "," NODE("/dev/a", "c", 7, 3), ADDED("c", 1, 3))},
};

static void nodes_and_rules_get_the_guests_numbers(void **state)
{

	for (size_t i = 0; i < ARRAY_SIZE(patches); i++) {
		struct oci_document *doc = document(patches[i].before);
		struct fault f = {0};

		print_message("# %s\n", patches[i].rule);
		assert_int_equal(patch(doc, patches[i].given, &f), 0);
		assert_document(doc, patches[i].after);
		oci_free(doc);
	}
}

/* The first four are the Kata agent's test_update_spec_devices. */
static const struct {
	const char *text;
	struct given given[GIVEN_MAX];
	int err;
	const char *fault;
} failures[] = {
	{"{}", {{"/dev/a", 'c', 1, 3, NULL}}, -EINVAL, "/linux: the spec has no such object"},
	{"{\"linux\":null}", {{"/dev/a", 'c', 1, 3, NULL}}, -EINVAL, "/linux: "},
	{"{\"linux\":{}}",
	 {{"/dev/null", 'c', 1, 3, NULL}},
	 -ENOENT,
	 "missing devices in OCI spec: /dev/null: linux.devices has none;"},
	{LINUX(NODE("/dev/null2", "c", 7, 2), ""),
	 {{"/dev/null", 'c', 1, 3, NULL}, {"/dev/x", 'c', 1, 3, NULL}},
	 -ENOENT,
	 "missing devices in OCI spec: /dev/null /dev/x: linux.devices has /dev/null2;"},
	/* what the document had, not what the other devices have become */
	{LINUX(NODE("/dev/vfio/65", "c", 7, 2) "," NODE("/dev/vfio/66", "c", 7, 3), ""),
	 {{"/dev/vfio/65", 'c', 1, 3, "/dev/vfio/3"}, {"/dev//vfio/66", 'c', 1, 4, NULL}},
	 -ENOENT,
	 "missing devices in OCI spec: /dev//vfio/66: linux.devices has /dev/vfio/65 /dev/vfio/66;"},
	{LINUX(NODE("/dev/a", "c", 7, 2), ""),
	 {{"/dev/a", 'c', 1, 3, NULL}, {"/dev/a", 'c', 1, 5, NULL}},
	 -EINVAL,
	 "conflicting device updates for /dev/a: the devices \"dev\" and \"dev\" both claim it; functions of one IOMMU group are one device with an option for each, other devices need a container_path each"},
	{LINUX(NODE("/dev/a", "c", 7, 2) "," NODE("/dev/b", "c", 7, 2), ""),
	 {{"/dev/a", 'c', 1, 3, NULL}, {"/dev/b", 'c', 1, 5, NULL}},
	 -EINVAL,
	 "conflicting resource updates: the host's device c 7:2 would become"},
	{LINUX(NODE("/dev/a", "b", 7, 2), ""),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/devices/0: type 'b', but the guest's node /dev/node0 has type 'c'"},
	{LINUX(NODE("/dev/a", "c", 1.5, 2), ""),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/devices/0/major: expected an integer"},
	{LINUX("{\"type\":\"c\"}", ""),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/devices/0: expected a device with a path"},
	{LINUX("7", ""),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/devices/0: expected a device with a path"},
	{"{\"linux\":{\"devices\":{\"a\":1}}}",
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/devices: expected an array, found an object"},
	{LINUX(NODE("/dev/a", "c", 7, 2), RULE("c", 7, 2) ",7"),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/resources/devices/1: expected an object, found the number 7"},
	{LINUX(NODE("/dev/a", "c", 7, 2), RULE("c", 7, 2) "," RULE("x", 7, 2)),
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/resources/devices/1/type: expected one of"},
	{"{\"linux\":{\"devices\":[" NODE("/dev/a", "c", 7, 2) "],\"resources\":[1]}}",
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/linux/resources: expected an object, found an array"},
	{"{\"mounts\":[{\"destination\":\"/dev/b\"},{\"destination\":\"/dev/a\",\"source\":\"/dev/null\"}],\"linux\":{\"devices\":[" NODE(
		 "/dev/a", "c", 7, 2) "]}}",
	 {{"/dev/a", 'c', 1, 3, NULL}},
	 -EINVAL,
	 "/mounts/1: the mount at /dev/a hides the node of the device \"dev\": leave out"},
	{"{\"process\":{\"env\":[1]}}",
	 {{NULL, 0, 0, 0, NULL}},
	 -EINVAL,
	 "/process/env/0: expected a string, found the number 1"},
};

static void a_failed_patch_says_why(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		struct oci_document *doc = document(failures[i].text);
		struct fault f = {0};

		assert_int_equal(patch(doc, failures[i].given, &f), failures[i].err);
		if (strncmp(f.text, failures[i].fault, strlen(failures[i].fault)))
			fail_msg("\"%s\", expected \"%s\"", f.text, failures[i].fault);
		oci_free(doc);
	}
}

/* --- extra nodes --------------------------------------------------------------------------- */

#define ADDED_NODE(path, major, minor, more) \
	"{\"path\":\"" path "\",\"type\":\"c\",\"major\":" #major ",\"minor\":" #minor more "}"
#define MODE ",\"fileMode\":438"

static const struct device_node verbs[] = {
	{"/dev/infiniband/uverbs0", 'c', 231, 192, 0666},
	{"/dev/infiniband/rdma_cm", 'c', 10, 122, 0},
};

static const struct {
	const char *rule, *before;
	struct given given[GIVEN_MAX];
	const char *after;
} along[] = {
	{"an entry and a rule for each node",
	 LINUX("", "{\"allow\":false,\"access\":\"rwm\"}"),
	 {{NULL, 0, 0, 0, NULL}},
	 LINUX(ADDED_NODE("/dev/infiniband/rdma_cm", 10, 122,
			  "") "," ADDED_NODE("/dev/infiniband/uverbs0", 231, 192, MODE),
	       "{\"allow\":false,\"access\":\"rwm\"}," ADDED("c", 10, 122) "," ADDED("c", 231,
										     192))},
	{"an entry of the host's numbers is renumbered with its rules, together with a device's",
	 LINUX(NODE("/dev/infiniband/uverbs0", "c", 231, 195) "," NODE("/dev/a", "c", 231, 192),
	       RULE("c", 231, 192) "," RULE("c", 231, 195)),
	 {{"/dev/a", 'c', 511, 3, NULL}},
	 LINUX(NODE("/dev/infiniband/uverbs0", "c", 231,
		    192) "," NODE("/dev/a", "c", 511, 3) "," ADDED_NODE("/dev/infiniband/rdma_cm",
									10, 122, ""),
	       RULE("c", 511, 3) "," RULE("c", 231, 192) "," ADDED("c", 511, 3) "," ADDED(
		       "c", 10, 122) "," ADDED("c", 231, 192))},
	{"an extra node gives way to a device with its path",
	 LINUX(NODE("/dev/infiniband/uverbs0", "c", 7, 2), ""),
	 {{"/dev/infiniband/uverbs0", 'c', 511, 3, "/dev/vfio/3"}},
	 LINUX(NODE("/dev/vfio/3", "c", 511, 3) "," ADDED_NODE("/dev/infiniband/rdma_cm", 10, 122,
							       ""),
	       ADDED("c", 10, 122) "," ADDED("c", 511, 3))},
	{"empty parents of the other kind, as some encoders write them, are replaced",
	 "{\"linux\":{\"devices\":{},\"resources\":[]}}",
	 {{NULL, 0, 0, 0, NULL}},
	 LINUX(ADDED_NODE("/dev/infiniband/rdma_cm", 10, 122,
			  "") "," ADDED_NODE("/dev/infiniband/uverbs0", 231, 192, MODE),
	       ADDED("c", 10, 122) "," ADDED("c", 231, 192))},
	{"missing parents are made for extra nodes too",
	 "{}",
	 {{NULL, 0, 0, 0, NULL}},
	 LINUX(ADDED_NODE("/dev/infiniband/rdma_cm", 10, 122,
			  "") "," ADDED_NODE("/dev/infiniband/uverbs0", 231, 192, MODE),
	       ADDED("c", 10, 122) "," ADDED("c", 231, 192))},
};

static void extra_nodes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(along); i++) {
		struct oci_document *doc = document(along[i].before);
		struct fault f = {0};

		print_message("# %s\n", along[i].rule);
		if (patch_with(doc, along[i].given, verbs, ARRAY_SIZE(verbs), &f))
			fail_msg("%s", f.text);
		assert_document(doc, along[i].after);
		oci_free(doc);
	}
}

/* --- extra nodes of VFIO devices ----------------------------------------------------------- */

static const struct device_node beside[2][3] = {
	{{"/dev/vfio/devices/vfio0", 'c', 510, 0, 0},
	 {"/dev/vfio/devices/vfio1", 'c', 510, 1, 0},
	 {"/dev/iommu", 'c', 10, 256, 0}},
	{{"/dev/vfio/devices/vfio2", 'c', 510, 2, 0}, {"/dev/iommu", 'c', 10, 256, 0}},
};

/* Two VFIO devices: one of two functions, one of one function. */
static int patch_vfio(struct oci_document *doc, const char *const paths[2],
		      const char *const nodes[2], struct fault *f)
{
	struct device devices[2] = {0};
	struct device_result results[2] = {0};
	struct policy policy = {0};

	for (size_t i = 0; i < 2; i++) {
		devices[i].id = "dev";
		devices[i].container_path = paths[i];
		results[i].ready = results[i].vfio = true;
		results[i].node_type = 'c';
		results[i].major = i ? 511 : 510;
		results[i].minor = i ? 7 : 0;
		snprintf(results[i].node, sizeof(results[i].node), "%s", nodes[i]);
		snprintf(results[i].final_path, sizeof(results[i].final_path), "%s", nodes[i]);
		results[i].extra = beside[i];
		results[i].n_extra = i ? 2 : 3;
	}
	return oci_patch(doc, &(struct oci_devices){devices, results, 2, NULL, 0}, &policy, f);
}

#define OWNED(path, major, minor)                                                      \
	"{\"path\":\"" path "\",\"type\":\"c\",\"major\":" #major ",\"minor\":" #minor \
	",\"fileMode\":384,\"uid\":1000,\"gid\":7}"
#define DENY_ALL "{\"allow\":false,\"access\":\"rwm\"}"

static const struct {
	const char *rule, *before, *paths[2], *nodes[2], *after;
} besides[] = {
	{"each function's node and /dev/iommu once, with the device's owner; rules at the end, in the order of paths",
	 LINUX(OWNED("/dev/vfio/65", 9, 65) "," NODE("/dev/vfio/66", "c", 9, 66),
	       DENY_ALL "," RULE("c", 9, 66)),
	 {"/dev/vfio/65", "/dev/vfio/66"},
	 {"/dev/vfio/3", "/dev/vfio/4"},
	 LINUX(OWNED("/dev/vfio/3", 510, 0) "," NODE("/dev/vfio/4", "c", 511, 7) "," OWNED(
		       "/dev/iommu", 10,
		       256) "," OWNED("/dev/vfio/devices/vfio0", 510,
				      0) "," OWNED("/dev/vfio/devices/vfio1", 510,
						   1) "," ADDED_NODE("/dev/vfio/devices/vfio2", 510,
								     2, ""),
	       DENY_ALL
	       "," RULE("c", 511, 7) "," ADDED("c", 10, 256) "," ADDED("c", 510, 0) "," ADDED(
		       "c", 511, 7) "," ADDED("c", 510, 0) "," ADDED("c", 510,
								     1) "," ADDED("c", 510, 2))},
	{"an entry for /dev/iommu and its rule get the guest's numbers and keep the owner",
	 LINUX(NODE("/dev/vfio/65", "c", 9, 65) "," NODE("/dev/vfio/66", "c", 9,
							 66) "," OWNED("/dev/iommu", 10, 120),
	       RULE("c", 10, 120)),
	 {"/dev/vfio/65", "/dev/vfio/66"},
	 {"/dev/vfio/3", "/dev/vfio/4"},
	 LINUX(NODE("/dev/vfio/3", "c", 510, 0) "," NODE("/dev/vfio/4", "c", 511, 7) "," OWNED(
		       "/dev/iommu", 10,
		       256) "," ADDED_NODE("/dev/vfio/devices/vfio0", 510, 0,
					   "") "," ADDED_NODE("/dev/vfio/devices/vfio1", 510, 1,
							      "") "," ADDED_NODE("/dev/vfio/devices/vfio2",
										 510, 2, ""),
	       RULE("c", 10, 256) "," ADDED("c", 10, 256) "," ADDED("c", 510, 0) "," ADDED(
		       "c", 511, 7) "," ADDED("c", 510, 0) "," ADDED("c", 510,
								     1) "," ADDED("c", 510, 2))},
	{"a device whose own node is its function's has it once; without container_path no node",
	 LINUX(NODE("/dev/vfio/devices/vfio9", "c", 9, 65), ""),
	 {"/dev/vfio/devices/vfio9", ""},
	 {"/dev/vfio/devices/vfio0", "/dev/vfio/4"},
	 LINUX(NODE("/dev/vfio/devices/vfio0", "c", 510,
		    0) "," ADDED_NODE("/dev/iommu", 10, 256,
				      "") "," ADDED_NODE("/dev/vfio/devices/vfio1", 510, 1, ""),
	       ADDED("c", 10, 256) "," ADDED("c", 510, 1) "," ADDED("c", 510, 0))},
};

static void extra_nodes_of_vfio_devices(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(besides); i++) {
		struct oci_document *doc = document(besides[i].before);
		struct fault f = {0};

		print_message("# %s\n", besides[i].rule);
		if (patch_vfio(doc, besides[i].paths, besides[i].nodes, &f))
			fail_msg("%s", f.text);
		assert_document(doc, besides[i].after);
		oci_free(doc);
	}
}

static void missing_devices_are_expected_and_the_others_found(void **state)
{
	struct oci_document *doc = document(LINUX(NODE("/dev/c", "c", 7, 2), ""));
	const struct given given[GIVEN_MAX] = {{"/dev/b", 'c', 1, 3, NULL},
					       {"/dev/a", 'c', 1, 3, NULL}};
	struct fault f;

	assert_int_equal(patch(doc, given, &f), -ENOENT);
	assert_string_equal(f.expected, "/dev/a /dev/b");
	assert_string_equal(f.found, "/dev/c");
	oci_free(doc);
}

#define MANY 10000

static void thousands_of_devices_are_patched_quickly(void **state)
{
	struct device *devices = calloc(MANY, sizeof(*devices));
	struct device_result *results = calloc(MANY, sizeof(*results));
	char(*paths)[24] = calloc(MANY, sizeof(*paths)), *text = malloc(MANY * 200), *p = text,
	*out;
	struct oci_document *doc;
	struct policy policy = {0};
	clock_t start = clock();
	struct fault f;

	p += snprintf(p, 64, "{\"linux\":{\"devices\":[");
	for (size_t i = 0; i < MANY; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/dev/d%zu", i);
		devices[i].id = "";
		devices[i].container_path = paths[i];
		results[i] = (struct device_result){.ready = true, .node_type = 'c', .major = 9};
		results[i].minor = (uint32_t)i + 1;
		p += snprintf(p, 99, "%s{\"path\":\"%s\",\"type\":\"c\",\"major\":9,\"minor\":%zu}",
			      i ? "," : "", paths[i], i);
	}
	p += snprintf(p, 64, "],\"resources\":{\"devices\":[");
	for (size_t i = 0; i < MANY; i++)
		p += snprintf(p, 99, "%s{\"allow\":true,\"type\":\"c\",\"major\":9,\"minor\":%zu}",
			      i ? "," : "", i);
	snprintf(p, 64, "]}}}");
	doc = document(text);
	assert_int_equal(
		oci_patch(doc, &(struct oci_devices){devices, results, MANY, NULL, 0}, &policy, &f),
		0);
	out = oci_print(doc);
	assert_null(strstr(out, "\"minor\":\t0,"));
	assert_non_null(strstr(out, "\"minor\":\t10000,"));
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	free(out);
	oci_free(doc);
	free(text);
	free(paths);
	free(results);
	free(devices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_and_rules_get_the_guests_numbers),
		cmocka_unit_test(a_failed_patch_says_why),
		cmocka_unit_test(extra_nodes),
		cmocka_unit_test(extra_nodes_of_vfio_devices),
		cmocka_unit_test(missing_devices_are_expected_and_the_others_found),
		cmocka_unit_test(thousands_of_devices_are_patched_quickly),
	};

	return RUN_TESTS(tests);
}
