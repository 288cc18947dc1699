// SPDX-License-Identifier: Apache-2.0
/* Modules for what is plugged in and waited for, on every bus. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/drive_bus.h"
#include "init/lib/str.h"
#include "tests/unit/support/fake_kernel.h"

static char loaded[512]; /* the modaliases that modules were requested for */

/* An initramfs that has all drivers but those of "absent". */
static int fake_drive(void *arg, const char *modalias, struct fault *f)
{
	size_t n = strlen(loaded);

	(void)arg;
	snprintf(loaded + n, sizeof(loaded) - n, "%s%s", n ? " " : "", modalias);
	if (!strcmp(modalias, "virtio:d00000009vbroken"))
		return fault_set(f, -ENOEXEC, "broken");
	/* virtio_mmio makes a disk and a network interface. */
	if (strstr(modalias, "LNRO0005") && !strstr(loaded, "virtio:")) {
		fake_file(&k, "virtio:d00000002v00001AF4\n",
			  "sys/bus/virtio/devices/virtio0/modalias");
		fake_file(&k, "virtio:d00000001v00001AF4\n",
			  "sys/bus/virtio/devices/virtio1/modalias");
	}
	return !strstr(modalias, "absent");
}

static void device(const char *bus, const char *name, const char *modalias)
{
	fake_file(&k, modalias, "sys/bus/%s/devices/%s/modalias", bus, name);
}

