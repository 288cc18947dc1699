// SPDX-License-Identifier: Apache-2.0
/* Device nodes of the host that neither a device of the manifest nor a CDI edit claims. */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "tests/unit/support/spec_document.h"

#define DOC(devices, rules) \
	"{\"linux\":{\"devices\":[" devices "],\"resources\":{\"devices\":[" rules "]}}}"
#define NODE(path, type, major, minor) \
	"{\"path\":\"" path "\",\"type\":\"" type "\",\"major\":" #major ",\"minor\":" #minor "}"
#define ALLOW(type, major, minor)                                                      \
	"{\"allow\":true,\"type\":\"" type "\",\"major\":" #major ",\"minor\":" #minor \
	",\"access\":\"rw\"}"
#define MKNOD_ANY "{\"allow\":true,\"type\":\"b\",\"access\":\"m\"}"
#define DENY	  "{\"allow\":false,\"access\":\"rwm\"}"

/* The guest's nodes */
static int guest_lstat(int root, const char *path, struct stat *st)
{
	static const struct {
		const char *path;
		mode_t mode;
		unsigned major, minor;
	} nodes[] = {
		{"/dev/nvme0n1", S_IFBLK, 259, 0},
		{"/dev/dri/renderD128", S_IFCHR, 226, 128},
		{"/dev/nvidia0", S_IFCHR, 195, 1},
		{"/dev/sda", S_IFCHR, 8, 0},
	};

	(void)root;
	if (!strcmp(path, "/dev/broken"))
		return -EIO;
	*st = (struct stat){0};
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		if (strcmp(path, nodes[i].path))
			continue;
		st->st_mode = nodes[i].mode;
		st->st_rdev = makedev(nodes[i].major, nodes[i].minor);
		return 0;
	}
	return -ENOENT;
}

static const struct device claiming[] = {{.id = "d", .type = "blk", .container_path = "/dev/own"}};
static const struct device_result found[] = {
	{.ready = true, .node_type = 'b', .major = 259, .minor = 7, .node = "/dev/vda"}};
static const struct oci_devices all = {claiming, found, 1, NULL, 0};

