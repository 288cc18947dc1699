// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spec/manifest.h"

static int parse(struct arena *a, const char *text, struct manifest *m, struct fault *f)
{
	return manifest_parse(a, text, strlen(text), m, f);
}

static const char whole_manifest[] =
	"{\"version\": 1, \"sandbox_id\": \"sb1\", \"hostname\": \"gpu-worker\", \"dns\": [\"10.0.2.3\"],"
	" \"kernel_modules\": [{\"name\": \"nvidia\", \"parameters\": [\"NVreg_X=1\"]}],"
	" \"interfaces\": [], \"routes\": [], \"storages\": [{\"driver\": \"virtio-fs\", \"driver_options\": [],"
	"   \"source\": \"bundle\", \"fstype\": \"virtiofs\", \"options\": [\"ro\"],"
	"   \"mount_point\": \"/run/coldinit/bundle\", \"fs_group\": {}, \"shared\": true}],"
	" \"devices\": [{\"id\": \"gpu0\", \"type\": \"vfio-pci\", \"vm_path\": \"/v\","
	"   \"container_path\": \"/dev/vfio/65\", \"options\": [\"0000:65:00.0=02/00\", \"b\"],"
	"   \"expect\": {\"ids\": [\"10DE:2330\", \"8086:0001\"], \"driver\": "
	"\"vfio-pci\"},   \"companions\": \"check\", \"required\": false, \"timeout_ms\": 3000,   \"cdi\": \"nvidia.com/pgpu=0\"}],"
	" \"container\": {\"id\": \"c1\", \"bundle\": \"/run/coldinit/bundle\","
	"   \"cdi_generator\": [\"/usr/bin/nvidia-ctk\", \"cdi\"]}, \"policy\": {\"on_unmapped_pci\": \"fail\", \"unsafe_interrupts\": \"allow\","
	"   \"lock_modules\": true, \"reserve_mib\": 64, \"unclaimed_devices\": \"fail\", \"lsm\": \"require\"}}";

static void every_documented_key_is_read(void **state)
{
	const struct device *d;
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	assert_int_equal(parse(&a, whole_manifest, &m, &f), 0);
	assert_string_equal(m.sandbox_id, "sb1");
	assert_string_equal(m.hostname, "gpu-worker");
	assert_int_equal(m.network.n_dns, 1);
	assert_string_equal(m.network.dns[0], "10.0.2.3");
	assert_int_equal(m.n_modules, 1);
	assert_string_equal(m.modules[0].name, "nvidia");
	assert_int_equal(m.modules[0].n_parameters, 1);
	assert_string_equal(m.modules[0].parameters[0], "NVreg_X=1");
	assert_int_equal(m.n_storages, 1);
	assert_string_equal(m.storages[0].driver, "virtio-fs");
	assert_string_equal(m.storages[0].source, "bundle");
	assert_string_equal(m.storages[0].fstype, "virtiofs");
	assert_string_equal(m.storages[0].options[0], "ro");
	assert_string_equal(m.storages[0].mount_point, "/run/coldinit/bundle");
	assert_int_equal(m.n_devices, 1);
	d = m.devices;
	assert_string_equal(d->id, "gpu0");
	assert_string_equal(d->type, "vfio-pci");
	assert_string_equal(d->vm_path, "/v");
	assert_string_equal(d->container_path, "/dev/vfio/65");
	assert_int_equal(d->n_options, 2);
	assert_string_equal(d->options[0], "0000:65:00.0=02/00");
	assert_string_equal(d->options[1], "b");
	assert_int_equal(d->n_expect_ids, 2);
	assert_string_equal(d->expect_ids[0], "10de:2330");
	assert_string_equal(d->expect_ids[1], "8086:0001");
	assert_string_equal(d->expect_driver, "vfio-pci");
	assert_int_equal(d->companions, COMPANIONS_CHECK);
	assert_false(d->required);
	assert_int_equal(d->timeout_ms, 3000);
	assert_string_equal(d->cdi, "nvidia.com/pgpu=0");
	assert_string_equal(m.container_id, "c1");
	assert_string_equal(m.bundle, "/run/coldinit/bundle");
	assert_int_equal(m.n_cdi_generator, 2);
	assert_string_equal(m.cdi_generator[1], "cdi");
	assert_true(m.policy.unmapped_pci_fails);
	assert_true(m.policy.allow_unsafe_interrupts);
	assert_true(m.policy.lock_modules);
	assert_int_equal(m.policy.reserve_mib, 64);
	assert_int_equal(m.policy.unclaimed_devices, UNCLAIMED_FAIL);
	assert_true(m.policy.lsm_required);
	arena_free(&a);
}

