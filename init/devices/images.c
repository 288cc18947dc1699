// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/devices/images.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/lib/walk.h"
#include "init/storage/storage.h"

#define FIRMWARE_PATH "sys/module/firmware_class/parameters/path"

/* Return: the number of storages up to the one that has a path, 0 if none has. */
static size_t images_up_to(const struct manifest *m, const char *path)
{
	size_t last = 0;

	for (size_t i = 0; i < m->n_storages; i++) {
		const char *top = m->storages[i].mount_point;
		size_t n = strlen(top);

		if (!strncmp(path, top, n) && (!path[n] || path[n] == '/'))
			last = i + 1;
	}
	return last;
}

static int images_need(const struct manifest *m, const char *path, size_t *last,
		       struct fault *fault)
{
	size_t n = path ? images_up_to(m, path) : 1;

	if (!n)
		return fault_set(fault, -EINVAL,
				 "%s has no drivers: it is not below the mount_point of a storage",
				 path);
	if (path && n > *last)
		*last = n;
	return 0;
}

/* @last: gets the number of storages that have to be mounted */
static int images_count(const struct manifest *m, size_t *last, struct fault *fault)
{
	int err = images_need(m, m->firmware, last, fault);

	if (err)
		return fault_prefix(fault, err, "firmware");
	for (size_t i = 0; i < m->n_modules && !err; i++) {
		err = images_need(m, m->modules[i].from, last, fault);
		if (err)
			fault_prefix(fault, err, "kernel module %s: modules_from",
				     m->modules[i].name);
	}
	return err;
}

int images_check(const struct manifest *manifest, struct fault *fault)
{
	size_t ignored = 0;

	return images_count(manifest, &ignored, fault);
}

/* Return: how many disks a storage is on. */
static size_t images_disks(const struct request *request, size_t storage)
{
	if (request->storage_device[storage] == REQUEST_NO_DEVICE)
		return 0;
	return request->manifest.storages[storage].hash_source ? 2 : 1;
}

/* Wait for the disks of the first @n storages only, and mount these. */
static int images_mount(const struct devices_env *env, const struct request *request, size_t n,
			struct found *found, struct fault *fault)
{
	const struct storage *storages = request->manifest.storages;
	struct request part = *request;
	struct found disks = {0};
	size_t at = 0;
	int err = 0;

	part.n_devices = part.n_listed = 0;
	part.devices = arena_alloc(env->dev.arena, 2 * n, sizeof(*part.devices));
	found->mounted = arena_alloc(env->dev.arena, request->manifest.n_storages, sizeof(bool));
	if (!part.devices || !found->mounted)
		return fault_oom(fault);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < images_disks(request, i); k++)
			part.devices[part.n_devices++] =
				request->devices[request->storage_device[i] + k];
	err = devices_find(env, &part, &disks, fault);
	for (size_t i = 0; i < n && !err; i++) {
		size_t n_disks = images_disks(request, i);

		err = storage_mount(env->dev.root, &storages[i],
				    n_disks ? &disks.devices[at] : NULL, fault);
		at += n_disks;
		found->mounted[i] = true;
	}
	return err;
}

/* The modules of one image, opened once. */
static int images_open(const struct devices_env *env, struct modules *first, const char *path,
		       struct modules **out, struct fault *fault)
{
	struct modules **end = &first->next;
	int err;

	for (; *end; end = &(*end)->next)
		if (!strcmp((*end)->from, path)) {
			*out = *end;
			return 0;
		}
	int top cleanup(fd_close) = walk_open(env->dev.root, path);
	if (top < 0)
		return fault_strerror(fault, top, "cannot open %s", path);
	struct modules *m = arena_alloc(env->dev.arena, 1, sizeof(*m));
	if (!m)
		return fault_oom(fault);
	err = modules_open(m, top, env->dev.root, fault);
	if (!err && !m->dep)
		err = fault_set(fault, -ENOENT, "no /%s/modules.dep in %s%s", m->dir, path,
				m->hint);
	if (err)
		return err;
	m->initrd = fd_take(&top);
	m->from = path;
	m->first = first;
	m->options = first->options;
	m->n_options = first->n_options;
	*end = *out = m;
	return 0;
}

int images_load(const struct devices_env *env, const struct request *request,
		struct modules *modules, struct found *found, struct fault *fault)
{
	const struct manifest *m = &request->manifest;
	struct modules *image = NULL;
	size_t last = 0;
	int err = images_count(m, &last, fault);

	if (err || !last)
		return err;
	err = images_mount(env, request, last, found, fault);
	if (!err && m->firmware) {
		err = root_write(env->dev.root, m->firmware, FIRMWARE_PATH);
		if (err)
			fault_strerror(fault, err, "firmware: cannot write /" FIRMWARE_PATH);
	}
	for (size_t i = 0; i < m->n_modules && !err; i++) {
		if (!m->modules[i].from)
			continue;
		err = images_open(env, modules, m->modules[i].from, &image, fault);
		if (!err)
			err = modules_load(image, m->modules[i].name, fault);
		if (err)
			return fault_prefix(fault, err, "kernel module %s of %s",
					    m->modules[i].name, m->modules[i].from);
	}
	return err;
}
