// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "dev/drive_bus.h"
#include "dev/sysfs.h"
#include "init/lib/root.h"
#include "init/lib/str.h"

#define DRIVE_BUS_ROUNDS 4 /* platform or PCI, virtio, SCSI, and one that finds no more */
#define VIRTIO_VENDOR	 0x1af4
#define VIRTIO_FIRST	 0x1000 /* device IDs of transitional functions, VIRTIO 1.2, 4.1.2.3 */
#define VIRTIO_MODERN	 0x1040 /* those of others are this and their type */
#define VIRTIO_LAST	 0x107f
#define QEMU_VENDOR	 0x1b36
#define QEMU_PVPANIC	 0x0011
#define CLASS_STORAGE	 0x01 /* linux/pci_ids.h */
#define CLASS_NETWORK	 0x02
#define SUBCLASS_IDE	 0x01
#define SUBCLASS_SATA	 0x06
#define SUBCLASS_NVME	 0x08

/* Devices that the firmware describes, by the beginning of their name. */
static const struct {
	const char *text;
	uint64_t kinds;
} drive_bus_names[] = {
	{"LNRO0005:", DRIVE_VIRTIO_ANY}, {"virtio", DRIVE_VIRTIO_ANY}, {"e820_pmem", DRIVE_PMEM},
	{"ACPI0012:", DRIVE_PMEM},	 {"pmem", DRIVE_PMEM},	       {"QEMU0002:", DRIVE_FW_CFG},
	{"fw-cfg", DRIVE_FW_CFG},	 {"PNP0C0C:", DRIVE_BUTTON},   {"LNXPWRBN:", DRIVE_BUTTON},
	{"gpio-keys", DRIVE_BUTTON},	 {"QEMU0001:", DRIVE_PANIC},
};

/* A bus before those of the devices that its drivers make. @kinds: which devices can be there */
static const struct drive_bus_type {
	const char *name;
	bool named;
	uint64_t kinds;
} drive_bus_types[] = {
	{"acpi", true, DRIVE_PMEM | DRIVE_BUTTON},
	{"platform", true,
	 DRIVE_VIRTIO_ANY | DRIVE_PMEM | DRIVE_FW_CFG | DRIVE_BUTTON | DRIVE_PANIC},
	{"pci", false,
	 DRIVE_VIRTIO_ANY | DRIVE_PCI_NETWORK | DRIVE_PCI_STORAGE | DRIVE_PCI_ATA | DRIVE_PCI_NVME |
		 DRIVE_PANIC},
	{"ccw", false, DRIVE_VIRTIO_ANY},
	{"virtio", false, DRIVE_VIRTIO_ANY},
	{"nd", false, DRIVE_PMEM},
	{"scsi", false, DRIVE_SCSI},
	{"ap", false, DRIVE_AP},
	{"hid", false, DRIVE_BUTTON},
};

/* A hexadecimal field of a modalias behind @key. Return: whether it is there. */
static bool drive_bus_field(const char **at, const char *key, size_t digits, unsigned *out)
{
	uint64_t value;

	if (!str_starts(*at, key) || strlen(*at + strlen(key)) < digits ||
	    str_number(*at + strlen(key), digits, 16, UINT32_MAX, &value))
		return false;
	*at += strlen(key) + digits;
	*out = (unsigned)value;
	return true;
}

static uint64_t drive_bus_virtio(unsigned type)
{
	return type < 48 ? DRIVE_VIRTIO(type) : 0;
}

/* pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00 */
static uint64_t drive_bus_pci(const char *at)
{
	unsigned vendor, device, sub_vendor, sub, class, subclass;

	if (!drive_bus_field(&at, "pci:v", 8, &vendor) || !drive_bus_field(&at, "d", 8, &device) ||
	    !drive_bus_field(&at, "sv", 8, &sub_vendor) || !drive_bus_field(&at, "sd", 8, &sub) ||
	    !drive_bus_field(&at, "bc", 2, &class) || !drive_bus_field(&at, "sc", 2, &subclass))
		return 0;
	if (vendor == VIRTIO_VENDOR && device >= VIRTIO_FIRST && device <= VIRTIO_LAST)
		return drive_bus_virtio(device < VIRTIO_MODERN ? sub : device - VIRTIO_MODERN);
	if (vendor == QEMU_VENDOR && device == QEMU_PVPANIC)
		return DRIVE_PANIC;
	if (class == CLASS_NETWORK)
		return DRIVE_PCI_NETWORK;
	if (class != CLASS_STORAGE)
		return 0;
	if (subclass == SUBCLASS_IDE || subclass == SUBCLASS_SATA)
		return DRIVE_PCI_ATA;
	return subclass == SUBCLASS_NVME ? DRIVE_PCI_NVME : DRIVE_PCI_STORAGE;
}

