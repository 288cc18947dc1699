// SPDX-License-Identifier: Apache-2.0
/* CDI devices for the devices of the manifest: a request for one needs no spec file. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/support/cdi.h"
#include "tests/unit/support/spec_document.h"

#define SPEC_FILE                                                        \
	"{'cdiVersion':'0.5.0','kind':'v.com/c','devices':[{'name':'d'," \
	"'containerEdits':{'env':['FROM=file']}}]}"

static int root;
static char root_path[64];

static int setup(void **state)
{
	root = temp_root(root_path);
	return 0;
}

static int teardown(void **state)
{
	temp_root_remove(root_path, root);
	return 0;
}

static const struct device devices[] = {
	{.id = "gpu0", .container_path = "", .cdi = "nvidia.com/pgpu=0"},
	{.id = "disk", .container_path = "/dev/data", .cdi = ""},
	{.id = "gk", .container_path = "", .cdi = "nvidia.com/gpu=0"},
	{.id = "late", .container_path = "", .cdi = "v.com/late=0"},
	{.id = "no name", .container_path = "", .cdi = "v.com/c=d"},
	{.id = "iommufd", .container_path = "", .cdi = ""},
	{.id = "cdev", .container_path = "", .cdi = ""},
};

static const struct device_node beside[] = {
	{.path = "/dev/vfio/devices/vfio0", .type = 'c', .major = 10, .minor = 9},
	{.path = "/dev/iommu", .type = 'c', .major = 10, .minor = 11},
};
static const struct device_result results[] = {
	{.ready = true,
	 .node_type = 'c',
	 .major = 10,
	 .minor = 7,
	 .node = "/dev/vfio/3",
	 .vfio = true},
	{.ready = true, .node_type = 'c', .major = 10, .minor = 8, .node = "/dev/vda"},
	{.ready = true},
	{.node_type = 'c', .node = "/dev/vfio/4"},
	{.ready = true, .node_type = 'c', .major = 10, .minor = 8, .node = "/dev/vda"},
	{.ready = true,
	 .node_type = 'c',
	 .major = 10,
	 .minor = 12,
	 .node = "/dev/vfio/5",
	 .vfio = true,
	 .extra = beside,
	 .n_extra = 2},
	{.ready = true,
	 .node_type = 'c',
	 .major = 10,
	 .minor = 9,
	 .node = "/dev/vfio/devices/vfio0",
	 .vfio = true,
	 .extra = beside,
	 .n_extra = 2},
};

static struct cdi_cache *offer(void)
{
	static const char *const nodes[] = {"vfio/3", "vfio/vfio", "vda",
					    "vfio/5", "iommu",	   "vfio/devices/vfio0"};
	struct cdi_cache *c = cdi_cache_open();
	char path[128];

	put_dir(root, "dev/vfio/devices");
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		snprintf(path, sizeof(path), "%s/dev/%s", root_path, nodes[i]);
		assert_int_equal(mkfifo(path, 0600), 0);
	}
	assert_int_equal(cdi_offer(c, devices, results, ARRAY_SIZE(devices)), 0);
	assert_int_equal(cdi_scan(c, root), 0);
	return c;
}

#define NODE(path, minor)                                                                       \
	"{\"path\":\"" path "\",\"type\":\"c\",\"major\":10,\"minor\":" #minor ",\"fileMode\":" \
	"384}"
#define CONTAINER                                                                 \
	"{\"path\":\"/dev/vfio/vfio\",\"type\":\"c\",\"major\":10,\"minor\":196," \
	"\"fileMode\":384}"
#define RULE(minor) \
	"{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":" #minor ",\"access\":\"rwm\"}"
#define LINUX(nodes, rules) \
	"{\"linux\":{\"devices\":[" nodes "],\"resources\":{\"devices\":[" rules "]}}}"

static void a_device_of_the_manifest_needs_no_file(void **state)
{
	static const struct {
		const char *name, *result;
	} rows[] = {
		{"coldinit.io/device=gpu0",
		 LINUX(NODE("/dev/vfio/3", 7) "," CONTAINER, RULE(7) "," RULE(196))},
		{"nvidia.com/pgpu=0",
		 LINUX(NODE("/dev/vfio/3", 7) "," CONTAINER, RULE(7) "," RULE(196))},
		{"coldinit.io/device=disk", LINUX(NODE("/dev/data", 8), RULE(8))},
		{"v.com/c=d", LINUX(NODE("/dev/vda", 8), RULE(8))},
		{"coldinit.io/device=iommufd",
		 LINUX(NODE("/dev/vfio/5", 12) "," CONTAINER "," NODE("/dev/vfio/devices/vfio0",
								      9) "," NODE("/dev/iommu", 11),
		       RULE(12) "," RULE(196) "," RULE(9) "," RULE(11))},
		{"coldinit.io/device=cdev",
		 LINUX(NODE("/dev/vfio/devices/vfio0", 9) "," NODE("/dev/iommu", 11),
		       RULE(9) "," RULE(11))},
	};
	struct cdi_cache *c = offer();
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oci_document *doc = document("{}");

		if (cdi_ask(c, rows[i].name, root, false, doc, &f))
			fail_msg("%s: %s", rows[i].name, f.text);
		assert_document(doc, rows[i].result);
		oci_free(doc);
	}
	cdi_cache_close(c);
}

static void a_device_without_a_node_is_not_offered(void **state)
{
	struct cdi_cache *c = offer();

	cdi_expect(c, "nvidia.com/gpu=0", root, NULL, -EAGAIN);
	cdi_expect(c, "coldinit.io/device=gk", root, NULL, -ENODEV);
	cdi_expect(c, "v.com/late=0", root, NULL, -EAGAIN);
	cdi_cache_close(c);
}

/* An id that is not a valid device name makes no CDI name. */
static void an_invalid_id_makes_no_name(void **state)
{
	static const char *const ids[] = {"", "08/00", "no name", "pci0001:00/05.0", "a=b"};
	struct cdi_cache *c = cdi_cache_open();

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct device d = {.id = ids[i], .container_path = "", .cdi = ""};

		assert_int_equal(cdi_offer(c, &d, results, 1), 0);
		assert_null(c->files);
	}
	cdi_cache_close(c);
}

