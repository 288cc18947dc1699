// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/str.h"
#include "init/report/report.h"
#include "init/request/request.h"
#include "init/source/digest.h"
#include "init/source/source.h"
#include "init/storage/storage.h"

#define DEFAULT_BUNDLE "initrd:/coldinit/bundle"

int request_read_options(struct arena *arena, const char *line, struct request *out,
			 struct fault *fault)
{
	struct options *o = &out->options;
	int err = options_parse(arena, line, o, fault);

	for (size_t i = 0; i < o->n_reports && !err; i++) {
		err = report_check(o->reports[i], fault);
		if (err)
			return fault_prefix(fault, err, "coldinit.report");
	}
	return err ? err : request_read_ip(arena, out, fault);
}

/* --- devices ------------------------------------------------------------------------------- */

/* Copy the manifest's devices, with room for all others. */
static int request_start_devices(struct arena *arena, struct request *request)
{
	const struct manifest *m = &request->manifest;
	size_t more = request->options.n_devices + m->network.n_interfaces + 2 * m->n_storages;

	request->n_devices = m->n_devices;
	request->devices = arena_extend(arena, m->devices, m->n_devices, more, sizeof(*m->devices));
	return request->devices ? 0 : -ENOMEM;
}

static bool request_has_id(const struct request *request, const char *id)
{
	for (size_t i = 0; i < request->n_devices; i++)
		if (!strcmp(request->devices[i].id, id))
			return true;
	return false;
}

/* Add the devices of coldinit.device=. */
static int request_add_words(struct arena *arena, struct request *request, struct fault *fault)
{
	for (size_t i = 0; i < request->options.n_devices; i++) {
		struct device device;
		int err = device_word_parse(arena, request->options.devices[i], &device, fault);

		if (err)
			return err;
		if (*device.id && request_has_id(request, device.id))
			return fault_set(fault, -EEXIST, "there is another device with id \"%s\"",
					 device.id);
		request->devices[request->n_devices++] = device;
	}
	return 0;
}

/* Add the devices that storages are on. */
static int request_add_disks(struct arena *arena, struct request *request, struct fault *fault)
{
	size_t n = request->manifest.n_storages;
	int found;

	request->storage_device = arena_alloc(arena, n, sizeof(*request->storage_device));
	if (n && !request->storage_device)
		return fault_oom(fault);
	for (size_t i = 0; i < n; i++) {
		found = storage_device(arena, &request->manifest.storages[i],
				       &request->devices[request->n_devices], fault);
		if (found < 0)
			return found;
		request->storage_device[i] = found ? request->n_devices++ : REQUEST_NO_DEVICE;
		found = storage_hash_device(arena, &request->manifest.storages[i],
					    &request->devices[request->n_devices], fault);
		if (found < 0)
			return found;
		request->n_devices += (size_t)found;
	}
	return 0;
}

static int request_list_devices(struct arena *arena, struct request *request, struct fault *fault)
{
	int err;

	if (request_start_devices(arena, request))
		return fault_oom(fault);
	err = request_add_words(arena, request, fault);
	if (err)
		return fault_prefix(fault, err, "coldinit.device");
	if (request_add_interfaces(arena, request))
		return fault_oom(fault);
	request->n_listed = request->n_devices;
	return request_add_disks(arena, request, fault);
}

/* --- the manifest -------------------------------------------------------------------------- */

static int request_parse(struct arena *arena, const char *text, size_t len, struct request *out,
			 struct fault *fault)
{
	const char *digest = out->options.sha256;
	int err;

	manifest_defaults(&out->manifest);
	if (!text)
		return digest ? fault_set(fault, -ENOENT,
					  "coldinit.sha256= is given, but there is no manifest")
			      : 0;
	err = digest ? digest_check(text, len, digest, fault) : 0;
	if (err)
		return err;
	err = manifest_parse(arena, text, len, &out->manifest, fault);
	return err ? fault_prefix(fault, err, "manifest") : 0;
}

/* A bundle on a disk adds two storages: the disk, and an overlay over it. */
static int request_find_bundle(struct arena *arena, struct request *request, struct fault *fault)
{
	struct manifest *m = &request->manifest;
	const struct source_type *type;
	int err;

	request->bundle = request->options.bundle ? request->options.bundle
			  : *m->bundle		  ? m->bundle
						  : DEFAULT_BUNDLE;
	type = source_find(request->bundle);
	if (!type || type->kind != SOURCE_BLOCK)
		return 0;
	err = storage_disk_bundle(arena, request->bundle + strlen(type->prefix), BUNDLE_DIR, m,
				  fault);
	return err ? fault_prefix(fault, err, "bundle") : 0;
}

int request_read_manifest(struct arena *arena, const char *text, size_t len, struct request *out,
			  struct fault *fault)
{
	int err = request_parse(arena, text, len, out, fault);

	if (err)
		return err;
	if (request_merge_ip(arena, out))
		return fault_oom(fault);
	err = request_find_bundle(arena, out, fault);
	return err ? err : request_list_devices(arena, out, fault);
}
