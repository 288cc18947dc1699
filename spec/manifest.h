/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest and the device words of the command line: what the VMM asks for. */
#ifndef COLDINIT_SPEC_MANIFEST_H
#define COLDINIT_SPEC_MANIFEST_H

#include <errno.h>

#include "dev/device.h"
#include "init/lib/arena.h"
#include "init/lib/fault.h"
#include "init/lib/network.h"

/** MANIFEST_MAX - the largest manifest, in bytes */
#define MANIFEST_MAX (1 << 20)

/** struct kernel_module - Kata's KernelModule: @parameters are @n strings "name=value" */
struct kernel_module {
	const char *name;
	const char **parameters;
	size_t n_parameters;
};

/**
 * struct storage - Kata's Storage: a file system to mount before the container starts
 * @has_group, @group: fs_group: all files are made this group's
 * @group_on_mismatch: but only if the top directory is not yet
 */
struct storage {
	const char *driver, *source, *fstype, *mount_point;
	const char **options;
	size_t n_options;
	bool has_group, group_on_mismatch;
	uint32_t group;
};

/** struct policy - what to do where there is a choice */
struct policy {
	bool unmapped_pci_fails; /* on_unmapped_pci: fail */
	bool allow_unsafe_interrupts;
	bool lock_modules;
};

/**
 * struct manifest - what the VMM asks for; strings are never NULL, "" if not given
 *
 * Lists are @n_… elements long. Everything is taken from the arena given to manifest_parse().
 */
struct manifest {
	const char *sandbox_id, *hostname;
	struct network network;
	struct kernel_module *modules;
	size_t n_modules;
	struct storage *storages;
	size_t n_storages;
	struct device *devices;
	size_t n_devices;
	const char *container_id, *bundle;
	const char **cdi_generator;
	size_t n_cdi_generator;
	struct policy policy;
};

/** manifest_defaults() - the manifest of a command line that names none */
void manifest_defaults(struct manifest *out) nonnull(1);

/**
 * manifest_parse() - read a manifest, strictly
 * @text: @len bytes of JSON from outside: any bytes at all
 *
 * Unknown and duplicate keys and wrong types are errors that name the place as a JSON pointer,
 * malformed JSON one with line and column. Return: 0 or -errno with @fault set; @out is
 * untouched on failure.
 */
int manifest_parse(struct arena *a, const char *text, size_t len, struct manifest *out,
		   struct fault *fault) must_check nonnull(1, 2, 4, 5);

#ifdef CONFIG_DEVICE_WORDS

/**
 * device_word_parse() - read one coldinit.device= value: TYPE[,key=value]…
 *
 * Return: 0 or -errno with @fault set; @out is untouched on failure.
 */
int device_word_parse(struct arena *a, const char *word, struct device *out,
		      struct fault *fault) must_check nonnull(1, 2, 3, 4);

#else

static inline int must_check device_word_parse(struct arena *a, const char *word,
					       struct device *out, struct fault *fault)
{
	(void)a, (void)word, (void)out;
	return fault_set(fault, -ENOTSUP, "this build of coldinit reads devices from manifests");
}

#endif

#endif
