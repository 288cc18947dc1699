/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options as the OCI runtime spec lists them (config.md, "Linux mount options"). Pure. */
#ifndef COLDINIT_CONTAINER_MOUNT_OPTIONS_H
#define COLDINIT_CONTAINER_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"
#include "spec/oci.h"

/**
 * struct mount_options - the result of one mount's options; zero-initialise before use
 * @set: MOUNT_ATTR_ flags to set on the mount itself
 * @clear: flags to clear before @set is set
 * @set_all: as @set, for the mount and all mounts below it ("rro", "rnosuid", …)
 * @clear_all: as @clear, for the mount and all mounts below it
 * @propagation: MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE, 0 if no option sets it
 * @propagation_all: @propagation also applies to all mounts below it
 * @map_all: the mounts below it get the mappings of IDs, too ("ridmap")
 * @mode: there is an option "mode=", which is one of the file system
 * @copy_up: a new tmpfs begins with a copy of the image's directory ("tmpcopyup")
 */
struct mount_options {
	uint64_t set, clear;
	uint64_t set_all, clear_all;
	uint64_t propagation;
	bool propagation_all;
	bool map_all;
	bool mode;
	bool copy_up;
};

/** enum mount_option - kind of an option, as mount_options_add() finds it */
enum mount_option {
	MOUNT_OPTION_DONE,
	MOUNT_OPTION_DATA,    /* not a generic option: pass it to the file system */
	MOUNT_OPTION_SUPER,   /* of a whole file system: a bind mount ignores it */
	MOUNT_OPTION_REFUSED, /* known, but not supported */
};

/**
 * mount_options_add() - add one option of a mount
 * @o: changed if the option is a generic one; of conflicting options the last one wins
 * @name: the option
 *
 * Return: kind of the option; unless it is MOUNT_OPTION_DONE, only @o->mode may change.
 */
enum mount_option mount_options_add(struct mount_options *o, const char *name) must_check
	nonnull(1, 2);

/** enum mount_kind - kind of a mount */
enum mount_kind {
	MOUNT_NEW, /* a new file system */
	MOUNT_BIND,
	MOUNT_RBIND,	    /* a bind mount with all mounts below it */
	MOUNT_REMOUNT,	    /* other options for the file system at the destination */
	MOUNT_REMOUNT_BIND, /* other attributes for the mount at the destination */
};

/**
 * mount_options_kind() - find out the kind of a mount by its type and options
 * @m: the mount
 *
 * Return: its kind.
 */
enum mount_kind mount_options_kind(const struct oci_mount *m) nonnull(1);

/**
 * mount_options_list() - the options of a new file system
 * @m: the mount
 * @n: gets their number
 *
 * Return: those of the mount; for a usual place without any, those that other runtimes set there.
 */
const char *const *mount_options_list(const struct oci_mount *m, size_t *n) must_check
	nonnull(1, 2);

#endif