static void test_kinds_of_devices(void **state)
{
	static const struct {
		const char *modalias;
		uint64_t kinds;
	} rows[] = {
		{"virtio:d00000001v00001AF4", DRIVE_VIRTIO(1)},
		{"virtio:d00000017v554D4551", DRIVE_IOMMU},
		{"virtio:d0000001Av00001AF4", DRIVE_SHARE},
		{"virtio:d00000040v00001AF4", 0},
		{"virtio:dFFFFFFFFv00001AF4", 0},
		{"virtio:d0000", 0},
		{"ccw:t3832m01dt0000dm00", DRIVE_VIRTIO(1)},
		{"ccw:t3832m08dt0000dm00", DRIVE_VIRTIO(8)},
		{"ccw:t3390m0Adt0000dm00", 0},
		/* a modern and a transitional function, and one of another vendor */
		{"pci:v00001AF4d00001057sv00001AF4sd00001100bc00scFFi00", DRIVE_IOMMU},
		{"pci:v00001AF4d00001005sv00001AF4sd00000004bc00scFFi00", DRIVE_RNG},
		{"pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00", DRIVE_BLK},
		/* a share has the class of a disk */
		{"pci:v00001AF4d0000105Asv00001AF4sd00001100bc01sc80i00", DRIVE_SHARE},
		{"pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00", DRIVE_PCI_NETWORK},
		{"pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02", DRIVE_PCI_NVME},
		{"pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01", DRIVE_PCI_ATA},
		{"pci:v00001000d00000012sv00001000sd00000000bc01sc00i00", DRIVE_PCI_STORAGE},
		{"pci:v00001B36d00000011sv00001AF4sd00001100bc08sc80i00", DRIVE_PANIC},
		{"pci:v00001AF4d00001110sv00001AF4sd00001100bc05sc00i00", 0},
		{"pci:v00001234d000011E8sv00001AF4sd00001100bc00scFFi00", 0},
		{"pci:v00001AF4", 0},
		{"scsi:t-0x00", DRIVE_SCSI},
		{"nd:t4", DRIVE_PMEM},
		{"ap:t0E", DRIVE_AP},
		{"hid:b0003g0001v00000627p00000001", DRIVE_BUTTON},
		{"usb:v0627p0001d0000dc00", 0},
		{"", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (drive_bus_kind(rows[i].modalias) != rows[i].kinds)
			fail_msg("%s", rows[i].modalias);
}

static void test_devices_of_the_firmware_by_their_names(void **state)
{
	assert_int_equal(drive_bus_named("LNRO0005:00"), DRIVE_VIRTIO_ANY);
	assert_int_equal(drive_bus_named("a003e00.virtio_mmio"), DRIVE_VIRTIO_ANY);
	assert_int_equal(drive_bus_named("PNP0C0C:00"), DRIVE_BUTTON);
	assert_int_equal(drive_bus_named("gpio-keys"), DRIVE_BUTTON);
	assert_int_equal(drive_bus_named("ACPI0012:00"), DRIVE_PMEM);
	assert_int_equal(drive_bus_named("9020000.fw-cfg"), DRIVE_FW_CFG);
	assert_int_equal(drive_bus_named("serial8250"), 0);
}

static void test_disks_by_the_names_of_their_nodes(void **state)
{
	assert_int_equal(drive_bus_disk("vda"), DRIVE_BLK);
	assert_int_equal(drive_bus_disk("sda"), DRIVE_SCSI_DISK | DRIVE_PCI_ATA);
	assert_int_equal(drive_bus_disk("pmem0"), DRIVE_PMEM_DISK);
	assert_int_equal(drive_bus_disk("nvme0n1"), DRIVE_PCI_NVME);
	assert_int_equal(drive_bus_disk("mapper/a"), DRIVE_DISK);
}

static int load(uint64_t kinds)
{
	k.env.drive = fake_drive;
	loaded[0] = '\0';
	return drive_bus_load(&k.env, kinds, &fault);
}

static void test_what_a_driver_makes_is_driven_too(void **state)
{
	device("platform", "LNRO0005:00", "acpi:LNRO0005:\n");
	device("platform", "serial8250", "platform:serial8250\n");
	assert_int_equal(load(DRIVE_BLK), 1);
	assert_non_null(strstr(loaded, "acpi:LNRO0005: virtio:d00000002v00001AF4"));
	assert_null(strstr(loaded, "d00000001"));
	assert_null(strstr(loaded, "serial8250"));
}

static void test_only_what_has_no_driver(void **state)
{
	fake_file(&k, "", "sys/bus/virtio/drivers/virtio_net/bind");
	fake_file(&k, "", "sys/bus/acpi/drivers/button/bind");
	device("virtio", "virtio0", "virtio:d00000001v00001AF4\n");
	fake_link(&k, "/sys/bus/virtio/drivers/virtio_net",
		  "sys/bus/virtio/devices/virtio0/driver");
	device("pci", "0000:00:05.0", "pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00\n");
	fake_file(&k, "vfio-pci\n", "sys/bus/pci/devices/0000:00:05.0/driver_override");
	/* the platform device of a button that has a driver of ACPI */
	device("acpi", "PNP0C0C:00", "acpi:PNP0C0C:\n");
	fake_link(&k, "/sys/bus/acpi/drivers/button", "sys/bus/acpi/devices/PNP0C0C:00/driver");
	device("platform", "PNP0C0C:00", "acpi:PNP0C0C:\n");
	fake_link(&k, "/sys/bus/acpi/devices/PNP0C0C:00",
		  "sys/bus/platform/devices/PNP0C0C:00/firmware_node");
	assert_int_equal(load(DRIVE_NETWORK | DRIVE_BUTTON), 0);
	assert_string_equal(loaded, "");
}

static void test_nothing_without_a_kind_a_bus_or_modules(void **state)
{
	assert_int_equal(load(DRIVE_DISK), 0);
	device("virtio", "virtio0", "virtio:d00000001v00001AF4\n");
	assert_int_equal(load(0), 0);
	assert_int_equal(load(DRIVE_BLK), 0);
	assert_string_equal(loaded, "");
	k.env.drive = NULL;
	assert_int_equal(drive_bus_load(&k.env, DRIVE_NETWORK, &fault), 0);
}

static void test_suppliers_come_first(void **state)
{
	device("platform", "gpio-keys", "of:Ngpio-keysT(null)Cgpio-keys\n");
	device("amba", "9030000.pl061", "amba:d00041061\n");
	fake_link(&k, "/sys/bus/amba/devices/9030000.pl061",
		  "sys/bus/platform/devices/gpio-keys/supplier:amba:9030000.pl061/supplier");
	assert_int_equal(load(DRIVE_BUTTON), 1);
	assert_true(str_starts(loaded, "amba:d00041061 of:Ngpio-keysT(null)Cgpio-keys"));
}

static void test_a_module_that_fails_is_an_error(void **state)
{
	device("virtio", "virtio0", "virtio:d00000009vbroken\n");
	assert_int_equal(load(DRIVE_VIRTIO(9)), -ENOEXEC);
	assert_string_equal(fault.text, "broken");
}

/* --- devices that wait --------------------------------------------------------------------- */

static struct settle *wait_for(const struct device *d)
{
	struct settle *s;

	k.env.drive = fake_drive;
	loaded[0] = '\0';
	assert_int_equal(settle_begin(&s, &k.env, d, r, 1, 0, &fault), 0);
	assert_int_equal(settle_pending(s), 1);
	return s;
}

static void test_a_disk_waits_for_its_bus(void **state)
{
	struct device d = {.type = "mmioblk", .id = "", .vm_path = "/dev/vda", .required = true};
	struct settle *s = wait_for(&d);

	assert_string_equal(loaded, "");
	device("virtio", "virtio3", "virtio:d00000002v00001AF4\n");
	fake_event(s, "add", "/devices/platform/LNRO0005:00/virtio3", "virtio", 10);
	assert_non_null(strstr(loaded, "virtio:d00000002v00001AF4"));
	assert_int_equal(settle_pending(s), 1);
}

static void test_a_wait_that_expires_names_the_device(void **state)
{
	struct device d = {.type = "net", .id = "", .vm_path = "*", .required = true};
	struct settle *s;

	device("virtio", "virtio3", "virtio:d00000001vabsent\n");
	s = wait_for(&d);
	settle_expire(s, 100 * 1000 * 1000);
	assert_int_equal(settle_end(s, &fault), -ETIME);
	assert_text(fault.text, "; virtio3 has no driver: no module of the initramfs is for it");
	assert_text(fault.text, "modalias virtio:d00000001vabsent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(test_kinds_of_devices),
		FAKE_TEST(test_devices_of_the_firmware_by_their_names),
		FAKE_TEST(test_disks_by_the_names_of_their_nodes),
		FAKE_TEST(test_what_a_driver_makes_is_driven_too),
		FAKE_TEST(test_only_what_has_no_driver),
		FAKE_TEST(test_nothing_without_a_kind_a_bus_or_modules),
		FAKE_TEST(test_suppliers_come_first),
		FAKE_TEST(test_a_module_that_fails_is_an_error),
		FAKE_TEST(test_a_disk_waits_for_its_bus),
		FAKE_TEST(test_a_wait_that_expires_names_the_device),
	};

	return RUN_TESTS(tests);
}