uint64_t drive_bus_kind(const char *modalias)
{
	const char *at = modalias;
	unsigned type;

	if (drive_bus_field(&at, "virtio:d", 8, &type) ||
	    drive_bus_field(&at, "ccw:t3832m", 2, &type))
		return drive_bus_virtio(type);
	if (str_starts(at, "scsi:"))
		return DRIVE_SCSI;
	if (str_starts(at, "nd:"))
		return DRIVE_PMEM;
	if (str_starts(at, "ap:"))
		return DRIVE_AP;
	if (str_starts(at, "hid:"))
		return DRIVE_BUTTON;
	return drive_bus_pci(at);
}

/* Names are "PNP0C0C:00", "gpio-keys", "virtio-mmio.0", or behind an address "9020000.fw-cfg". */
uint64_t drive_bus_named(const char *name)
{
	const char *dot = strchr(name, '.');
	uint64_t kinds = 0;

	for (size_t i = 0; i < ARRAY_SIZE(drive_bus_names); i++)
		if (str_starts(name, drive_bus_names[i].text) ||
		    (dot && str_starts(dot + 1, drive_bus_names[i].text)))
			kinds |= drive_bus_names[i].kinds;
	return kinds;
}

uint64_t drive_bus_disk(const char *name)
{
	if (str_starts(name, "vd"))
		return DRIVE_BLK;
	if (str_starts(name, "sd"))
		return DRIVE_SCSI_DISK | DRIVE_PCI_ATA;
	if (str_starts(name, "pmem"))
		return DRIVE_PMEM_DISK;
	return str_starts(name, "nvme") ? DRIVE_PCI_NVME : DRIVE_DISK;
}

/*
 * struct drive_bus_walk - a walk through the devices of the buses
 * @bus: the bus that is listed
 * @dir: the device whose suppliers are listed
 */
struct drive_bus_walk {
	int root;
	const struct drive_bus_type *bus;
	const char *dir;
	uint64_t kinds;
	drive_fn *fn;
	void *arg;
};

/*
 * Has a device a driver? One of ACPI can have it as itself or as a platform device. Return: 1, 0, or
 * a negative errno.
 */
static int drive_bus_is_bound(int root, const char *dir)
{
	static const char *const places[] = {"driver", "physical_node/driver",
					     "firmware_node/driver"};
	int there = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !there; i++)
		there = root_exists(root, "%s/%s", dir, places[i]);
	return there;
}

/*
 * Read an attribute of a device, "" if it has none or was removed in the meantime. Return: 0 or a
 * negative errno.
 */
static int drive_bus_read(int root, const char *dir, const char *name, char *text, size_t size)
{
	ssize_t n = root_read(root, text, size, "%s/%s", dir, name);

	if (n >= 0)
		return 0;
	*text = '\0';
	return n == -ENOENT || n == -ENODEV ? 0 : (int)n;
}

/* Call the function, but not if the device waits for a driver that was requested by its name. */
static int drive_bus_visit(const struct drive_bus_walk *w, const char *dir)
{
	char override[64];
	int err = drive_bus_read(w->root, dir, "driver_override", override, sizeof(override));

	if (err || (*override && strcmp(override, "(null)") != 0))
		return err;
	return w->fn(dir, w->arg);
}

/* What the device tree says that a device needs, such as the GPIO of a button. */
static int drive_bus_supplier(const char *name, void *arg)
{
	const struct drive_bus_walk *w = arg;
	char dir[SYSFS_DIR_MAX];
	int bound;

	if (!str_starts(name, "supplier:") ||
	    str_printf(dir, sizeof(dir), "%s/%s/supplier", w->dir, name))
		return 0;
	bound = drive_bus_is_bound(w->root, dir);
	if (bound)
		return bound < 0 ? bound : 0;
	return drive_bus_visit(w, dir);
}

