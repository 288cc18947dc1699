// SPDX-License-Identifier: Apache-2.0
/* Modules are loaded only for what is requested. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/lib/compiler.h"
#include "init/devices/drivers.h"

/*
 * Loading a module of this initramfs fails before the kernel hears of it: its file is a link to
 * itself. So an attempt shows.
 */
static const char dep[] =
	"virtiofs.ko:\nqemu_fw_cfg.ko:\ndmi-sysfs.ko:\nvmw_vsock_virtio_transport.ko:\n";

static void sources_have_their_modules(void **state)
{
	static const struct {
		const char *manifest, *bundle, *report, *module;
	} rows[] = {
		{NULL, NULL, NULL, NULL},
		{"initrd:/m.json", "initrd:/b", "virtio-serial:x", NULL},
		{"base64:e30=", "block:/dev/vda", "debug-exit:0x501", NULL},
		{"virtiofs:T/m", NULL, NULL, "virtiofs"},
		{NULL, "virtiofs:T/b", NULL, "virtiofs"},
		{NULL, NULL, "virtiofs:T/v", "virtiofs"},
		{NULL, NULL, "vsock:2:1", "vmw_vsock_virtio_transport"},
		{"fw_cfg:opt/m", NULL, NULL, "qemu_fw_cfg"},
		{"smbios", NULL, NULL, "dmi-sysfs"},
	};
	struct options options;
	char path[64];
	int root = temp_root(path);
	struct modules m = {
		.initrd = root, .root = root, .dir = "m", .dep = strdup(dep), .line = strdup("")};

	put_link(root, "m/virtiofs.ko", "virtiofs.ko");
	put_link(root, "m/qemu_fw_cfg.ko", "qemu_fw_cfg.ko");
	put_link(root, "m/dmi-sysfs.ko", "dmi-sysfs.ko");
	put_link(root, "m/vmw_vsock_virtio_transport.ko", "vmw_vsock_virtio_transport.ko");
	options_default(&options);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *reports[] = {rows[i].report};
		struct fault f = {0};

		options.manifest = rows[i].manifest;
		options.bundle = rows[i].bundle;
		options.reports = reports;
		options.n_reports = rows[i].report ? 1 : 0;
		assert_int_equal(drivers_load(root, &m, &options, &f), rows[i].module ? -ELOOP : 0);
		if (rows[i].module)
			assert_non_null(strstr(f.text, rows[i].module));
	}
	modules_close(&m);
	temp_root_remove(path, root);
}

static void what_needs_no_kernel_is_checked_first(void **state)
{
	static char long_value[1024];
	const char *parameters[] = {"a=1", long_value};
	struct kernel_module modules[] = {
		{.name = "good"}, {.name = "m", .parameters = parameters, .n_parameters = 2}};
	struct storage storages[] = {{.driver = "9p", .mount_point = "/run/s"}};
	struct manifest manifest = {.modules = modules, .n_modules = 2};
	struct fault f = {0};

	memset(long_value, 'x', 1019); /* with "a=1 " 1023 bytes */
	assert_int_equal(drivers_check(&manifest, &f), 0);
	long_value[1019] = 'x';
	assert_int_equal(drivers_check(&manifest, &f), -E2BIG);
	assert_string_equal(f.text, "kernel module m: more than 1023 bytes of parameters");
	manifest = (struct manifest){.storages = storages, .n_storages = 1};
	assert_int_equal(drivers_check(&manifest, &f), -ENOTSUP);
	assert_non_null(strstr(f.text, "storage /run/s: driver \"9p\" is not supported"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_needs_no_kernel_is_checked_first),
		cmocka_unit_test(sources_have_their_modules),
	};

	return RUN_TESTS(tests);
}
