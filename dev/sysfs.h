/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of sysfs that more than one handler looks into. */
#ifndef COLDINIT_DEV_SYSFS_H
#define COLDINIT_DEV_SYSFS_H

#include <stdint.h>

#include "init/lib/compiler.h"
#include "init/lib/fault.h"

/** SYSFS_DIR_MAX - room for the directory of any device, below the root */
#define SYSFS_DIR_MAX 512

/** SYSFS_NAME_MAX - room for the name of a device */
#define SYSFS_NAME_MAX 64

/**
 * sysfs_target() - where a link of a class or bus directory leads
 * @link: below the root, as "sys/class/net/eth0"
 * @dir: gets "sys/devices/…"
 *
 * Return: 0, -ENOENT without the link, -EINVAL if it leads elsewhere, else -errno; @dir is
 * untouched on failure.
 */
int sysfs_target(int root, const char *link, char dir[SYSFS_DIR_MAX]) must_check nonnull(2, 3);

/**
 * sysfs_first() - the first name in a directory that begins with @prefix
 *
 * Return: 0, or -ENOENT if there is none; @name is untouched then.
 */
int sysfs_first(int root, const char *dir, const char *prefix, char name[SYSFS_NAME_MAX]) must_check
	nonnull(2, 3, 4);

/**
 * sysfs_numbers() - the numbers of a node, from "dev" in its device's directory
 *
 * Return: 0, -ENOENT without the file, -EINVAL if it holds no MAJOR:MINOR, else -errno.
 */
int sysfs_numbers(int root, const char *dir, uint32_t *major, uint32_t *minor) must_check
	nonnull(2, 3, 4);

/** sysfs_explain() - put what a directory holds instead into @fault */
void sysfs_explain(int root, const char *dir, struct fault *fault) nonnull(2, 3);

/**
 * sysfs_below() - what of a devpath lies below a directory
 * @devpath: begins with a slash, as uevents have it
 * @dir: below the root, begins with "sys/"
 *
 * Return: the rest with its slash, NULL if @devpath is not below @dir.
 */
const char *sysfs_below(const char *devpath, const char *dir) nonnull(1, 2);

#endif