static void only_version_type_and_place_are_mandatory(void **state)
{
	struct manifest m, none;
	struct arena a = {0};
	struct fault f;

	manifest_defaults(&none);
	assert_int_equal(parse(&a, "{\"version\":1}", &m, &f), 0);
	assert_memory_equal(&m, &none, sizeof(m));
	assert_int_equal(
		parse(&a, "{\"version\":1,\"devices\":[{\"type\":\"blk\",\"id\":\"02\"}]}", &m, &f),
		0);
	assert_string_equal(m.devices[0].vm_path, "");
	assert_string_equal(m.devices[0].container_path, "");
	assert_string_equal(m.devices[0].expect_driver, "");
	assert_string_equal(m.devices[0].cdi, "");
	assert_int_equal(m.devices[0].companions, COMPANIONS_BIND);
	assert_true(m.devices[0].required);
	assert_int_equal(m.devices[0].timeout_ms, 0);
	arena_free(&a);
}

static void protojson_spellings_are_the_same_keys(void **state)
{
	static const char text[] =
		"{\"version\":1,\"sandboxId\":\"s\",\"kernelModules\":[{\"name\":\"m\"}],\"storages\":[{\"mountPoint\":\"/m\",\"driverOptions\":[],\"fsGroup\":{}}],"
		"\"devices\":[{\"type\":\"mmioblk\",\"vmPath\":\"/dev/vdb\","
		"\"containerPath\":\"/dev/sda\"}]}";
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	assert_int_equal(parse(&a, text, &m, &f), 0);
	assert_string_equal(m.sandbox_id, "s");
	assert_int_equal(m.n_modules, 1);
	assert_string_equal(m.storages[0].mount_point, "/m");
	assert_string_equal(m.devices[0].vm_path, "/dev/vdb");
	assert_string_equal(m.devices[0].container_path, "/dev/sda");
	arena_free(&a);
}

#define DEVICE(text) "{\"version\":1,\"devices\":[" text "]}"
#define GOOD_DEVICE  "\"type\":\"blk\",\"id\":\"02\""
#define WITH(text)   "{\"version\":1," text "}"

