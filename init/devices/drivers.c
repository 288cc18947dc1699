// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/devices/drivers.h"
#include "init/guest/modules_alias.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/report.h"
#include "init/source/source.h"
#include "init/storage/storage.h"

#define PARAMETERS_MAX 1024 /* the parameters of one module, with their end, in bytes */

/*
 * virtio devices whose module is loaded if they are plugged in, by their PCI device ID (VIRTIO 1.2,
 * 4.1.2 and 5). Without the driver of the IOMMU, the kernel defers the probes of all others.
 */
static const struct {
	const char *device, *module;
} drivers_virtio[] = {
	{"0x1057", "virtio-iommu"},   {"0x1043", "virtio_console"},
	{"0x1003", "virtio_console"}, {"0x1044", "virtio-rng"}, /* source of the kernel's entropy */
	{"0x1005", "virtio-rng"},
};

/* @err: the error that ended the walk, with @fault set */
struct drivers_scan {
	int root, err;
	struct modules *modules;
	struct fault *fault;
};

static int drivers_look(const char *name, void *arg)
{
	struct drivers_scan *s = arg;
	char vendor[16], device[16] = "";
	ssize_t n =
		root_read(s->root, vendor, sizeof(vendor), "sys/bus/pci/devices/%s/vendor", name);

	if (n >= 0 && strcmp(vendor, "0x1af4") != 0)
		return 0;
	if (n >= 0)
		n = root_read(s->root, device, sizeof(device), "sys/bus/pci/devices/%s/device",
			      name);
	if (n < 0 && n != -ENOENT) /* it was removed in the meantime */
		return s->err = fault_set(s->fault, (int)n,
					  "cannot read vendor and device of %s: %m", name);
	for (size_t i = 0; i < ARRAY_SIZE(drivers_virtio); i++) {
		if (strcmp(device, drivers_virtio[i].device) != 0)
			continue;
		const char *const names[] = {"virtio_pci", drivers_virtio[i].module, NULL};

		return s->err = modules_want_all(s->modules, names, s->fault);
	}
	return 0;
}

int drivers_load(int root, struct modules *modules, const struct options *options,
		 struct fault *fault)
{
	struct drivers_scan s = {root, 0, modules, fault};
	int err = root_each(root, drivers_look, &s, "sys/bus/pci/devices");

	if (s.err)
		return s.err;
	if (err && err != -ENOENT) /* a guest without PCI */
		return fault_set(fault, err, "cannot list /sys/bus/pci/devices: %m");
	err = modules_want_all(modules, source_modules(options->manifest), fault);
	if (!err)
		err = modules_want_all(modules, source_modules(options->bundle), fault);
	for (size_t i = 0; i < options->n_reports && !err; i++)
		err = modules_want_all(modules, report_modules(options->reports[i]), fault);
	return err;
}

/* Write the parameters of a module as finit_module(2) takes them. */
static int drivers_parameters(const struct kernel_module *k, char text[PARAMETERS_MAX],
			      struct fault *fault)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < k->n_parameters; i++) {
		if (str_printf(text + n, PARAMETERS_MAX - n, "%s%s", n ? " " : "",
			       k->parameters[i]))
			return fault_set(fault, -E2BIG,
					 "kernel module %s: more than %d bytes of parameters",
					 k->name, PARAMETERS_MAX - 1);
		n += strlen(text + n);
	}
	return 0;
}

int drivers_check(const struct manifest *manifest, struct fault *fault)
{
	char ignored[PARAMETERS_MAX];
	int err = 0;

	for (size_t i = 0; i < manifest->n_modules && !err; i++)
		err = drivers_parameters(&manifest->modules[i], ignored, fault);
	for (size_t i = 0; i < manifest->n_storages && !err; i++)
		err = storage_check(&manifest->storages[i], fault);
	return err;
}

/* The manifest's parameters count for a module whenever it is loaded, also as a dependency. */
static int drivers_set_options(struct arena *arena, struct modules *m,
			       const struct manifest *manifest, struct fault *fault)
{
	struct modules_option *options = arena_alloc(arena, manifest->n_modules, sizeof(*options));
	char text[PARAMETERS_MAX];
	int err = 0;

	if (manifest->n_modules && !options)
		return fault_oom(fault);
	for (size_t i = 0; i < manifest->n_modules && !err; i++) {
		err = drivers_parameters(&manifest->modules[i], text, fault);
		options[i].name = manifest->modules[i].name;
		options[i].text = err ? "" : arena_strdup(arena, text);
		if (!options[i].text)
			return fault_oom(fault);
	}
	m->options = options;
	m->n_options = manifest->n_modules;
	return err;
}

static int drivers_load_named(int root, struct modules *m, const struct kernel_module *k,
			      struct fault *fault)
{
	char name[MODULES_NAME_MAX];
	int err = modules_load(m, k->name, fault), there;

	if (err != -ENOENT)
		return err;
	/* The module may be built in or loaded already; then it cannot get parameters. */
	if (str_copy(name, sizeof(name), k->name))
		return err;
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	there = k->n_parameters ? 0 : root_look(root, fault, "sys/module/%s", name);
	return there > 0 ? 0 : there ? there : err;
}

int drivers_load_requested(struct arena *arena, int root, struct modules *modules,
			   const struct manifest *manifest, struct fault *fault)
{
	int err = drivers_set_options(arena, modules, manifest, fault);

	for (size_t i = 0; i < manifest->n_modules && !err; i++)
		err = drivers_load_named(root, modules, &manifest->modules[i], fault);
	if (!err)
		err = modules_want_all(modules, source_modules(manifest->bundle), fault);
	for (size_t i = 0; i < manifest->n_storages && !err; i++)
		err = storage_modules(&manifest->storages[i], modules, fault);
	return err;
}

#ifdef CONFIG_MOUNT_EXTRAS

int drivers_load_mounts(struct modules *modules, const struct oci_config *config,
			struct fault *fault)
{
	int err = 0;

	/* Most types are built in or are no file system. */
	for (size_t i = 0; i < config->n_mounts && !err; i++)
		if (*config->mounts[i].type)
			err = modules_want_fs(modules, config->mounts[i].type, fault);
	return err;
}

#endif