static const struct {
	const char *rule, *before;
	enum unclaimed policy;
	const char *after; /* NULL: -EINVAL with @fault */
	const char *fault;
} rows[] = {
	{"a node that the guest does not have goes with its rules",
	 DOC(NODE("/dev/nvme3n1", "b", 259, 0), DENY "," ALLOW("b", 259, 0)), UNCLAIMED_DROP,
	 DOC("", DENY), NULL},
	{"the guest's node of that path has other numbers",
	 DOC(NODE("/dev/nvidia0", "c", 195, 0), DENY "," ALLOW("c", 195, 0)), UNCLAIMED_DROP,
	 DOC(NODE("/dev/nvidia0", "c", 195, 1), DENY "," ALLOW("c", 195, 1)), NULL},
	{"the guest's node has the same numbers",
	 DOC(NODE("/dev/dri/renderD128", "c", 226, 128), ALLOW("c", 226, 128)), UNCLAIMED_DROP,
	 DOC(NODE("/dev/dri/renderD128", "c", 226, 128), ALLOW("c", 226, 128)), NULL},
	{"the guest's node is of another type",
	 DOC(NODE("/dev/sda", "b", 8, 0), ALLOW("b", 8, 0) "," ALLOW("c", 8, 0)), UNCLAIMED_DROP,
	 DOC("", ALLOW("c", 8, 0)), NULL},
	{"an unbuffered device has rules of type c",
	 DOC(NODE("/dev/x", "u", 99, 1), ALLOW("c", 99, 1)), UNCLAIMED_DROP, DOC("", ""), NULL},
	{"numbers that are the same everywhere stay",
	 DOC(NODE("/dev/mynull", "c", 1, 3) "," NODE("/dev/fuse", "c", 10, 229) "," NODE(
		     "/dev/vfio/vfio", "c", 10, 196) "," NODE("/dev/ptmx", "c", 5, 2),
	     ALLOW("c", 1, 3)),
	 UNCLAIMED_DROP,
	 DOC(NODE("/dev/mynull", "c", 1, 3) "," NODE("/dev/fuse", "c", 10, 229) "," NODE(
		     "/dev/vfio/vfio", "c", 10, 196) "," NODE("/dev/ptmx", "c", 5, 2),
	     ALLOW("c", 1, 3)),
	 NULL},
	{"rules without an entry, of a class and that deny stay",
	 DOC(NODE("/dev/x", "b", 8, 1) "," NODE("/dev/ttyUSB0", "c", 188, 0),
	     ALLOW("b", 8, 2) "," ALLOW("b", 259, -1) "," ALLOW(
		     "c", 188, -1) "," MKNOD_ANY
				   ",{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":1}"),
	 UNCLAIMED_DROP,
	 DOC("", ALLOW("b", 8, 2) "," ALLOW("b", 259, -1) "," ALLOW(
			 "c", 188, -1) "," MKNOD_ANY
				       ",{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":1}"),
	 NULL},
	{"a rule for all nodes of a driver goes with the last of them",
	 DOC(NODE("/dev/nvme3n1", "b", 259, 0) "," NODE("/dev/nvme4n1", "b", 259, 5),
	     DENY "," ALLOW(
		     "b", 259,
		     -1) ",{\"allow\":true,\"type\":\"b\",\"major\":259,\"access\":\"r\"},"
			 "{\"allow\":true,\"type\":\"b\",\"major\":259,\"minor\":null,\"access\":\"r\"}"),
	 UNCLAIMED_DROP, DOC("", DENY), NULL},
	{"a rule for all nodes of a driver gets the driver's number in the guest",
	 DOC(NODE("/dev/nvidia-caps/x", "c", 240, 1) "," NODE("/dev/nvidia0", "c", 240, 0),
	     ALLOW("c", 240, -1)),
	 UNCLAIMED_DROP, DOC(NODE("/dev/nvidia0", "c", 195, 1), ALLOW("c", 195, -1)), NULL},
	{"a rule for all nodes of a driver stays for one that is claimed",
	 DOC(NODE("/dev/own", "b", 259, 1) "," NODE("/dev/x", "b", 259, 2), ALLOW("b", 259, -1)),
	 UNCLAIMED_DROP,
	 DOC(NODE("/dev/own", "b", 259, 7),
	     ALLOW("b", 259,
		   -1) ",{\"allow\":true,\"type\":\"b\",\"major\":259,\"minor\":7,\"access\":\"rwm\"}"),
	 NULL},
	{"the rule of a claimed entry with the same numbers stays, renumbered",
	 DOC(NODE("/dev/own", "b", 8, 1) "," NODE("/dev/x", "b", 8, 1), ALLOW("b", 8, 1)),
	 UNCLAIMED_DROP,
	 DOC(NODE("/dev/own", "b", 259, 7),
	     ALLOW("b", 259,
		   7) ",{\"allow\":true,\"type\":\"b\",\"major\":259,\"minor\":7,\"access\":\"rwm\"}"),
	 NULL},
	{"the guest's number of a device is the host's of another one",
	 DOC(NODE("/dev/own", "b", 8, 1) "," NODE("/dev/x", "b", 259, 7), ALLOW("b", 259, 7)),
	 UNCLAIMED_DROP,
	 DOC(NODE("/dev/own", "b", 259, 7),
	     "{\"allow\":true,\"type\":\"b\",\"major\":259,\"minor\":7,\"access\":\"rwm\"}"),
	 NULL},
	{"by policy they stay", DOC(NODE("/dev/nvidia0", "c", 195, 0), ALLOW("c", 195, 0)),
	 UNCLAIMED_KEEP, DOC(NODE("/dev/nvidia0", "c", 195, 0), ALLOW("c", 195, 0)), NULL},
	{"by policy all of them are one error",
	 DOC(NODE("/dev/x", "b", 8, 1) "," NODE("/dev/y", "c", 99, 1), ""), UNCLAIMED_FAIL, NULL,
	 "policy.unclaimed_devices is \"fail\": no device claims these entries of linux.devices, which have numbers of the host: /dev/x, /dev/y"},
	{"nothing to do", "{\"linux\":{}}", UNCLAIMED_DROP, "{\"linux\":{}}", NULL},
};

static bool claims(const char *text)
{
	return strstr(text, "/dev/own");
}

static void nodes_of_the_host(void **state)
{
	const struct oci_nodes nodes = {-1, guest_lstat};
	const struct oci_devices none = {NULL, NULL, 0, NULL, 0};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct oci_devices *given = claims(rows[i].before) ? &all : &none;
		struct oci_document *doc = document(rows[i].before);
		struct fault f = {0};
		int err;

		print_message("# %s\n", rows[i].rule);
		assert_int_equal(oci_unclaimed_mark(doc, given, &f), 0);
		assert_int_equal(oci_patch(doc, given, &(struct policy){0}, &f), 0);
		err = oci_unclaimed_settle(doc, &nodes, rows[i].policy, &f);
		if (rows[i].after) {
			assert_int_equal(err, 0);
			assert_document(doc, rows[i].after);
		} else {
			assert_int_equal(err, -EINVAL);
			assert_string_equal(f.text, rows[i].fault);
		}
		oci_free(doc);
	}
}

static void a_node_that_cannot_be_looked_up_is_an_error(void **state)
{
	const struct oci_nodes nodes = {-1, guest_lstat};
	struct oci_document *doc = document(DOC(NODE("/dev/broken", "b", 8, 1), ""));
	const struct oci_devices none = {NULL, NULL, 0, NULL, 0};
	struct fault f;

	assert_int_equal(oci_unclaimed_mark(doc, &none, &f), 0);
	assert_int_equal(oci_unclaimed_settle(doc, &nodes, UNCLAIMED_DROP, &f), -EIO);
	assert_text(f.text, "cannot look up /dev/broken: Input/output error");
	oci_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_of_the_host),
		cmocka_unit_test(a_node_that_cannot_be_looked_up_is_an_error),
	};

	return RUN_TESTS(tests);
}