static const struct {
	const char *text, *fault;
} faults[] = {
	/* not JSON, or not a manifest */
	{"{\"version\":1,\n \"devices\" []}",
	 "line 2, column 12: expected ':' after the key, found '['"},
	{"[]", "top level: expected an object, found an array"},
	{"{}", "top level: the key \"version\" is missing"},
	{"{\"version\":2}", "/version: expected an integer from 1 to 1, found the number 2"},
	{"{\"version\":1.0}", "/version: expected an integer from 1 to 1, found the number 1.0"},
	{"{\"version\":\"1\"}", "/version: expected an integer from 1 to 1, found \"1\""},
	/* keys */
	{WITH("\"device\":[]"), "/device: unknown key; did you mean \"devices\"?"},
	{WITH("\"qqqqqqqqqq\":[]"), "/qqqqqqqqqq: unknown key"},
	{WITH("\"version\":1"), "/version: duplicate key"},
	{DEVICE("{" GOOD_DEVICE ",\"ip\":1}"), "/devices/0/ip: unknown key; did you mean \"id\"?"},
	{DEVICE("{" GOOD_DEVICE ",\"timeoutMs\":1}"),
	 "/devices/0/timeoutMs: unknown key; did you mean \"timeout_ms\"?"},
	{DEVICE("{" GOOD_DEVICE ",\"vm_path\":\"\",\"vmPath\":\"\"}"),
	 "/devices/0/vmPath: the key \"vm_path\" is given in two spellings"},
	{DEVICE("{" GOOD_DEVICE ",\"expect\":{\"id\":[]}}"),
	 "/devices/0/expect/id: unknown key; did you mean \"ids\"?"},
	/* types */
	{WITH("\"devices\":{}"), "/devices: expected an array, found an object"},
	{WITH("\"devices\":null"), "/devices: expected an array, found null"},
	{DEVICE("7"), "/devices/0: expected an object, found the number 7"},
	{DEVICE("{" GOOD_DEVICE "},{\"type\":\"blk\",\"id\":3}"),
	 "/devices/1/id: expected a string, found the number 3"},
	{DEVICE("{" GOOD_DEVICE ",\"options\":\"x\"}"),
	 "/devices/0/options: expected an array, found \"x\""},
	{DEVICE("{" GOOD_DEVICE ",\"options\":[true]}"),
	 "/devices/0/options/0: expected a string, found true"},
	{DEVICE("{" GOOD_DEVICE ",\"required\":\"true\"}"),
	 "/devices/0/required: expected true or false, found \"true\""},
	{DEVICE("{" GOOD_DEVICE ",\"required\":null}"),
	 "/devices/0/required: expected true or false, found null"},
	{DEVICE("{" GOOD_DEVICE ",\"timeout_ms\":-1}"),
	 "/devices/0/timeout_ms: expected an integer from 0 to 3600000, found the number -1"},
	{DEVICE("{" GOOD_DEVICE ",\"timeout_ms\":99999999999999999999}"),
	 "/devices/0/timeout_ms: expected an integer from 0 to 3600000, found the number 99999999999999999999"},
	/* devices */
	{DEVICE("{\"id\":\"02\"}"), "/devices/0: the key \"type\" is missing"},
	{DEVICE("{\"id\":\"02\",\"type\":\"\"}"), "/devices/0: the device has no type"},
	{DEVICE("{\"type\":\"blk\",\"id\":\"\",\"options\":[]}"),
	 "/devices/0: the blk device has no id, no vm_path and no options: one of them must identify it"},
	{DEVICE("{" GOOD_DEVICE "},{\"type\":\"net\",\"id\":\"02\"}"),
	 "/devices: devices 0 and 1 (counted from 0) have the same id \"02\""},
	{DEVICE("{" GOOD_DEVICE ",\"container_path\":\"dev/x\"}"),
	 "/devices/0: container_path \"dev/x\" is not an absolute path without \"..\""},
	{DEVICE("{" GOOD_DEVICE ",\"container_path\":\"/dev/../etc\"}"),
	 "/devices/0: container_path \"/dev/../etc\" is not an absolute path without \"..\""},
	{DEVICE("{" GOOD_DEVICE ",\"companions\":\"bnd\"}"),
	 "/devices/0/companions: expected one of \"bind\", \"check\", \"ignore\", found \"bnd\""},
	{DEVICE("{" GOOD_DEVICE ",\"expect\":{\"ids\":[\"10de\"]}}"),
	 "/devices/0/expect/ids/0: expected a PCI vendor:device pair such as \"10de:2330\", found \"10de\""},
	{DEVICE("{" GOOD_DEVICE ",\"expect\":{\"ids\":[\"10de:23 0\"]}}"),
	 "/devices/0/expect/ids/0: expected a PCI vendor:device pair such as \"10de:2330\", found \"10de:23 0\""},
	{DEVICE("{" GOOD_DEVICE ",\"cdi\":\"gpu\"}"),
	 "/devices/0/cdi: expected a CDI name, vendor/class=device, found \"gpu\""},
	{DEVICE("{" GOOD_DEVICE ",\"cdi\":\"a=b/c=d\"}"),
	 "/devices/0/cdi: expected a CDI name, vendor/class=device, found \"a=b/c=d\""},
	/* storages */
	{WITH("\"storages\":[{\"mount_point\":\"/m\",\"fs_group\":{\"group_id\":-1}}]"),
	 "/storages/0/fs_group/group_id: expected an integer from 0 to 4294967295, found the number -1"},
	{WITH("\"storages\":[{\"mount_point\":\"/m\",\"fs_group\":1}]"),
	 "/storages/0/fs_group: expected an object, found the number 1"},
	{WITH("\"container\":{\"bundle\":\"base64:QUFB\"}"),
	 "/container/bundle: expected an absolute path without \"..\", found \"base64:QUFB\""},
	{WITH("\"storages\":[{\"mount_point\":\"/m\",\"driver_options\":[\"x\"]}]"),
	 "/storages/0/driver_options: coldinit does not encrypt, make or pull file systems: leave it empty"},
	/* modules, container, policy */
	{WITH("\"storages\":[{\"driver\":\"virtio-fs\"}]"),
	 "/storages/0: the key \"mount_point\" is missing"},
	{WITH("\"storages\":[{\"mount_point\":\"m\"}]"),
	 "/storages/0/mount_point: expected an absolute path without \"..\", found \"m\""},
	{WITH("\"kernel_modules\":[{\"parameters\":[]}]"),
	 "/kernel_modules/0: the key \"name\" is missing"},
	{WITH("\"kernel_modules\":[{\"name\":\"../x\"}]"),
	 "/kernel_modules/0/name: expected a name of 1 to 128 letters, digits, '_', '.', '-', found \"../x\""},
	{WITH("\"container\":{\"id\":\"..\"}"),
	 "/container/id: expected a name of 1 to 128 letters, digits, '_', '.', '-', found \"..\""},
	{WITH("\"container\":{\"bundle\":\"/a/..\"}"),
	 "/container/bundle: expected an absolute path without \"..\", found \"/a/..\""},
	{WITH("\"policy\":{\"on_unmapped_pci\":\"stop\"}"),
	 "/policy/on_unmapped_pci: expected one of \"warn\", \"fail\", found \"stop\""},
	{WITH("\"policy\":{\"unsafe_interrupts\":true}"),
	 "/policy/unsafe_interrupts: expected one of \"refuse\", \"allow\", found true"},
	{WITH("\"policy\":{\"unclaimed_devices\":\"warn\"}"),
	 "/policy/unclaimed_devices: expected one of \"drop\", \"keep\", \"fail\", found \"warn\""},
	{WITH("\"policy\":{\"lsm\":\"refuse\"}"),
	 "/policy/lsm: expected one of \"accept\", \"require\", found \"refuse\""},
	{WITH("\"policy\":{\"reserve_mib\":7}"),
	 "/policy/reserve_mib: expected an integer from 8 to 65536, found the number 7"},
	{WITH("\"policy\":{\"reserve_mib\":65537}"),
	 "/policy/reserve_mib: expected an integer from 8 to 65536, found the number 65537"},
};

