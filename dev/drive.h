/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drivers that are modules of the initramfs: the modalias of a device without a driver names them
 * (Documentation/ABI/testing/sysfs-bus-pci, "modalias"; the kernel's drivers/base/).
 */
#ifndef COLDINIT_DEV_DRIVE_H
#define COLDINIT_DEV_DRIVE_H

#include "dev/claim.h"

/** DRIVE_MODALIAS_MAX - room for a modalias */
#define DRIVE_MODALIAS_MAX 256

/** drive_fn - called for the directory of a device, below the root. Return: 0, or what ends the
 * walk */
typedef int drive_fn(const char *dir, void *arg);

/**
 * drive_each() - call a function for the directory of a device and those of all devices below it
 * @root: descriptor of the root directory
 * @dir: the directory, below the root
 * @fn: called for each directory, also for those that only contain devices of one class
 * @arg: second argument of @fn
 *
 * PCI functions behind the device are left out: it is a bridge then.
 *
 * Return: what @fn returned last, -ENAMETOOLONG, or the errno of reading a directory.
 */
int drive_each(int root, const char *dir, drive_fn *fn, void *arg) must_check nonnull(2, 3);

/**
 * drive_device() - load the modules for a device if it has no driver
 * @env: where; without @env->drive nothing is loaded
 * @dir: the device's directory, below the root
 * @fault: set on failure
 *
 * Return: 1 if there was a module for it, else 0, the error of @env->drive, or the errno of reading
 * sysfs.
 */
int drive_device(const struct dev_env *env, const char *dir, struct fault *fault) must_check
	nonnull(1, 2, 3);

/**
 * drive_load() - load the modules for a device and for all devices below it that have no driver
 * @c: the claim; its fault gets the error
 * @env: where; without @env->drive nothing is loaded
 * @dir: the device's directory, below the root
 *
 * Return: 1 if there was a module for one of them, else 0, or the error of @env->drive.
 */
int drive_load(struct claim *c, const struct dev_env *env, const char *dir) must_check
	nonnull(1, 2, 3);

/**
 * drive_claim() - drive_load() for a claim that waits for what the drivers make
 * @c: the claim; each device that is added wakes it from now on
 * @env: where; without @env->drive nothing is loaded
 * @dir: the device's directory, below the root
 *
 * Return: as drive_load().
 */
int drive_claim(struct claim *c, const struct dev_env *env, const char *dir) must_check
	nonnull(1, 2, 3);

/**
 * drive_hint() - what to try when a device has no driver
 * @env: where
 * @dir: the device's directory, below the root
 * @loaded: there was a module for it
 * @buf: gets the text, to be read after "no driver is bound to …: "
 * @size: of @buf in bytes; a text that does not fit is cut
 */
void drive_hint(const struct dev_env *env, const char *dir, bool loaded, char *buf, size_t size)
	nonnull(1, 2, 4);

#endif