static int drive_bus_see(const char *name, void *arg)
{
	const struct drive_bus_walk *w = arg;
	struct drive_bus_walk suppliers = *w;
	char dir[SYSFS_DIR_MAX], modalias[DRIVE_MODALIAS_MAX];
	uint64_t kinds = w->bus->named ? drive_bus_named(name) : 0;
	int err = 0;

	/* Before the path is formatted: a named bus has many devices that are of no interest. */
	if (w->bus->named && !(kinds & w->kinds))
		return 0;
	if (str_printf(dir, sizeof(dir), "sys/bus/%s/devices/%s", w->bus->name, name))
		return 0;
	if (!w->bus->named) {
		err = drive_bus_read(w->root, dir, "modalias", modalias, sizeof(modalias));
		kinds = err ? 0 : drive_bus_kind(modalias);
	}
	if (err || !(kinds & w->kinds))
		return err;
	err = drive_bus_is_bound(w->root, dir);
	if (err)
		return err < 0 ? err : 0;
	suppliers.dir = dir;
	err = w->bus->named ? root_each(w->root, drive_bus_supplier, &suppliers, "%s", dir) : 0;
	return err && err != -ENOENT ? err : drive_bus_visit(w, dir);
}

int drive_bus_each(int root, uint64_t kinds, drive_fn *fn, void *arg)
{
	struct drive_bus_walk w = {.root = root, .kinds = kinds, .fn = fn, .arg = arg};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(drive_bus_types) && (!err || err == -ENOENT); i++) {
		w.bus = &drive_bus_types[i];
		if (w.bus->kinds & kinds)
			err = root_each(root, drive_bus_see, &w, "sys/bus/%s/devices", w.bus->name);
	}
	return err == -ENOENT ? 0 : err; /* a guest without the last bus */
}

#ifdef CONFIG_MODULES_ALIAS

/*
 * struct drive_bus_job - one round of a search for modules
 * @found: there was one
 * @err: the error that ended it, with @fault set
 */
struct drive_bus_job {
	const struct dev_env *env;
	struct fault *fault;
	bool found;
	int err;
};

static int drive_bus_one(const char *dir, void *arg)
{
	struct drive_bus_job *job = arg;
	int found = drive_device(job->env, dir, job->fault);

	job->found |= found > 0;
	return job->err = found < 0 ? found : 0;
}

int drive_bus_load(const struct dev_env *env, uint64_t kinds, struct fault *fault)
{
	struct drive_bus_job job = {.env = env, .fault = fault, .found = true};
	int err = 0, any = 0;

	for (int i = 0; env->drive && kinds && job.found && !err && i < DRIVE_BUS_ROUNDS; i++) {
		job.found = false;
		err = drive_bus_each(env->root, kinds, drive_bus_one, &job);
		any |= job.found;
	}
	if (err && !job.err)
		return fault_strerror(fault, err, "cannot look for devices in /sys/bus");
	return err ? err : any;
}

#endif

int drive_bus_claim(struct claim *c, const struct dev_env *env, uint64_t kinds)
{
	c->drives = env->drive;
	return drive_bus_load(env, kinds, c->fault);
}

bool drive_bus_added(const struct uevent *ev)
{
	if (strcmp(ev->action, "add") != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(drive_bus_types); i++)
		if (!strcmp(ev->subsystem, drive_bus_types[i].name))
			return true;
	return false;
}

static int drive_bus_first(const char *dir, void *arg)
{
	return str_copy(arg, SYSFS_DIR_MAX, dir) ?: 1;
}

void drive_bus_explain(const struct dev_env *env, uint64_t kinds, struct fault *fault)
{
	char dir[SYSFS_DIR_MAX], hint[512];

	if (!env->drive || drive_bus_each(env->root, kinds, drive_bus_first, dir) <= 0)
		return;
	drive_hint(env, dir, false, hint, sizeof(hint));
	fault_add(fault, "; %s has no driver: %s", strrchr(dir, '/') + 1, hint);
}