static void faults_name_place_and_reason(void **state)
{

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct manifest m, before;
		struct arena a = {0};
		struct fault f = {0};

		memset(&m, 0x55, sizeof(m));
		memcpy(&before, &m, sizeof(m));
		assert_int_equal(parse(&a, faults[i].text, &m, &f), -EINVAL);
		assert_string_equal(f.text, faults[i].fault);
		assert_memory_equal(&m, &before, sizeof(m));
		arena_free(&a);
	}
}

static void faults_carry_expected_and_found(void **state)
{
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	assert_int_equal(parse(&a, WITH("\"dns\":7"), &m, &f), -EINVAL);
	assert_string_equal(f.expected, "an array");
	assert_string_equal(f.found, "the number 7");
	arena_free(&a);
}

static void host_names_are_checked(void **state)
{
	static const char long_label[] =
		"a123456789012345678901234567890123456789012345678901234567890123";
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{"a", true},
		{"gpu-worker", true},
		{"a.b-c.3", true},
		{"3com", true},
		{"", false},
		{"-a", false},
		{"a-", false},
		{"a..b", false},
		{".a", false},
		{"a.", false},
		{"a_b", false},
		{"a b", false},
		{"a/b", false},
		{"\xc3\xa4", false},
		{"a.-b", false},
		{long_label, false},
		{long_label + 1, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena a = {0};
		struct manifest m;
		struct fault f;
		char text[256];

		snprintf(text, sizeof(text), WITH("\"hostname\":\"%s\""), rows[i].name);
		print_message("# \"%s\"\n", rows[i].name);
		assert_int_equal(parse(&a, text, &m, &f), rows[i].good ? 0 : -EINVAL);
		arena_free(&a);
	}
}

