// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "dev/ops.h"
#include "init/bundle/cdi.h"
#include "init/devices/drivers.h"
#include "init/devices/images.h"
#include "init/guest/mounts.h"
#include "init/lib/root.h"
#include "init/live.h"
#include "init/network/network.h"
#include "init/run/hook_programs.h"
#include "init/source/source.h"

static ssize_t live_command_line(struct boot *b, char *line, size_t size, struct fault *fault)
{
	ssize_t n = root_read(b->root, line, size, "proc/cmdline");

	return n < 0 ? fault_strerror(fault, (int)n, "cannot read /proc/cmdline") : n;
}

static ssize_t live_manifest(struct boot *b, const char *word, char **text, struct fault *fault)
{
	ssize_t n = word ? source_read(word, b->initrd, b->root, MANIFEST_MAX, text, fault) : 0;

	return n < 0 ? fault_prefix(fault, (int)n, "manifest") : n;
}

static int live_prepare(const char *source, struct fault *fault)
{
	return mounts_is_extra(source) ? mounts_extra(fault) : 0;
}

/* The mounts that something of the manifest needs. */
static int live_mounts(const struct manifest *m, struct fault *fault)
{
	int err = m->n_services || m->n_cdi_generator ? mounts_extra(fault) : 0;

	for (size_t i = 0; i < m->n_storages && !err; i++)
		err = live_prepare(m->storages[i].mount_point, fault);
	return err;
}

static int live_drivers(struct boot *b, const struct devices_env *env, struct fault *fault)
{
	int err = live_mounts(&b->request.manifest, fault);

	if (!err)
		err = drivers_load_requested(&b->arena, b->root, &b->modules, &b->request.manifest,
					     fault);
	if (err)
		return err;
	/* From here on uevents are read as long as the guest lives. */
	b->uevents.loop = b->loop;
	b->uevents.env = env->dev;
	err = uevents_start(&b->uevents);
	if (err)
		return fault_strerror(fault, err, "uevents");
	return images_load(env, &b->request, &b->modules, &b->found, fault);
}

static int live_module(void *arg, const char *module, struct fault *fault)
{
	struct boot *b = arg;

	return modules_want(&b->modules, module, fault);
}

static int live_drive(void *arg, const char *modalias, struct fault *fault)
{
	struct boot *b = arg;

	return modules_load_alias(&b->modules, modalias, fault);
}

static int live_wait(void *arg, struct settle *settle, struct fault *fault)
{
	struct boot *b = arg;

	b->uevents.presence.results = b->found.devices;
	return uevents_wait(&b->uevents, &b->signals, settle, fault);
}

static int live_network(struct boot *b, struct fault *fault)
{
	return network_set_up(&b->arena, &b->request, &b->found, fault);
}

static int live_bundle(struct boot *b, struct fault *fault)
{
	int err = bundle_open(&b->arena, b->initrd, b->root, &b->request, &b->found, &b->bundle,
			      fault);

	b->services = (struct services){.manifest = &b->request.manifest,
					.root = b->root,
					.initrd = b->initrd,
					.loop = b->loop,
					.signals = &b->signals};
	return err ? err : services_start(&b->services, &b->arena, fault);
}

static ssize_t live_config(struct boot *b, char **text, struct fault *fault)
{
	return bundle_read_config(&b->bundle, text, fault);
}

static int live_cdi(void *arg, struct oci_document *doc, struct fault *fault)
{
	struct boot *b = arg;
	const struct cdi_env env = {
		.arena = &b->arena,
		.root = b->root,
		.specs = b->root,
		.initrd = b->initrd,
		.loop = b->loop,
		.signals = &b->signals,
		.request = &b->request,
		.found = &b->found,
	};

	return cdi_devices(&env, doc, fault);
}

static int live_program(void *arg, const char *path, struct fault *fault)
{
	const struct boot *b = arg;

	return hook_programs_has(b->initrd, b->root, path, fault);
}

const struct boot_ops live_ops = {
	.live = true,
	.dev = &dev_ops_live,
	.read_command_line = live_command_line,
	.read_manifest = live_manifest,
	.load_drivers = live_drivers,
	.load_module = live_module,
	.drive = live_drive,
	.wait_devices = live_wait,
	.set_up_network = live_network,
	.open_bundle = live_bundle,
	.read_config = live_config,
	.inject_cdi = live_cdi,
	.prepare_source = live_prepare,
	.has_program = live_program,
};
