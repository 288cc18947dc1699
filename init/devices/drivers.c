// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "dev/drive_bus.h"
#include "init/devices/drivers.h"
#include "init/devices/images.h"
#include "init/guest/modules_alias.h"
#include "init/guest/modules_words.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/report/report.h"
#include "init/source/source.h"
#include "init/storage/storage.h"

#define PARAMETERS_MAX 1024 /* the parameters of one module, with their end, in bytes */

/* struct drivers - where modules are loaded from */
struct drivers {
	struct modules *modules;
	struct dev_env env;
};

static int drivers_drive(void *arg, const char *modalias, struct fault *fault)
{
	return modules_load_alias(arg, modalias, fault);
}

static struct drivers drivers_begin(int root, struct modules *m)
{
	/* Without modules there is nothing to look for. */
	return (struct drivers){
		m, {.root = root, .drive = m->dep ? drivers_drive : NULL, .drive_arg = m}};
}

/* The devices that a SOURCE or a report is behind. */
static uint64_t drivers_behind(const char *word)
{
	static const struct {
		const char *prefix;
		uint64_t kinds;
	} rows[] = {{"virtiofs:", DRIVE_SHARE}, {"vsock:", DRIVE_VSOCK}, {"fw_cfg:", DRIVE_FW_CFG}};

	for (size_t i = 0; word && i < ARRAY_SIZE(rows); i++)
		if (str_starts(word, rows[i].prefix))
			return rows[i].kinds;
	return 0;
}

/*
 * A device on MMIO that only the kernel command line describes is made by the module that reads its
 * parameter (admin-guide/kernel-parameters.txt, "virtio_mmio.device").
 */
static int drivers_load_described(struct modules *m, struct fault *fault)
{
	bool described = m->line && strstr(m->line, "virtio_mmio.device=");

	return described ? modules_want(m, "virtio_mmio", fault) : 0;
}

int drivers_load(int root, struct modules *modules, const struct options *options,
		 struct fault *fault)
{
	const struct drivers d = drivers_begin(root, modules);
	/* Without the driver of the IOMMU, the kernel defers the probes of all others. */
	uint64_t kinds = DRIVE_IOMMU | DRIVE_CONSOLE | DRIVE_RNG | DRIVE_PANIC |
			 drivers_behind(options->manifest) | drivers_behind(options->bundle);
	int err = drivers_load_described(modules, fault);

	for (size_t i = 0; i < options->n_reports; i++)
		kinds |= drivers_behind(options->reports[i]);
	if (!err)
		err = drive_bus_load(&d.env, kinds, fault);
	if (err >= 0)
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
	return err ? err : images_check(manifest, fault);
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
	const struct drivers d = drivers_begin(root, modules);
	uint64_t kinds = drivers_behind(manifest->bundle);
	int err = drivers_set_options(arena, modules, manifest, fault);

	for (size_t i = 0; i < manifest->n_modules && !err; i++)
		if (!manifest->modules[i].from)
			err = drivers_load_named(root, modules, &manifest->modules[i], fault);
	for (size_t i = 0; i < manifest->n_storages; i++)
		if (!strcmp(manifest->storages[i].driver, "virtio-fs"))
			kinds |= DRIVE_SHARE;
	if (!err)
		err = drive_bus_load(&d.env, kinds, fault);
	if (err >= 0)
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

/* Follow a bool through "PARAMETER=VALUE PARAMETER=VALUE", as the kernel reads it (kstrtobool()). */
static bool drivers_follow(const char *text, const char *name, bool on)
{
	size_t n;

	for (; *text; text += strcspn(text, " "), text += *text == ' ') {
		n = modules_words_begin(text, name);
		if (n && text[n] == '=' && text[n + 1])
			on = strchr("1yYtT", text[n + 1]) || !strncmp(text + n + 1, "on", 2);
		else if (n && (!text[n] || text[n] == ' '))
			on = true;
	}
	return on;
}

bool drivers_is_set(const char *line, const struct manifest *m, const char *module,
		    const char *name)
{
	char text[PARAMETERS_MAX];
	bool on = false;

	if (!modules_words_parameters(line, module, text, sizeof(text)))
		on = drivers_follow(text, name, on);
	for (size_t i = 0; i < m->n_modules; i++) {
		const struct kernel_module *k = &m->modules[i];

		for (size_t j = 0; modules_words_same(k->name, module) && j < k->n_parameters; j++)
			on = drivers_follow(k->parameters[j], name, on);
	}
	return on;
}
