// SPDX-License-Identifier: Apache-2.0
/* A manifest in an OEM string of SMBIOS (the kernel's sysfs-firmware-dmi-entries). */
#include <errno.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/source.h"

#define DMI	"sys/firmware/dmi"
#define PREFIX	"coldinit.manifest="
#define TYPE	11 /* OEM Strings */
#define HEADER	5  /* bytes: type, length, handle (two), number of strings */
#define RAW_MAX (2 * 1024 * 1024)

int smbios_oem_strings(const char *raw, size_t len, const char *prefix, const char **value)
{
	const char *end = raw + len, *first = NULL, *text;
	size_t header, n;
	int found = 0;

	if (len < HEADER || raw[0] != TYPE)
		return -EINVAL;
	header = (unsigned char)raw[1];
	if (header < HEADER || header > len)
		return -EINVAL;
	/* An empty string ends the set; the number of strings in the header is not needed. */
	for (text = raw + header;; text += n + 1) {
		n = strnlen(text, (size_t)(end - text));
		if (n == (size_t)(end - text))
			return -EINVAL;
		if (!n)
			break;
		if (str_starts(text, prefix) && !found++)
			first = text + strlen(prefix);
	}
	if (found)
		*value = first;
	return found;
}

/*
 * A walk through all structures.
 * @text: the value that was found, in @raw
 * @structures, @found: number of structures of type 11, and of our strings in them
 * @err: the error that ended the walk, with @fault set
 */
struct smbios_search {
	int root;
	char *raw;
	const char *text;
	int structures, found, err;
	struct fault *fault;
};

static int smbios_look(const char *name, void *arg)
{
	struct smbios_search *s = arg;
	char *raw cleanup(memory_free) = NULL;
	const char *text;
	ssize_t n;
	int found;

	if (!str_starts(name, "11-"))
		return 0;
	n = root_read_all(s->root, &raw, RAW_MAX, DMI "/entries/%s/raw", name);
	if (n < 0)
		return s->err = fault_strerror(s->fault, (int)n,
					       "smbios: cannot read /" DMI "/entries/%s/raw", name);
	found = smbios_oem_strings(raw, (size_t)n, PREFIX, &text);
	if (found < 0)
		return s->err = fault_set(
			       s->fault, found,
			       "smbios: /" DMI
			       "/entries/%s/raw (%zd bytes) is not a complete structure of OEM strings",
			       name, n);
	s->structures++;
	if (found && !s->found) {
		s->text = text;
		s->raw = raw;
		raw = NULL;
	}
	s->found += found;
	return 0;
}

/* Return: 0 if there is exactly one. */
static int smbios_find(struct smbios_search *s, struct fault *fault)
{
	int err = root_each(s->root, smbios_look, s, DMI "/entries"), there;

	if (s->err)
		return s->err;
	if (err && err != -ENOENT)
		return fault_strerror(fault, err, "smbios: cannot list /" DMI "/entries");
	there = err ? root_look(s->root, fault, DMI) : 0;
	if (there < 0)
		return there;
	if (err)
		return fault_set(
			fault, err,
			there ? "smbios: the guest kernel has no SMBIOS entries in sysfs (is the module dmi-sysfs in the initramfs?)"
			      : "smbios: the guest has no SMBIOS tables");
	if (!s->found)
		return fault_set(
			fault, -ENOENT,
			"smbios: no OEM string begins \"" PREFIX
			"\" (%d structures of type 11); QEMU makes one with -smbios type=11,value=, Cloud Hypervisor with --platform oem_strings=",
			s->structures);
	if (s->found > 1)
		return fault_set(fault, -EEXIST,
				 "smbios: %d OEM strings begin \"" PREFIX "\", one expected",
				 s->found);
	return 0;
}

ssize_t source_smbios(int root, const char *rest, size_t max, char **data, struct fault *fault)
{
	struct smbios_search s = {.root = root, .fault = fault};
	ssize_t n;

	(void)rest;
	n = smbios_find(&s, fault);
	if (!n) {
		n = source_base64(root, s.text, max, data, fault);
		if (n < 0)
			n = fault_prefix(fault, (int)n, "smbios: OEM string " PREFIX);
	}
	memory_free(&s.raw);
	return n;
}