static void counts_and_sizes_are_bounded(void **state)
{
	static const struct {
		const char *open, *element, *close;
		size_t n;
		const char *fault;
	} rows[] = {
		{"{\"version\":1,\"devices\":[", "{\"type\":\"b\",\"id\":\"\",\"vm_path\":\"v\"}",
		 "]}", 4096, NULL},
		{"{\"version\":1,\"devices\":[", "{\"type\":\"b\",\"id\":\"\",\"vm_path\":\"v\"}",
		 "]}", 4097, "/devices: 4097 elements, at most 4096 are accepted"},
		{"{\"version\":1,\"devices\":[{\"type\":\"b\",\"options\":[", "\"o\"", "]}]}", 256,
		 NULL},
		{"{\"version\":1,\"devices\":[{\"type\":\"b\",\"options\":[", "\"o\"", "]}]}", 257,
		 "/devices/0/options: 257 elements, at most 256 are accepted"},
		{"{\"version\":1,\"dns\":[", "\"o\"", "]}", 65,
		 "/dns: 65 elements, at most 64 are accepted"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = rows[i].n * (strlen(rows[i].element) + 1) + 128;
		char *text = malloc(len), *p = text;
		struct arena a = {0};
		struct manifest m;
		struct fault f;

		p += snprintf(p, len, "%s", rows[i].open);
		for (size_t n = 0; n < rows[i].n; n++)
			p += snprintf(p, len, "%s%s", n ? "," : "", rows[i].element);
		snprintf(p, 16, "%s", rows[i].close);
		assert_int_equal(parse(&a, text, &m, &f), rows[i].fault ? -EINVAL : 0);
		if (rows[i].fault)
			assert_string_equal(f.text, rows[i].fault);
		arena_free(&a);
		free(text);
	}
}

static void a_manifest_of_more_than_1_mib_is_refused(void **state)
{
	char *text = malloc(MANIFEST_MAX + 1);
	struct arena a = {0};
	struct manifest m;
	struct fault f;

	memset(text, ' ', MANIFEST_MAX + 1);
	memcpy(text, "{\"version\":1}", 13);
	assert_int_equal(manifest_parse(&a, text, MANIFEST_MAX, &m, &f), 0);
	assert_int_equal(manifest_parse(&a, text, MANIFEST_MAX + 1, &m, &f), -EFBIG);
	arena_free(&a);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_documented_key_is_read),
		cmocka_unit_test(only_version_type_and_place_are_mandatory),
		cmocka_unit_test(protojson_spellings_are_the_same_keys),
		cmocka_unit_test(faults_name_place_and_reason),
		cmocka_unit_test(faults_carry_expected_and_found),
		cmocka_unit_test(host_names_are_checked),
		cmocka_unit_test(counts_and_sizes_are_bounded),
		cmocka_unit_test(a_manifest_of_more_than_1_mib_is_refused),
	};

	return RUN_TESTS(tests);
}