static void a_spec_file_is_used_instead(void **state)
{
	struct cdi_cache *c;
	char *file;

	file = quoted(SPEC_FILE);
	put_file(root, "etc/cdi/a.json", file);
	free(file);
	c = offer();
	cdi_expect(c, "v.com/c=d", root, "file", 0);
	assert_null(cdi_error(c, "/etc/cdi/a.json"));
	cdi_cache_close(c);
}

static void two_devices_with_one_name_conflict(void **state)
{
	static const struct device twins[] = {
		{.id = "a", .container_path = "", .cdi = "v.com/c=d"},
		{.id = "b", .container_path = "", .cdi = "v.com/c=d"},
	};
	struct oci_document *doc = document("{}");
	struct cdi_cache *c = cdi_cache_open();
	struct fault f;

	assert_int_equal(cdi_offer(c, twins, results, 2), 0);
	assert_int_equal(cdi_ask(c, "v.com/c=d", root, false, doc, &f), -ENODEV);
	assert_non_null(strstr(
		f.text,
		"the manifest's device \"a\": conflicting device \"v.com/c=d\": the manifest's device \"b\" defines it too"));
	cdi_cache_close(c);
	oci_free(doc);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_of_the_manifest_needs_no_file),
		TEST(a_device_without_a_node_is_not_offered),
		TEST(an_invalid_id_makes_no_name),
		TEST(a_spec_file_is_used_instead),
		TEST(two_devices_with_one_name_conflict),
	};

	return RUN_TESTS(tests);
}
