// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/guest/kmsg.h"
#include "init/lib/str.h"
#include "init/verdict/reasons.h"

#define LINE_SHOWN 160

/* The errnos of a medium that cannot be read, a damaged file system, a daemon that has gone. */
static bool reasons_is_medium(int err)
{
	static const int medium[] = {EIO,      EUCLEAN, EBADMSG,   EREMOTEIO, EILSEQ,
				     ENOTCONN, ESTALE,	ETIMEDOUT, ENOMEDIUM};

	for (size_t i = 0; i < ARRAY_SIZE(medium); i++)
		if (err == -medium[i])
			return true;
	return false;
}

/* A line of the block layer or of a file system that reports an error. */
static bool reasons_is_error(const char *line, void *arg)
{
	static const char *const words[] = {
		"I/O error",	  " error, dev ", "SQUASHFS error",   "EXT4-fs error",
		"erofs: (device", "virtiofs",	  "blocked for more", "device-mapper: verity"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(line, words[i])) {
			snprintf(arg, LINE_SHOWN, "%s", line);
			return true;
		}
	return false;
}

/* Does a line of the kernel's log name this disk? */
static bool reasons_names(const char *line, const char *node)
{
	const char *name = strrchr(node, '/'), *at = name ? strstr(line, name + 1) : NULL;
	char behind = at ? at[strlen(name + 1)] : '\0';

	return at && (at == line || at[-1] == ' ' || at[-1] == '(') &&
	       (behind == '\0' || strchr(" ,:)", behind));
}

/* One storage: its place in the manifest, its file system, its disk or share. */
static void reasons_add_storage(const struct boot *b, size_t i, struct fault *fault)
{
	const struct storage *s = &b->request.manifest.storages[i];
	size_t at = b->request.storage_device[i];
	const char *bundle = b->request.options.bundle;

	/* A bundle on a disk is two storages behind those of the manifest. */
	if (bundle && str_starts(bundle, "block:") && i + 2 >= b->request.manifest.n_storages)
		fault_add(fault, "; %.100s", bundle);
	else
		fault_add(fault, "; /storages/%zu of the manifest", i);
	fault_add(fault, " (%.100s) is %s", s->mount_point, *s->fstype ? s->fstype : s->driver);
	if (at == REQUEST_NO_DEVICE)
		fault_add(fault, " of the share \"%.100s\"", s->source);
	else if (b->found.devices && b->found.devices[at].node[0])
		fault_add(fault, " on %s (disk \"%.100s\")", b->found.devices[at].node, s->source);
	else
		fault_add(fault, " on the disk \"%.100s\"", s->source);
}

/* Can the storage hang, or fail to be read? Those in memory and layers of others cannot. */
static bool reasons_is_outside(const struct boot *b, size_t i)
{
	return b->request.storage_device[i] != REQUEST_NO_DEVICE ||
	       !strcmp(b->request.manifest.storages[i].driver, "virtio-fs");
}

static const char *reasons_node(const struct boot *b, size_t i)
{
	size_t at = b->request.storage_device[i];

	return at == REQUEST_NO_DEVICE || !b->found.devices ? "" : b->found.devices[at].node;
}

/* The storages, only one of them if the kernel's log names its disk. */
static void reasons_add_media(const struct boot *b, struct fault *fault)
{
	const struct manifest *m = &b->request.manifest;
	char line[LINE_SHOWN] = "";
	bool logged = kmsg_last(b->root, reasons_is_error, line, 0), named = false;
	size_t before = strlen(fault->text);

	for (size_t i = 0; i < m->n_storages && b->request.storage_device; i++) {
		if (!logged || !reasons_names(line, reasons_node(b, i)))
			continue;
		reasons_add_storage(b, i, fault);
		named = true;
	}
	for (size_t i = 0; i < m->n_storages && b->request.storage_device && !named; i++)
		if (reasons_is_outside(b, i))
			reasons_add_storage(b, i, fault);
	if (b->request.bundle && str_starts(b->request.bundle, "virtiofs:"))
		fault_add(fault, "; the bundle is %.200s", b->request.bundle);
	if (logged)
		fault_add(fault, "; the kernel's log says \"%s\"", line);
	else if (strlen(fault->text) > before)
		fault_add(fault, "; the kernel's log may say more");
}

/* The devices that are not set up yet. If one has failed, the error is about that one. */
static void reasons_add_devices(const struct boot *b, struct fault *fault)
{
	const char *separator = "; not ready: ";

	for (size_t i = 0; i < b->request.n_devices && b->found.devices; i++)
		if (b->found.devices[i].error)
			return;
	for (size_t i = 0; i < b->request.n_devices && b->found.devices; i++) {
		const struct device *d = &b->request.devices[i];

		if (b->found.devices[i].ready)
			continue;
		fault_add(fault, "%s%s %.100s", separator, d->type,
			  d->label ? d->label
			  : *d->id ? d->id
				   : d->vm_path);
		separator = ", ";
	}
}

void reasons_add(const struct boot *b, enum phase phase, bool hangs, struct fault *fault)
{
	if (*b->modules.hint && phase > PHASE_MODULES && phase <= PHASE_EXEC &&
	    !strstr(fault->text, b->modules.hint))
		fault_add(fault, "%s", b->modules.hint);
	if (hangs && phase == PHASE_MANIFEST && b->request.options.manifest)
		fault_add(fault, "; the manifest is %.200s", b->request.options.manifest);
	if (hangs && phase == PHASE_DEVICES)
		reasons_add_devices(b, fault);
	/* Before that no storage is mounted. */
	if (phase >= PHASE_SPEC && (hangs || reasons_is_medium(fault->err)))
		reasons_add_media(b, fault);
}
