/* SPDX-License-Identifier: Apache-2.0 */
/* Private to init/storage/: the options of a storage. Pure. */
#ifndef COLDINIT_STORAGE_OPTIONS_H
#define COLDINIT_STORAGE_OPTIONS_H

#include <stdbool.h>

#include "init/lib/fault.h"
#include "spec/manifest.h"

/** STORAGE_DATA_MAX - size of the last argument of mount(2), with its end: a page */
#define STORAGE_DATA_MAX 4096

/**
 * struct storage_options - the options of one storage
 * @flags: MS_ flags
 * @writable: "rw" is given
 * @data: options for the file system itself, separated by commas
 * @mode: mode= of a local storage, for its top directory, "" if not given
 * @group: fsgid=, the group of the top directory, "" if not given
 * @mode_bits: @mode as a number
 * @gid: @group as a number
 * @lower: lowerdir= of an overlay, "" if not given
 * @upper: upperdir= of an overlay, "" if not given
 * @work: workdir= of an overlay, "" if not given
 */
struct storage_options {
	unsigned long flags;
	bool writable;
	char data[STORAGE_DATA_MAX];
	const char *mode, *group;
	uint64_t mode_bits, gid;
	const char *lower, *upper, *work;
};

/**
 * storage_options() - read the options of a storage
 * @s: the storage
 * @fstype: its file system, "" for a directory (driver "local")
 * @out: gets the options, which point into @s; untouched on failure
 * @fault: set on failure; names the option
 *
 * Return: 0, -ENOTSUP for an option that is not supported, -EINVAL for a bad value, -E2BIG for
 * too many.
 */
int storage_options(const struct storage *s, const char *fstype, struct storage_options *out,
		    struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * storage_options_append() - append a word to the last argument of mount(2)
 * @data: the argument
 * @separator: between @data and @word; left out if @data is empty
 * @word: the word
 * @fault: set on failure
 *
 * Return: 0 or -E2BIG.
 */
int storage_options_append(char data[STORAGE_DATA_MAX], const char *separator, const char *word,
			   struct fault *fault) must_check nonnull(1, 2, 3, 4);

/**
 * storage_options_on_disk() - can a storage on a disk have this file system?
 * @fstype: its name
 *
 * Return: true for every name that is not known to be no file system of disks.
 */
bool storage_options_on_disk(const char *fstype) nonnull(1);

#endif
