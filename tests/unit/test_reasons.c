// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>

#include "init/verdict/reasons.h"

#define HANGS "init is caught"

static struct {
	char dir[64];
	struct boot boot;
	struct storage storages[3];
	struct device devices[2];
	struct device_result results[2];
	size_t on[3];
	struct fault fault;
} t;

/* An ext4 on a disk, a share, and one in memory */
static int set_up(void **state)
{
	memset(&t, 0, sizeof(t));
	t.storages[0] = (struct storage){.driver = "blk",
					 .source = "05",
					 .fstype = "ext4",
					 .mount_point = "/run/coldinit/bundle"};
	t.storages[1] = (struct storage){
		.driver = "virtio-fs", .source = "demo", .fstype = "", .mount_point = "/data"};
	t.storages[2] = (struct storage){
		.driver = "ephemeral", .source = "tmpfs", .fstype = "tmpfs", .mount_point = "/m"};
	t.devices[0] = (struct device){.type = "vfio-pci", .id = "gpu0", .vm_path = ""};
	t.devices[1] = (struct device){
		.type = "blk", .id = "05", .vm_path = "", .label = "storage /run/coldinit/bundle"};
	t.results[1].ready = true;
	snprintf(t.results[1].node, sizeof(t.results[1].node), "/dev/vda");
	t.on[0] = 1;
	t.on[1] = t.on[2] = REQUEST_NO_DEVICE;
	t.boot.request.manifest.storages = t.storages;
	t.boot.request.manifest.n_storages = ARRAY_SIZE(t.storages);
	t.boot.request.storage_device = t.on;
	t.boot.request.devices = t.devices;
	t.boot.request.n_devices = t.boot.request.n_listed = ARRAY_SIZE(t.devices);
	t.boot.request.bundle = "/run/coldinit/bundle";
	t.boot.found.devices = t.results;
	t.boot.root = temp_root(t.dir);
	return 0;
}

static int tear_down(void **state)
{
	temp_root_remove(t.dir, t.boot.root);
	return 0;
}

/* An error of -ETIME is a hang here; a step that gives up at its deadline is none. */
static const char *reasons(enum phase phase, int err)
{
	fault_set(&t.fault, err, HANGS);
	reasons_add(&t.boot, phase, err == -ETIME, &t.fault);
	assert_int_equal(t.fault.err, err);
	return t.fault.text;
}

#define DISK                                                                              \
	"; /storages/0 of the manifest (/run/coldinit/bundle) is ext4 on /dev/vda (disk " \
	"\"05\")"
#define SHARE "; /storages/1 of the manifest (/data) is virtio-fs of the share \"demo\""
#define MORE  "; the kernel's log may say more"

static void errors_of_a_medium_name_disks_and_shares(void **state)
{
	static const int medium[] = {EIO, EUCLEAN, EBADMSG, ENOTCONN, ETIMEDOUT};

	for (size_t i = 0; i < ARRAY_SIZE(medium); i++)
		assert_string_equal(reasons(PHASE_EXEC, -medium[i]), HANGS DISK SHARE MORE);
	assert_string_equal(reasons(PHASE_SPEC, -ETIME), HANGS DISK SHARE MORE);
	assert_string_equal(reasons(PHASE_EXIT, -EIO), HANGS DISK SHARE MORE);
	assert_string_equal(reasons(PHASE_EXEC, -ENOENT), HANGS);
	assert_string_equal(reasons(PHASE_MODULES, -EIO), HANGS);
	assert_string_equal(reasons(PHASE_MANIFEST, -EBADMSG), HANGS);
	t.boot.request.manifest.n_storages = 0;
	assert_string_equal(reasons(PHASE_EXEC, -EIO), HANGS);
	fault_set(&t.fault, -ETIME, "waited");
	for (int phase = 0; phase < PHASES; phase++)
		reasons_add(&t.boot, (enum phase)phase, false, &t.fault);
	assert_string_equal(t.fault.text, "waited");
}

static void the_kernels_log_selects_the_disk(void **state)
{
	static const struct {
		const char *line;
		bool share;
	} rows[] = {
		{"I/O error, dev vda, sector 2048 op 0x0", false},
		{"EXT4-fs error (device vda): bad", false},
		{"I/O error, dev vdab, sector 2048 op 0x0", true},
		{"I/O error, dev sda, sector 2048 op 0x0", true},
	};
	char record[128], expected[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(record, sizeof(record), "3,7,9,-;%s\n SUBSYSTEM=block\n", rows[i].line);
		put_file(t.boot.root, "dev/kmsg", record);
		snprintf(expected, sizeof(expected), HANGS DISK "%s; the kernel's log says \"%s\"",
			 rows[i].share ? SHARE : "", rows[i].line);
		assert_string_equal(reasons(PHASE_EXEC, -EIO), expected);
	}
	put_file(t.boot.root, "dev/kmsg", "11,7,9,-;I/O error, dev vda, of a process\n");
	assert_string_equal(reasons(PHASE_EXEC, -EIO), HANGS DISK SHARE MORE);
}

static void a_bundle_on_a_disk_is_named_as_it_was_given(void **state)
{
	t.boot.request.options.bundle = "block:/dev/vda,erofs";
	t.boot.request.manifest.n_storages = 2; /* the disk and its overlay */
	t.on[1] = REQUEST_NO_DEVICE;
	t.storages[1].driver = "overlayfs";
	assert_text(reasons(PHASE_EXEC, -EIO),
		    HANGS "; block:/dev/vda,erofs (/run/coldinit/bundle) is ext4");
	t.boot.request.manifest.n_storages = 0;
	t.boot.request.bundle = "virtiofs:demo/bundle";
	assert_string_equal(reasons(PHASE_SPEC, -EIO),
			    HANGS "; the bundle is virtiofs:demo/bundle" MORE);
}

static void devices_that_hang_are_named(void **state)
{
	assert_string_equal(reasons(PHASE_DEVICES, -ETIME), HANGS "; not ready: vfio-pci gpu0");
	t.results[1].ready = false;
	assert_string_equal(reasons(PHASE_DEVICES, -ETIME),
			    HANGS "; not ready: vfio-pci gpu0, blk storage /run/coldinit/bundle");
	t.boot.found.devices = NULL;
	assert_string_equal(reasons(PHASE_DEVICES, -ETIME), HANGS);
}

static void modules_of_another_kernel_are_named_once(void **state)
{
	snprintf(t.boot.modules.hint, sizeof(t.boot.modules.hint),
		 "; the initramfs has the modules of 6.1, the kernel is 6.12");
	assert_text(reasons(PHASE_SPEC, -ENODEV), HANGS "; the initramfs has the modules of 6.1");
	assert_string_equal(reasons(PHASE_CMDLINE, -EINVAL), HANGS);
	fault_set(&t.fault, -ENODEV, "x%s", t.boot.modules.hint);
	reasons_add(&t.boot, PHASE_DEVICES, false, &t.fault);
	assert_string_equal(t.fault.text,
			    "x; the initramfs has the modules of 6.1, the kernel is 6.12");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(errors_of_a_medium_name_disks_and_shares),
		TEST(the_kernels_log_selects_the_disk),
		TEST(a_bundle_on_a_disk_is_named_as_it_was_given),
		TEST(devices_that_hang_are_named),
		TEST(modules_of_another_kernel_are_named_once),
	};

	return RUN_TESTS(tests);
}
