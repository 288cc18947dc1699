/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a storage: which there are for its file system, and what they come to. Pure. */
#ifndef COLDINIT_STORAGE_OPTIONS_H
#define COLDINIT_STORAGE_OPTIONS_H

#include <stdbool.h>

#include "init/lib/fault.h"
#include "spec/manifest.h"

/** STORAGE_DATA_MAX - room for what is handed to the file system: a page, as mount(2) takes it */
#define STORAGE_DATA_MAX 4096

/**
 * struct storage_options - what the options of one storage come to
 * @flags: MS_ flags
 * @writable: "rw" stands there in so many words
 * @data: options of the file system itself, separated by commas
 * @mode, @group: of the top directory, "" if not given: mode= of a local storage, fsgid=
 * @lower, @upper, @work: lowerdir=, upperdir=, workdir= of an overlay, "" if not given
 */
struct storage_options {
	unsigned long flags;
	bool writable;
	char data[STORAGE_DATA_MAX];
	const char *mode, *group;
	const char *lower, *upper, *work;
};

/**
 * storage_options() - read the options of a storage
 * @fstype: the file system that it is to be, "" for a directory (driver "local")
 *
 * An option that is not in the tables is refused by its name. Return: 0 or -errno with @fault
 * set; @out is untouched on failure.
 */
int storage_options(const struct storage *s, const char *fstype, struct storage_options *out,
		    struct fault *fault) must_check nonnull(1, 2, 3, 4);

/** storage_fstype_on_disk() - is it a file system of disks that is mounted here? */
bool storage_fstype_on_disk(const char *fstype) nonnull(1);

#endif
