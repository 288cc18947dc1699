// SPDX-License-Identifier: Apache-2.0
/* Modules are loaded only for what is asked for. */
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
static char dep[] =
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
	const struct modules m = {.initrd = root, .root = root, .dir = "m", .dep = dep};

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
	temp_root_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_have_their_modules),
	};

	return RUN_TESTS(tests);
}
