/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options as the OCI runtime spec lists them (config.md, "Linux mount options"). Pure. */
#ifndef COLDINIT_CONTAINER_MOUNT_OPTIONS_H
#define COLDINIT_CONTAINER_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/lib/compiler.h"
#include "spec/oci.h"

/**
 * struct mount_options - what the options of one mount come to; zero-initialise before use
 * @set: MOUNT_ATTR_ flags for the mount itself
 * @clear: what has to be cleared so that @set holds
 * @set_all, @clear_all: the same for all mounts below too ("rro", "rnosuid", …)
 * @propagation: MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE, 0 if none is asked for
 * @propagation_all: for all mounts below too
 * @copy_up: a new tmpfs begins with what lies in its place ("tmpcopyup")
 */
struct mount_options {
	uint64_t set, clear;
	uint64_t set_all, clear_all;
	uint64_t propagation;
	bool propagation_all;
	bool copy_up;
};

/** enum mount_option - what mount_options_add() made of an option */
enum mount_option {
	MOUNT_OPTION_DONE,
	MOUNT_OPTION_DATA,    /* not a generic one: for the file system to decide */
	MOUNT_OPTION_SUPER,   /* of a whole file system: nothing to a bind mount */
	MOUNT_OPTION_REFUSED, /* known, but not supported */
};

/** mount_options_add() - let one option take effect; of options that conflict the last counts */
enum mount_option mount_options_add(struct mount_options *o, const char *name) must_check
	nonnull(1, 2);

/** enum mount_kind - what a mount is */
enum mount_kind {
	MOUNT_NEW, /* a new file system */
	MOUNT_BIND,
	MOUNT_RBIND,	    /* a bind mount with all that lies below */
	MOUNT_REMOUNT,	    /* other options for the file system that is there */
	MOUNT_REMOUNT_BIND, /* other attributes for the mount that is there */
};

/** mount_options_kind() - what a mount is, by its type and options */
enum mount_kind mount_options_kind(const struct oci_mount *m) nonnull(1);

#endif
