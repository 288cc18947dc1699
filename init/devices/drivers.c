// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/devices/drivers.h"
#include "init/storage/storage.h"

/*
 * virtio devices that need a module whenever they are plugged in, by their PCI device number
 * (VIRTIO 1.2, 5): without the IOMMU's driver every other probe is deferred.
 */
static const struct {
	const char *device, *module;
} virtio[] = {
	{"0x1057", "virtio-iommu"}, {"0x1043", "virtio_console"}, {"0x1003", "virtio_console"},
	{"0x1044", "virtio-rng"}, /* the kernel's own thread takes entropy from it */
	{"0x1005", "virtio-rng"},
};

struct scan {
	const struct boot *boot;
	const struct modules *modules;
	struct fault *fault;
};

static int look_at(const char *name, void *arg)
{
	const struct scan *s = arg;
	char vendor[16], device[16];
	int err;

	if (root_read(s->boot->root, vendor, sizeof(vendor), "sys/bus/pci/devices/%s/vendor",
		      name) < 0 ||
	    strcmp(vendor, "0x1af4") != 0 ||
	    root_read(s->boot->root, device, sizeof(device), "sys/bus/pci/devices/%s/device",
		      name) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(virtio); i++) {
		if (strcmp(device, virtio[i].device) != 0)
			continue;
		err = modules_want(s->modules, "virtio_pci", s->fault);
		return err ? err : modules_want(s->modules, virtio[i].module, s->fault);
	}
	return 0;
}

/* What else is needed, by what a SOURCE or a way of reporting begins with. */
static const struct {
	const char *prefix, *module;
} words[] = {
	{"virtiofs:", "virtio_pci"},
	{"virtiofs:", "virtiofs"},
#ifdef CONFIG_REPORT_VSOCK
	{"vsock:", "vmw_vsock_virtio_transport"},
#endif
#ifdef CONFIG_SOURCE_FW_CFG
	{"fw_cfg:", "qemu_fw_cfg"},
#endif
#ifdef CONFIG_SOURCE_SMBIOS
	{"smbios", "dmi-sysfs"},
#endif
};

static int want_for(const char *word, const struct modules *m, struct fault *f)
{
	int err = 0;

	for (size_t i = 0; word && i < ARRAY_SIZE(words) && !err; i++)
		if (str_starts(word, words[i].prefix))
			err = modules_want(m, words[i].module, f);
	return err;
}

int drivers_load(const struct boot *b, const struct modules *m, struct fault *f)
{
	struct scan s = {b, m, f};
	int err = root_each(b->root, look_at, &s, "sys/bus/pci/devices");

	/* A guest without PCI has nothing plugged there. */
	if (err && err != -ENOENT)
		return err;
	err = want_for(b->options.manifest, m, f);
	if (!err)
		err = want_for(b->options.bundle, m, f);
	for (size_t i = 0; i < b->options.n_reports && !err; i++)
		err = want_for(b->options.reports[i], m, f);
	return err;
}

static int load_named(const struct boot *b, const struct modules *m, const struct kernel_module *k,
		      struct fault *f)
{
	char parameters[1024] = "", name[64];
	size_t n = 0;
	int err;

	for (size_t i = 0; i < k->n_parameters; i++) {
		if (str_printf(parameters + n, sizeof(parameters) - n, "%s%s", n ? " " : "",
			       k->parameters[i]))
			return fault_set(f, -E2BIG,
					 "kernel module %s: more than %zu bytes of parameters",
					 k->name, sizeof(parameters));
		n += strlen(parameters + n);
	}
	err = modules_load(m, k->name, parameters, f);
	if (err != -ENOENT)
		return err;
	/* Not in the initramfs: built in or loaded already is as good, unless it needs parameters.
	 */
	if (str_copy(name, sizeof(name), k->name))
		return err;
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return !n && root_exists(b->root, "sys/module/%s", name) ? 0 : err;
}

int drivers_load_named(const struct boot *b, const struct modules *m, struct fault *f)
{
	int err = 0;

	for (size_t i = 0; i < b->manifest.n_modules && !err; i++)
		err = load_named(b, m, &b->manifest.modules[i], f);
	if (!err)
		err = want_for(b->manifest.bundle, m, f);
	return err ? err : storage_modules(b, m, f);
}

#ifdef CONFIG_MOUNT_EXTRAS

int drivers_load_mounts(const struct boot *b, const struct modules *m, struct fault *f)
{
	int err = 0;

	/* A module has its file system's name; most of these have none, or are no file system. */
	for (size_t i = 0; i < b->config.n_mounts && !err; i++)
		if (*b->config.mounts[i].type)
			err = modules_want(m, b->config.mounts[i].type, f);
	return err;
}

#endif
